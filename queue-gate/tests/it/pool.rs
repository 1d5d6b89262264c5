//! The connections to a service: used again wherever they can be, and nowhere else.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use platform::lifecycle::Lifecycle;
use serde_json::json;
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};

use crate::gateway_app::TestGateway;

const LARGE: usize = 3 << 20;

/// A service that answers as the path says and counts the connections to it. It closes those that are there when it is told to, and tells
/// of each that ended.
struct Counting {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    close: Arc<Notify>,
    ended: mpsc::UnboundedReceiver<()>,
}

impl Counting {
    async fn start(lifecycle: &Lifecycle) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let (counted, stopping, life) = (connections.clone(), lifecycle.stopping(), lifecycle.clone());
        let (ends, ended) = mpsc::unbounded_channel();
        let close = Arc::new(Notify::new());
        let closing = close.clone();
        lifecycle.spawn(async move {
            while let Some(Ok((stream, _))) = stopping.run_until_cancelled(listener.accept()).await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (ends, stopping, closing) = (ends.clone(), stopping.clone(), closing.clone());
                life.spawn(async move {
                    tokio::select! {
                        () = closing.notified() => {}
                        _ = stopping.run_until_cancelled(answer(stream)) => {}
                    }
                    ends.send(()).unwrap_or_default();
                });
            }
        });
        Self { address, connections, close, ended }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Answers until the connection ends, or until the path says that it is the last.
async fn answer(mut stream: TcpStream) {
    let mut read = Vec::new();
    while let Some(head) = head(&mut stream, &mut read).await {
        let about = |word: &str| head.split_once(' ').is_some_and(|(_, target)| target.starts_with(word));
        let is_head = head.starts_with("HEAD");
        let body = if about("/venue/large") { "x".repeat(LARGE) } else { "ok".to_owned() };
        let answer = if about("/venue/chunked") {
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n".to_owned()
        } else if about("/venue/nothing") {
            "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
        } else if about("/venue/same") {
            "HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n".to_owned()
        } else if about("/venue/half") {
            format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{body}")
        } else {
            let sent = if is_head { "" } else { body.as_str() };
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{sent}", body.len())
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || about("/venue/last") {
            return;
        }
    }
}

/// The first line of the next request, whose body is read as well.
async fn head(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<String> {
    loop {
        let text = String::from_utf8_lossy(read).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if rest.len() >= length {
                let first = head.lines().next().unwrap().to_owned();
                read.drain(..head.len() + 4 + length);
                return Some(first);
            }
        }
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(count @ 1..) => read.extend_from_slice(&some[..count]),
            _ => return None,
        }
    }
}

fn life() -> Lifecycle {
    Lifecycle::new(Duration::from_secs(1))
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it does not take so long")
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_connection_is_used_again_whatever_its_answer_was(postgres: PgPool) {
    let lifecycle = life();
    let service = Counting::start(&lifecycle).await;
    let app = TestGateway::before(postgres, service.address, service.address, lifecycle, &[]).await;
    let fan = app.fan();
    for _ in 0..10 {
        for (kind, status, length) in [
            ("short", 200, 2),
            ("chunked", 200, 2),
            ("nothing", 204, 0),
            ("same", 304, 0),
            ("large", 200, LARGE),
        ] {
            let answer = fan.get(&format!("/venue/{kind}")).send().await;
            assert_eq!((answer.status, answer.text.len()), (status, length), "{kind}");
        }
        assert_eq!(fan.send("HEAD", "/venue/short", &json!(null)).body("").send().await.status, 200);
        assert_eq!(fan.post("/venue/short", &json!({"name": "x".repeat(100_000)})).send().await.text, "ok");
    }
    assert_eq!(service.connections(), 1, "for seventy requests");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_a_service_closed_meanwhile_breaks_no_request(postgres: PgPool) {
    let lifecycle = life();
    let mut service = Counting::start(&lifecycle).await;
    let more = ["--answer-patience=5s"];
    let app = TestGateway::before(postgres, service.address, service.address, lifecycle, &more).await;
    let fan = app.fan();
    // Nobody would send it twice, so it may not be begun where it cannot end.
    let sell = async |kind: &str| fan.post(&format!("/venue/{kind}"), &json!({})).send().await.status;
    for round in 1..=20 {
        assert_eq!(sell("short").await, 200);
        service.close.notify_waiters();
        within(service.ended.recv()).await.unwrap();
        assert_eq!(sell("last").await, 200, "closed while nobody used it, round {round}");
        within(service.ended.recv()).await.unwrap();
        assert_eq!(sell("short").await, 200, "closed after its last answer, round {round}");
        assert_eq!(service.connections(), 2 * round + 1);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_connection_with_half_an_answer_goes_to_nobody(postgres: PgPool) {
    let lifecycle = life();
    let mut service = Counting::start(&lifecycle).await;
    let app = TestGateway::before(postgres, service.address, service.address, lifecycle, &[]).await;
    let mut leaves = TcpStream::connect(app.address).await.unwrap();
    let asks = format!("GET /venue/half HTTP/1.1\r\nHost: {}\r\n\r\n", app.host());
    leaves.write_all(asks.as_bytes()).await.unwrap();
    let mut heard = String::new();
    while !heard.ends_with("\r\n\r\nok") {
        let mut some = [0; 4096];
        let count = within(leaves.read(&mut some)).await.unwrap();
        heard.push_str(&String::from_utf8_lossy(&some[..count]));
    }
    drop(leaves);
    within(service.ended.recv()).await.unwrap();
    assert_eq!(app.fan().get("/venue/short").send().await.text, "ok");
    assert_eq!(service.connections(), 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn connections_that_nobody_uses_are_closed(postgres: PgPool) {
    let lifecycle = life();
    let mut service = Counting::start(&lifecycle).await;
    let more = ["--idle-connections=0s"];
    let app = TestGateway::before(postgres, service.address, service.address, lifecycle, &more).await;
    assert_eq!(app.fan().get("/venue/short").send().await.text, "ok");
    app.gate.gateway.forwarder.close_idle();
    within(service.ended.recv()).await.unwrap();
    assert_eq!(app.fan().get("/venue/short").send().await.text, "ok");
    assert_eq!(service.connections(), 2);
}
