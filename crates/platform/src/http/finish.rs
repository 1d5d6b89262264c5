//! Writes that outlive their clients.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use tokio::sync::oneshot;
use tracing::Instrument;

use super::{Problem, kinds};
use crate::lifecycle::Lifecycle;

/// Lets a request that may change something run to its end, whether its client waits for the answer or not. A server
/// drops the handler of a connection that closes, wherever it waits: behind a commit that would leave undone what
/// follows it. Whoever only looks is dropped as ever.
pub fn finish_writes(routes: Router, lifecycle: &Lifecycle) -> Router {
    let lifecycle = lifecycle.clone();
    routes.layer(from_fn(move |request, next| finish(lifecycle.clone(), request, next)))
}

async fn finish(lifecycle: Lifecycle, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (answer, answered) = oneshot::channel();
    let work = async move {
        // Nobody may be waiting any more.
        drop(answer.send(next.run(request).await));
    };
    lifecycle.spawn(work.in_current_span());
    answered.await.unwrap_or_else(|_| {
        tracing::error!("a handler panicked");
        Problem::of(kinds::INTERNAL).into_response()
    })
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use axum::{body::Body, routing::any};
    use tokio::sync::Semaphore;
    use tower::ServiceExt;

    use super::*;

    /// A router whose handler begins, waits, and ends; each is told by a permit.
    fn slow(begun: &Arc<Semaphore>, goes_on: &Arc<Semaphore>, ended: &Arc<Semaphore>) -> Router {
        let (begun, goes_on, ended) = (begun.clone(), goes_on.clone(), ended.clone());
        let handler = async move || {
            begun.add_permits(1);
            goes_on.acquire().await.unwrap().forget();
            ended.add_permits(1);
        };
        finish_writes(Router::new().route("/", any(handler)), &Lifecycle::new(Duration::from_secs(5)))
    }

    #[tokio::test]
    async fn a_write_ends_though_its_client_has_gone_and_a_look_does_not() {
        let [begun, goes_on, ended] = [(); 3].map(|()| Arc::new(Semaphore::new(0)));
        let routes = slow(&begun, &goes_on, &ended);
        for method in ["POST", "PUT", "DELETE", "GET"] {
            let request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
            tokio::select! {
                _ = routes.clone().oneshot(request) => panic!("{method} was not to end yet"),
                permit = begun.acquire() => permit.unwrap().forget(),
            }
        }
        goes_on.add_permits(4);
        let all = tokio::time::timeout(Duration::from_secs(5), ended.acquire_many(3)).await;
        all.expect("three writes go on").unwrap().forget();
        // The fourth permit is left: nobody is there to take it.
        assert_eq!((goes_on.available_permits(), ended.available_permits()), (1, 0));
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let panics = any(async || -> () { panic!("on purpose") });
        let routes = finish_writes(Router::new().route("/", panics), &Lifecycle::new(Duration::from_secs(5)));
        let request = Request::builder().method("POST").uri("/").body(Body::empty()).unwrap();
        assert_eq!(routes.oneshot(request).await.unwrap().status(), 500);
    }
}
