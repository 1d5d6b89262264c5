//! Serving a router: a listener (shared between processes where asked), request ids, a log line for each request.

use std::{net::SocketAddr, panic::AssertUnwindSafe};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tracing::Instrument;

use super::problem::{Problem, kinds};
use crate::{ids::secret, lifecycle::Lifecycle};

/// Names one request through all services; the gate makes it, the services pass it on.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 4096;

/// A listener. With `shared`, several processes may listen on the same port (`SO_REUSEPORT`) and the kernel spreads the
/// connections over them.
///
/// # Errors
/// When the address is taken or not ours.
pub fn listen(address: SocketAddr, shared: bool) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// What every router of ours wears: problems for unknown paths and methods, request ids, a span for each request.
pub fn dress(routes: Router, lifecycle: &Lifecycle) -> Router {
    dress_with(routes.fallback(|| async { Problem::of(kinds::NOT_FOUND) }), lifecycle)
}

/// As [`dress`], for a router that answers unknown paths itself.
pub fn dress_with(routes: Router, lifecycle: &Lifecycle) -> Router {
    routes
        .merge(lifecycle.health.routes())
        .method_not_allowed_fallback(|| async { Problem::of(kinds::METHOD_NOT_ALLOWED) })
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(|_| panicked()))
        .layer(from_fn(|request, next: Next| logged(request, |request| next.run(request))))
}

/// What [`dress_with`] does around a request, for one that goes past its router: `answer` answers it.
pub async fn dress_one<F>(request: Request, answer: impl FnOnce(Request) -> F + Send) -> Response
where
    F: Future<Output = Response> + Send,
{
    logged(request, async |request| {
        AssertUnwindSafe(answer(request)).catch_unwind().await.unwrap_or_else(|_| panicked())
    })
    .await
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::of(kinds::INTERNAL).into_response()
}

/// Serves `routes` on the lifecycle until it stops; requests in flight are finished.
///
/// # Errors
/// When the listener has no address any more.
pub fn serve(listener: TcpListener, routes: Router, lifecycle: &Lifecycle) -> std::io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let stopping = lifecycle.stopping();
    lifecycle.spawn(async move {
        let served = axum::serve(listener, routes).with_graceful_shutdown(stopping.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "serving ended");
        }
    });
    tracing::info!(listen = %address, "listening");
    Ok(address)
}

async fn logged<F>(mut request: Request, answer: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let id = request.headers().get(&REQUEST_ID).cloned().unwrap_or_else(new_request_id);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let span = tracing::info_span!(
        "request",
        http.id = id.to_str().unwrap_or_default(),
        http.method = %request.method(),
        http.path = request.uri().path()
    );
    let began = tokio::time::Instant::now();
    let mut response = answer(request).instrument(span.clone()).await;
    span.in_scope(|| {
        tracing::debug!(
            http.status = response.status().as_u16(),
            http.seconds = began.elapsed().as_secs_f64(),
            "answered"
        );
    });
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn new_request_id() -> HeaderValue {
    let id = uuid::Uuid::from_bytes(secret()).simple().to_string();
    HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("none"))
}
