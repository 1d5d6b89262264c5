//! A way to Elasticsearch that stops a request of our choice: before it arrives, or before its answer does. So a process
//! can be killed at the very moment that a test is about.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::header::CONTENT_TYPE,
    response::Response,
};
use platform::lifecycle::Lifecycle;
use tokio::sync::oneshot;
use url::Url;

/// Where a request is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Elasticsearch never hears of it.
    Asked,
    /// Elasticsearch did it, and nobody hears of that.
    Done,
}

/// The way. It ends with the test.
pub(crate) struct Toll {
    address: SocketAddr,
    inner: Arc<Inner>,
    lifecycle: Lifecycle,
}

struct Inner {
    target: Url,
    http: reqwest::Client,
    stop: Mutex<Option<Stop>>,
}

struct Stop {
    part: String,
    when: When,
    reached: oneshot::Sender<()>,
    goes_on: oneshot::Receiver<()>,
}

/// A request that is stopped, or will be.
pub(crate) struct Stopped {
    reached: oneshot::Receiver<()>,
    goes_on: oneshot::Sender<()>,
}

impl Stopped {
    /// Waits until it came.
    pub(crate) async fn comes(&mut self) {
        (&mut self.reached).await.unwrap();
    }

    /// Lets it go on.
    pub(crate) fn go_on(self) {
        self.goes_on.send(()).unwrap();
    }
}

impl Stop {
    /// Says that it came, and goes on when it is told to; else never.
    async fn hold(self) {
        let _ = self.reached.send(());
        if self.goes_on.await.is_err() {
            pending::<()>().await;
        }
    }
}

impl Toll {
    /// A way to `target`.
    pub(crate) fn start(target: &Url) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let inner = Arc::new(Inner { target: target.clone(), http, stop: Mutex::new(None) });
        let lifecycle = Lifecycle::new(Duration::from_secs(1));
        let listener = platform::http::listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let routes = Router::new().fallback(carry).with_state(inner.clone());
        let address = platform::http::serve(listener, routes, &lifecycle).unwrap();
        Self { address, inner, lifecycle }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// Stops the next request with `part` in its method and path, for ever unless it is told to go on.
    pub(crate) fn stop_at(&self, part: &str, when: When) -> Stopped {
        let (reached, comes) = oneshot::channel();
        let (go_on, goes_on) = oneshot::channel();
        *self.inner.stop.lock().unwrap() = Some(Stop { part: part.to_owned(), when, reached, goes_on });
        Stopped { reached: comes, goes_on: go_on }
    }
}

impl Drop for Toll {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl Inner {
    fn take(&self, what: &str) -> Option<Stop> {
        self.stop.lock().unwrap().take_if(|stop| what.contains(&stop.part))
    }
}

async fn carry(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let stop = inner.take(&format!("{} {}", head.method, head.uri));
    let stop = match stop {
        Some(stop) if stop.when == When::Asked => {
            stop.hold().await;
            None
        }
        stop => stop,
    };
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let url = inner.target.join(&head.uri.to_string()).unwrap();
    let mut onward = inner.http.request(head.method, url).body(body);
    if let Some(kind) = head.headers.get(CONTENT_TYPE) {
        onward = onward.header(CONTENT_TYPE, kind);
    }
    let answer = onward.send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get(CONTENT_TYPE).cloned();
    let body = answer.bytes().await.unwrap();
    if let Some(stop) = stop {
        stop.hold().await;
    }
    let mut response = Response::builder().status(status);
    if let Some(kind) = kind {
        response = response.header(CONTENT_TYPE, kind);
    }
    response.body(Body::from(body)).unwrap()
}
