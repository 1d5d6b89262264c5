//! `/room/{roomId}/public` and `/embed/…`: for pages of other sites.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::id::RoomId;
use platform::http::{Json, Path, Problem, kinds, names_tag};

use super::{ask, script};
use crate::{line::handler::unknown, pages::version, state::Gate};

/// Any site may read it: it is the same for everybody, and comes without cookies.
const SHARED: [(HeaderName, HeaderValue); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
];

/// `GET /room/{roomId}/public`: what everybody may know of a room.
pub async fn show(State(gate): State<Gate>, Path(room): Path<RoomId>) -> Response {
    // A refusal is read by scripts of other sites, too, which then know when to ask again.
    let mut response = match gate.rooms.get(room) {
        Some(room) => {
            let keep = [(header::CACHE_CONTROL, "public, max-age=2")];
            let told = ask::ask(&gate, &room).await;
            (keep, Json(&*told)).into_response()
        }
        None => unknown(&gate).into_response(),
    };
    response.headers_mut().extend(SHARED);
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    response
}

/// `GET /embed/{file}`: the script with the element. The newest is kept for five minutes, a version for ever.
pub async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let is_newest = script::ADDRESS.strip_prefix("/embed/") == Some(file.as_str());
    if !is_newest && file != script::pinned_name() {
        return Problem::of(kinds::NOT_FOUND).into_response();
    }
    let keep = if is_newest {
        "public, max-age=300, stale-while-revalidate=86400"
    } else {
        "public, max-age=31536000, immutable"
    };
    let tag = format!("\"{}\"", version(&script::TEXT));
    let has_it = names_tag(&headers, &tag);
    let fields = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8".to_owned()),
    ];
    let mut response = if has_it {
        (StatusCode::NOT_MODIFIED, fields).into_response()
    } else {
        (fields, script::TEXT.as_str()).into_response()
    };
    response.headers_mut().extend(SHARED);
    response
}
