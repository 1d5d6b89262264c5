//! Requests whose end two servers could see in different places, as raw bytes: the gate refuses them, or the service behind reads
//! the very same one request, and nothing after it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use platform::{http::listen, lifecycle::Lifecycle};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::gateway_app::TestGateway;

/// Longer than a gate waits for the rest of anything.
const PATIENCE: Duration = Duration::from_secs(45);

/// What would be a request of its own for whoever sees the end of the one before too early.
const SMUGGLED: &str = "GET /search?smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// A service that keeps what reaches it byte by byte, and answers each connection once.
async fn ear(lifecycle: &Lifecycle) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let (stopping, all, life) = (lifecycle.stopping(), heard.clone(), lifecycle.clone());
    lifecycle.spawn(async move {
        while let Some(Ok((stream, _))) = stopping.run_until_cancelled(listener.accept()).await {
            let all = all.clone();
            life.spawn(async move { drop(hear(stream, &all).await) });
        }
    });
    (address, heard)
}

async fn hear(mut stream: TcpStream, all: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (mut said, mut some) = (Vec::new(), [0; 4096]);
    while !is_whole(&String::from_utf8_lossy(&said)) {
        let read = stream.read(&mut some).await?;
        if read == 0 {
            return Ok(());
        }
        said.extend_from_slice(&some[..read]);
    }
    all.lock().unwrap().push(String::from_utf8_lossy(&said).into_owned());
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").await
}

/// Whether a request that the gate wrote has come to its end, read as strictly as can be.
fn is_whole(said: &str) -> bool {
    let Some((head, body)) = said.split_once("\r\n\r\n") else { return false };
    let lengths: Vec<&str> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| {
            ["content-length", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str())
        })
        .map(|(_, value)| value)
        .collect();
    match lengths.as_slice() {
        [] => true,
        ["chunked"] => body.ends_with("0\r\n\r\n"),
        [length] => body.len() >= length.parse::<usize>().unwrap(),
        several => panic!("the gate says several lengths: {several:?}"),
    }
}

struct Stage {
    _app: TestGateway,
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    async fn start(postgres: PgPool) -> Self {
        let lifecycle = Lifecycle::new(Duration::from_secs(1));
        let (service, heard) = ear(&lifecycle).await;
        let app = TestGateway::before(postgres, service, service, lifecycle, &[]).await;
        let listener = listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let routes = queue_gate::router(app.gate.clone());
        let address = queue_gate::serve(listener, routes, &app.gate, 100, None).unwrap();
        Self { _app: app, address, heard }
    }

    /// The statuses of the answers to `said`, up to the end of the connection.
    async fn say(&self, said: &str) -> Vec<u16> {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that was reset was ended, too.
        drop(timeout(PATIENCE, client.read_to_end(&mut answer)).await.expect("the connection ends"));
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.split("HTTP/1.1 ").skip(1).map(|one| one[..3].parse().unwrap()).collect()
    }

