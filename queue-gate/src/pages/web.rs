//! `GET /assets/web/{file}`: what the pages of all services load. A file is called after its content, so it never changes.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::http::{Path, Problem, kinds, names_tag};
use web_assets::Asset;

/// For ever, as far as browsers know.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The file, packed as the browser likes it; `304` where it has it.
pub(super) async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    match web_assets::find(&file, &accepted.collect::<Vec<_>>().join(",")) {
        Some(asset) => {
            let has_it = names_tag(&headers, &asset.etag);
            answer(asset, has_it)
        }
        None => Problem::of(kinds::NOT_FOUND).into_response(),
    }
}

fn answer(asset: Asset, has_it: bool) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(HeaderValue::from_str(&asset.etag).ok().map(|etag| (header::ETAG, etag)));
    if has_it {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.extend(asset.encoding.map(|coding| (header::CONTENT_ENCODING, HeaderValue::from_static(coding))));
    (headers, asset.bytes).into_response()
}
