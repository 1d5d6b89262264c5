//! Small bodies are read before anybody looks at the request.
//!
//! A refusal that comes before the body was read makes the server close the connection, and whoever is still sending (a
//! gate, on a pooled connection) may lose the refusal with it.

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use hyper::body::Body as _;

use super::{Problem, kinds};

/// The longest body that is read beforehand. Of longer ones the length is judged first.
const SMALL: u64 = 64 << 10;

/// Has the calls of `routes` begin once a small body is there, so that every refusal arrives.
pub fn read_small_bodies(routes: Router) -> Router {
    routes.layer(from_fn(read))
}

async fn read(request: Request, next: Next) -> Response {
    let length = request.body().size_hint().exact();
    if !length.is_some_and(|length| (1..=SMALL).contains(&length)) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match body.collect().await {
        Ok(read) => next.run(Request::from_parts(parts, Body::from(read.to_bytes()))).await,
        Err(error) => Problem::of(kinds::MALFORMED_BODY).detail(error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::routing::post;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::lifecycle::Lifecycle;

    /// Somebody connected to a service that refuses everything.
    async fn refused(lifecycle: &Lifecycle) -> TcpStream {
        let refuses = post(async || Problem::of(kinds::NOT_FOUND));
        let routes = read_small_bodies(Router::new().route("/", refuses));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = super::super::serve(listener, routes, lifecycle).unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    #[tokio::test]
    async fn a_refusal_waits_for_the_body_and_leaves_the_connection_open() {
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let mut client = refused(&lifecycle).await;
        let mut scratch = [0; 1024];
        for _ in 0..2 {
            client.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n").await.unwrap();
            let early = tokio::time::timeout(Duration::from_millis(100), client.read(&mut scratch)).await;
            assert!(early.is_err(), "it was refused before its body was read");
            client.write_all(b"{}").await.unwrap();
            let read = client.read(&mut scratch).await.unwrap();
            assert!(scratch[..read].starts_with(b"HTTP/1.1 404"), "{:?}", &scratch[..read]);
        }
    }

    #[tokio::test]
    async fn a_long_body_is_not_read_before_its_length_is_judged() {
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let mut client = refused(&lifecycle).await;
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", SMALL + 1);
        client.write_all(head.as_bytes()).await.unwrap();
        let mut scratch = [0; 1024];
        let read = tokio::time::timeout(Duration::from_secs(10), client.read(&mut scratch)).await;
        let read = read.expect("it waits for the whole body").unwrap();
        assert!(scratch[..read].starts_with(b"HTTP/1.1 404"), "{:?}", &scratch[..read]);
    }
}