    /// What reached the service since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

/// A request of these fields and this body, and another after it.
fn post(fields: &str, body: &str) -> String {
    format!("POST /venue HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n{body}{SMUGGLED}")
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn whose_length_is_in_doubt_is_refused_and_reaches_nobody(postgres: PgPool) {
    let stage = Stage::start(postgres).await;
    let chunk = "5\r\nhello\r\n0\r\n\r\n";
    for (fields, body) in [
        // Two lengths, or one that is no number.
        ("Content-Length: 5\r\nContent-Length: 6", "hello"),
        ("Content-Length: 5, 5", "hello"),
        ("Content-Length: +5", "hello"),
        ("Content-Length: 0x5", "hello"),
        ("Content-Length: -5", "hello"),
        ("Content-Length: 5 5", "hello"),
        ("Content-Length:", "hello"),
        ("Content-Length: 18446744073709551621", "hello"),
        // A coding that others would not undo, or would read as none.
        ("Transfer-Encoding: chunked, identity", chunk),
        ("Transfer-Encoding: identity", "hello"),
        ("Transfer-Encoding: xchunked", chunk),
        ("Transfer-Encoding: \"chunked\"", chunk),
        ("Transfer-Encoding: \x0bchunked", chunk),
        // A field that others would read as another one.
        ("Content-Length : 5", "hello"),
        ("Transfer-Encoding : chunked", chunk),
        ("Transfer-Encoding\t: chunked", chunk),
        (" Transfer-Encoding: chunked", chunk),
        ("X: y\r\n Transfer-Encoding: chunked", chunk),
        ("X: y\r\n\tContent-Length: 5", "hello"),
        ("X: a\0b\r\nContent-Length: 5", "hello"),
        ("X: a\rTransfer-Encoding: chunked", chunk),
        ("Content-Length\0: 5", "hello"),
    ] {
        let said = post(fields, body);
        assert_eq!(stage.say(&said).await, [400], "{said:?}");
        assert_eq!(stage.take(), Vec::<String>::new(), "{said:?}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_coding_around_the_chunks_is_refused_although_the_library_takes_it(postgres: PgPool) {
    let stage = Stage::start(postgres).await;
    for coding in
        ["gzip, chunked", "identity, chunked", "chunked, chunked", "chunked\r\nTransfer-Encoding: chunked"]
    {
        let said = post(&format!("Transfer-Encoding: {coding}\r\nConnection: close"), "0\r\n\r\n");
        assert_eq!(stage.say(&said).await, [400], "{said:?}");
        assert_eq!(stage.take(), Vec::<String>::new(), "{said:?}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn chunks_that_are_none_end_the_request_and_the_connection(postgres: PgPool) {
    let stage = Stage::start(postgres).await;
    for body in [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "5;a=b\nX\r\nhello\r\n0\r\n\r\n",
    ] {
        let said = post("Transfer-Encoding: chunked", body);
        assert_eq!(stage.say(&said).await, [400], "{said:?}");
        // What had come of the body before may have been on its way; nobody takes it for whole.
        assert_eq!(stage.take(), Vec::<String>::new(), "{said:?}");
    }
    // Far more than a service may fail in a row: it is not to blame.
    let good = post("Transfer-Encoding: chunked\r\nConnection: close", "5\r\nhello\r\n0\r\n\r\n");
    assert_eq!(stage.say(&good).await, [200]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn both_lengths_are_passed_on_as_the_one_that_counts_and_nothing_after_them_is_read(postgres: PgPool) {
    let stage = Stage::start(postgres).await;
    // The library drops the number before the gate sees it, as the standard asks (RFC 9112 section 6.3), and ends the connection.
    for fields in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Transfer-Encoding: chunked\r\nContent-Length: none",
        "Content-Length: 4\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5",
    ] {
        let said = post(fields, "5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(stage.say(&said).await, [200], "one answer, then the end: {said:?}");
        let heard = stage.take();
        let [one] = heard.as_slice() else { panic!("{heard:?}") };
        let (head, body) = one.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        assert_eq!(
            (head.matches("transfer-encoding: chunked").count(), head.matches("content-length").count()),
            (1, 0),
            "{head}"
        );
        assert!(body.contains("hello") && body.ends_with("0\r\n\r\n"), "{body:?}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_may_be_read_is_written_anew_in_one_way(postgres: PgPool) {
    let stage = Stage::start(postgres).await;
    let end = "\r\nConnection: close";
    for (said, bodies) in [
        // Lines that end with a bare LF (RFC 9112 section 2.2): the service hears the usual ends.
        ("POST /venue HTTP/1.1\nHost: x\nContent-Length: 5\nConnection: close\n\nhello".to_owned(), "hello"),
        (post(&format!("Content-Length: 5\r\nContent-Length: 5{end}"), "hello"), "hello"),
        (post(&format!("Content-Length: 005{end}"), "hello"), "hello"),
        (post(&format!("Transfer-Encoding: CHUNKED{end}"), "5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n"), "hello"),
        (post(&format!("Transfer-Encoding: chunked{end}"), "5  \r\nhello\r\n000\r\n\r\n"), "hello"),
        (
            post(&format!("Transfer-Encoding: chunked{end}"), "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
            "hello",
        ),
    ] {
        let statuses = stage.say(&said).await;
        let heard = stage.take();
        assert_eq!((statuses.as_slice(), heard.len()), ([200].as_slice(), 1), "{said:?} {heard:?}");
        let (head, body) = heard[0].split_once("\r\n\r\n").unwrap();
        assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head:?}");
        assert!(body.contains(bodies) && !heard[0].contains("smuggled"), "{heard:?}");
        assert!(!body.to_ascii_lowercase().contains("content-length"), "{body:?}");
    }
}
