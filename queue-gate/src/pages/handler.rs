//! `/console…`, `/assets/gate/…`, and how a page is answered.

use axum::{
    Router,
    extract::RawQuery,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use contracts::id::RoomId;
use minijinja::context;
use platform::http::{Path, Problem, kinds};

use super::{Asset, render};
use crate::state::Gate;

/// The paths of the pages.
pub fn routes() -> Router<Gate> {
    Router::new()
        .route("/assets/gate/{file}", get(asset))
        .route("/console", get(console))
        .route("/console/room/{room}", get(room))
}

/// Nothing inline and nothing foreign: a text that slipped through the escaping could still not run.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// A page of ours. It is never kept: it says what is true now, and for this visitor.
pub fn page(status: StatusCode, html: Result<String, minijinja::Error>) -> Response {
    let html = match html {
        Ok(html) => html,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("accept")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, html).into_response()
}

/// A problem for somebody who looks at it.
pub fn problem(problem: &Problem) -> Response {
    let (kind, body) = (problem.kind(), problem.body());
    let values = context! {
        status => kind.status.as_u16(), kind => kind.name, title => kind.title,
        detail => body["detail"].as_str(), queue => body["queue"].as_str(),
    };
    let mut response = page(kind.status, render("problem.html", values));
    if let Some(seconds) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// `GET /console`: signing in, and the organizer's rooms. The page holds no secret; what it shows it asks for.
async fn console() -> Response {
    page(StatusCode::OK, render("console.html", context! {}))
}

/// `GET /console/room/{room}`: one room, live.
async fn room(Path(room): Path<RoomId>) -> Response {
    page(StatusCode::OK, render("room.html", context! { room => room.to_string() }))
}

/// `GET /assets/gate/{file}`. A browser may keep the version that a page named; without one it asks each time.
async fn asset(Path(file): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(asset) = Asset::find(&file) else { return Problem::of(kinds::NOT_FOUND).into_response() };
    let version = asset.version();
    let named = query.as_deref().and_then(|query| query.strip_prefix("v=")) == Some(version.as_str());
    let tag = format!("\"{version}\"");
    let keep = if named { "public, max-age=31536000, immutable" } else { "no-cache" };
    let has_it = headers.get(header::IF_NONE_MATCH).is_some_and(|have| have.as_bytes() == tag.as_bytes());
    let fields = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::CONTENT_TYPE, asset.kind.to_owned()),
    ];
    if has_it {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, asset.text).into_response()
}
