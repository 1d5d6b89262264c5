//! `GET /openapi.json`, `GET /docs`, and `GET /problems/{kind}`, which is where the `type` of a problem leads.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use platform::http::{Path, Problem, kinds, names_tag};

use super::{DOCUMENT, TEXT, document::name_of};
use crate::pages::{handler::POLICY, version};

/// A browser may keep it for so long before it asks whether it is still so.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=300");

static PAGE: LazyLock<Result<String, minijinja::Error>> = LazyLock::new(super::page);

/// `GET /openapi.json`: the document of all services.
pub async fn document(headers: HeaderMap) -> Response {
    kept(&headers, "application/json", TEXT)
}

/// `GET /docs`: the page that shows it.
pub async fn page(headers: HeaderMap) -> Response {
    match &*PAGE {
        Ok(html) => {
            let mut answer = kept(&headers, "text/html; charset=utf-8", html);
            answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
            answer
        }
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// `GET /problems/{kind}`: to the place on the page that says what to do about it.
///
/// # Errors
/// 404 where there is no such kind.
pub async fn problem(Path(kind): Path<String>) -> Result<Redirect, Problem> {
    let known = DOCUMENT.problems.iter().any(|known| name_of(&known.uri) == kind);
    if known {
        Ok(Redirect::to(&format!("/docs#problem-{kind}")))
    } else {
        Err(Problem::of(kinds::NOT_FOUND))
    }
}

/// The text, or that the caller has it.
fn kept(headers: &HeaderMap, kind: &'static str, text: &'static str) -> Response {
    let tag = format!("\"{}\"", version(text));
    let has_it = names_tag(headers, &tag);
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    let fields = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, KEEP),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
    ];
    if has_it { (StatusCode::NOT_MODIFIED, fields).into_response() } else { (fields, text).into_response() }
}
