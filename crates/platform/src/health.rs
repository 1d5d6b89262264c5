//! `GET /healthz`: the process answers. `GET /readyz`: it wants traffic.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    routing::get,
};

/// Whether the service wants traffic: from the end of its start to the beginning of its stop.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicBool>);

impl Health {
    /// Changes the answer.
    pub fn set_ready(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// The answer.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// The two routes.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let health = self.clone();
        let ready = move || async move {
            answer(if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
        };
        Router::new().route("/healthz", get(|| async { answer(StatusCode::OK) })).route("/readyz", get(ready))
    }
}

/// What is so now may be otherwise in a moment: no cache may answer for us.
const fn answer(status: StatusCode) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (status, [(header::CACHE_CONTROL, "no-store")])
}
