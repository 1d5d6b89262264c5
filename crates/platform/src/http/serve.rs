//! Serving a router: a listener (shared between processes where asked), request ids, a log line for each request.

use std::{net::SocketAddr, panic::AssertUnwindSafe};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, Uri},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tracing::{Instrument, Level, Span, instrument::Instrumented};

use super::problem::{Problem, kinds};
use crate::{ids::unique, lifecycle::Lifecycle};

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

/// What [`dress_with`] does around a request, for one that goes past its router: `answer` answers it. Its span is made where something
/// is to be said ([`InRequest`]): nearly all requests pass, and nothing is.
pub async fn dress_one<F>(mut request: Request, answer: impl FnOnce(Request) -> F + Send) -> Response
where
    F: Future<Output = Response> + Send,
{
    let asked = Asked::name(&mut request);
    let id = asked.id.clone();
    let told = tracing::enabled!(Level::DEBUG).then(|| (asked.clone(), tokio::time::Instant::now()));
    let answering = async {
        match AssertUnwindSafe(answer(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => async { panicked() }.in_request().await,
        }
    };
    let mut response = ASKED.scope(asked, answering).await;
    if let Some((asked, began)) = told {
        asked.span().in_scope(|| answered(&response, began));
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// What may say something of a request that went past the router.
pub trait InRequest: Future + Sized {
    /// The same, in the span of the request that is answered.
    fn in_request(self) -> Instrumented<Self> {
        let current = Span::current();
        let span = if current.is_none() { ASKED.try_with(Asked::span).unwrap_or(current) } else { current };
        self.instrument(span)
    }
}

impl<F: Future> InRequest for F {}

tokio::task_local! {
    static ASKED: Asked;
}

/// A request as the log names it.
#[derive(Clone)]
struct Asked {
    id: HeaderValue,
    method: Method,
    uri: Uri,
}

impl Asked {
    /// Names `request`, and tells the name to whoever answers it.
    fn name(request: &mut Request) -> Self {
        let id = request.headers().get(&REQUEST_ID).cloned().unwrap_or_else(new_request_id);
        request.headers_mut().insert(REQUEST_ID, id.clone());
        Self { id, method: request.method().clone(), uri: request.uri().clone() }
    }

    fn span(&self) -> Span {
        tracing::info_span!(
            "request",
            http.id = self.id.to_str().unwrap_or_default(),
            http.method = %self.method,
            http.path = self.uri.path()
        )
    }
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
    let asked = Asked::name(&mut request);
    let (span, began) = (asked.span(), tokio::time::Instant::now());
    let mut response = answer(request).instrument(span.clone()).await;
    span.in_scope(|| answered(&response, began));
    response.headers_mut().insert(REQUEST_ID, asked.id);
    response
}

fn answered(response: &Response, began: tokio::time::Instant) {
    tracing::debug!(
        http.status = response.status().as_u16(),
        http.seconds = began.elapsed().as_secs_f64(),
        "answered"
    );
}

fn new_request_id() -> HeaderValue {
    let mut text = uuid::Uuid::encode_buffer();
    let text = uuid::Uuid::from_bytes(unique()).simple().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Mutex, PoisonError},
    };

    use axum::body::Body;

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(std::sync::Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_request_that_goes_past_the_router_is_named_where_something_is_said_of_it() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let said = tracing::subscriber::set_default(subscriber);
        let request = || {
            Request::builder().uri("/event/1").header(REQUEST_ID, "one-of-many").body(Body::empty()).unwrap()
        };
        let answered = dress_one(request(), async |_| {
            async { tracing::warn!("something") }.in_request().await;
            "fine".into_response()
        })
        .await;
        assert_eq!(answered.headers()[REQUEST_ID], "one-of-many");
        let broken = dress_one(request(), async |_| panic!("on purpose")).await;
        assert_eq!(broken.status().as_u16(), 500);
        drop(said);
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let name = r#"request{http.id="one-of-many" http.method=GET http.path="/event/1"}"#;
        assert_eq!(log.matches(name).count(), 2, "{log}");
        assert!(log.contains("something") && log.contains("a handler panicked"), "{log}");
    }
}
