//! `GET /ticket/scanner`, and what it loads.

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use platform::http::{Problem, kinds};

use crate::{
    extractors::Reader,
    pages::{
        handler::{SCRIPT, STYLE, asset, render, templates},
        words::{self, BOTH, DOOR},
    },
    problems,
};

static PAGES: LazyLock<Environment<'static>> =
    LazyLock::new(|| templates(UndefinedBehavior::Strict, [("scanner.html", include_str!("scanner.html"))]));

/// What the page may load and use: our own files, and the camera.
const POLICY: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=()"),
    (header::CACHE_CONTROL, "no-cache"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// `GET /ticket/scanner`: the page. It knows nothing by itself: the door's pass comes behind the `#`, which no server sees. What it
/// says comes with it, so that it is said without a network too.
///
/// # Errors
/// When the template cannot be filled: a bug.
pub async fn page(reader: Reader) -> Result<Response, Problem> {
    let met = [problems::DOOR_CLOSED, problems::SIGNED_OUT, problems::SESSION_EXPIRED, kinds::UNAVAILABLE];
    let words = words::script(reader.language(), &[BOTH, DOOR], &met);
    render(&PAGES, POLICY, &reader, "scanner.html", &context! { words => Value::from_safe_string(words) })
}

/// `GET /assets/booking/scanner.js`.
pub async fn script() -> impl IntoResponse {
    asset(SCRIPT, "no-cache", include_str!("scanner.js"))
}

/// `GET /assets/booking/scanner.css`.
pub async fn style() -> impl IntoResponse {
    asset(STYLE, "no-cache", include_str!("scanner.css"))
}

/// `GET /assets/booking/scanner-worker.js`: the service worker, for the page alone.
pub async fn worker() -> impl IntoResponse {
    let scope = [(HeaderName::from_static("service-worker-allowed"), "/ticket/scanner")];
    (scope, asset(SCRIPT, "no-cache", include_str!("worker.js")))
}
