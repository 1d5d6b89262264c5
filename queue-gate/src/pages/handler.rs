//! `/queue/{roomId}`, `/docs`, `/assets/gate/…`, and how a page is answered.

use axum::{
    Router,
    extract::{RawQuery, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use contracts::language::Language;
use minijinja::context;
use platform::http::{Path, Problem, kinds, names_tag};
use tower_http::compression::CompressionLayer;

use super::{
    Asset, console, entry,
    queue::handler::{enter, leave, queue},
    reference, render, web, words,
};
use crate::{embed, extractors::choice, look, mail, state::Gate};

/// The paths of the pages.
pub fn routes() -> Router<Gate> {
    Router::new()
        .route("/assets/gate/{file}", get(asset))
        .route("/assets/gate/look/{file}", get(look::handler::file))
        .route("/embed/{file}", get(embed::handler::file))
        .route("/room/{room}/public", get(embed::handler::show))
        .route("/room/{room}/brand/preview", get(look::handler::see).post(look::handler::make_link))
        .route("/queue/{room}", get(queue))
        .route("/queue/{room}/enter", post(enter))
        .route("/queue/{room}/entry", get(entry::handler::show))
        .route("/queue/{room}/join", post(entry::handler::join))
        .route("/queue/{room}/leave", post(leave))
        .route(
            "/queue/{room}/mail",
            post(mail::handler::form).put(mail::handler::put).delete(mail::handler::delete),
        )
        .route("/console", get(console::page))
        .route("/console/room/{room}", get(console::room))
        .route("/console/event/{event}", get(console::event))
        .route("/console/edit", get(console::page))
        .route("/console/edit/{event}", get(console::event))
        .route("/console/plan/{event}", get(console::event))
        .route("/console/venues", get(console::page))
        .route("/console/webhooks", get(console::page))
        .route("/console/team", get(console::page))
        .route("/console/audit", get(console::page))
        .route("/console/demo", get(console::page))
        .route("/openapi.json", get(reference::handler::document))
        .route("/docs", get(reference::handler::page))
        .route("/problems/{kind}", get(reference::handler::problem))
        .layer(from_fn(keep_language))
        .layer(CompressionLayer::new())
        // Packed already.
        .route("/assets/web/{file}", get(web::file))
}

/// Keeps the language that somebody chose with `?lang=`.
async fn keep_language(request: Request, next: Next) -> Response {
    let chosen = choice(request.uri().query(), request.headers()).cookie();
    let mut response = next.run(request).await;
    if let Some(cookie) = chosen.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Nothing inline and nothing foreign: a text that slipped through the escaping could still not run.
pub const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// A page of ours. It is never kept: it says what is true now, and for this visitor.
pub fn page(language: Language, status: StatusCode, html: Result<String, minijinja::Error>) -> Response {
    let html = match html {
        Ok(html) => html,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static(VARY)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, html).into_response()
}

/// What the pages of the gate depend on: beside the language, many paths have an answer for programs too. That they depend on cookies
/// is said by nobody keeping them.
const VARY: &str = "accept, accept-language";

/// A problem for somebody who looks at it.
pub fn problem(language: Language, problem: &Problem) -> Response {
    let (kind, body) = (problem.kind(), problem.body());
    let values = context! {
        language => language.code(), status => kind.status.as_u16(), kind => kind.name,
        title => words::title(language, kind), detail => words::detail(language, problem),
        retry => problem.retry_after_seconds().map(|seconds| seconds.max(2)),
        queue => body["queue"].as_str(),
    };
    let mut response = page(language, kind.status, render("problem.html", values));
    if let Some(seconds) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response.headers_mut().extend(problem.fields().iter().cloned());
    response
}

/// What a form or a query says under this name.
pub fn field(form: &[u8], called: &str) -> Option<String> {
    url::form_urlencoded::parse(form).find(|(name, _)| name == called).map(|(_, value)| value.into_owned())
}

/// `GET /assets/gate/{file}`. A browser may keep the version that a page named; without one it asks each time.
async fn asset(Path(file): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(asset) = Asset::find(&file) else { return Problem::of(kinds::NOT_FOUND).into_response() };
    let version = asset.version();
    let named = query.as_deref().and_then(|query| query.strip_prefix("v=")) == Some(version.as_str());
    let tag = format!("\"{version}\"");
    let keep = if named { "public, max-age=31536000, immutable" } else { "no-cache" };
    let has_it = names_tag(&headers, &tag);
    let fields = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::CONTENT_TYPE, asset.kind.to_owned()),
    ];
    if has_it {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, asset.text.as_str()).into_response()
}
