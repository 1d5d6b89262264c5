//! `GET /assets/web/{file}`: what the pages of all services load. A file is called after its content, so it never changes.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::http::{Path, Problem, kinds};
use web_assets::Asset;

/// For ever, as far as browsers know.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The file, packed as the browser likes it; `304` where it has it.
pub(super) async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let said = |name: HeaderName| {
        let all: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        all.join(",")
    };
    match web_assets::find(&file, &said(header::ACCEPT_ENCODING)) {
        Some(asset) => answer(asset, &said(header::IF_NONE_MATCH)),
        None => Problem::of(kinds::NOT_FOUND).into_response(),
    }
}

fn answer(asset: Asset, known: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(HeaderValue::from_str(&asset.etag).ok().map(|etag| (header::ETAG, etag)));
    let mut tags = known.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    if tags.any(|tag| tag == asset.etag || tag == "*") {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.extend(asset.encoding.map(|coding| (header::CONTENT_ENCODING, HeaderValue::from_static(coding))));
    (headers, asset.bytes).into_response()
}
