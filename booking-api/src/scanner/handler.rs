//! `GET /ticket/scanner`, and what it loads.

use axum::{
    http::{HeaderName, header},
    response::{Html, IntoResponse},
};

use crate::pages::handler::{SCRIPT, STYLE, asset};

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

/// `GET /ticket/scanner`: the page. It knows nothing by itself: the door's pass comes behind the `#`, which no server sees.
pub async fn page() -> impl IntoResponse {
    (POLICY, Html(include_str!("scanner.html")))
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
