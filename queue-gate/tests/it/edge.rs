//! The edge: clients who begin and do not go on, and TLS.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use futures_util::StreamExt;
use http::Version;
use platform::http::listen;
use queue_gate::{
    live::hub::Hub,
    serve::tls::{Tls, TlsConfig, TlsError},
};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use serde_json::Value;
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, client::IntoClientRequest},
};

use crate::{
    app::{Fan, TestGate},
    live::{tell, until},
};

/// Longer than a gate waits for anything that a client has begun.
const CUT_WITHIN: Duration = Duration::from_secs(45);

fn serve(app: &TestGate, tls: Option<Tls>) -> SocketAddr {
    let listener = listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
    queue_gate::serve(listener, app.router(), &app.gate, 20, tls).unwrap()
}

/// What came back until the gate ended the connection on which `said` was said, orderly or not; `None` if it did not.
async fn answer(address: SocketAddr, said: &[u8]) -> Option<Vec<u8>> {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(said).await.unwrap();
    let mut answer = Vec::new();
    let ended = timeout(CUT_WITHIN, client.read_to_end(&mut answer)).await;
    ended.is_ok().then_some(answer)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_begins_and_does_not_go_on_is_cut_off(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let address = serve(&app, None);
    let begun: [&[u8]; 7] = [
        b"",
        b"P",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /healthz HTT",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    let all = begun.map(|said| async move { (said, answer(address, said).await) });
    for (said, answer) in futures_util::future::join_all(all).await {
        let said = String::from_utf8_lossy(said);
        let answer = answer.unwrap_or_else(|| panic!("a connection stays open after {said:?}"));
        let is_answered = answer.starts_with(b"HTTP/1.1 200");
        assert_eq!(is_answered, said.ends_with("\r\n\r\n") && said.starts_with("GET"), "{said:?}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_sends_a_body_slowly_is_told_or_cut_off_and_nothing_is_done(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let address = serve(&app, None);
    let head = format!(
        "POST /queue/{room}/place HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
    );
    let answer = answer(address, head.as_bytes()).await.expect("a connection stays open");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("/problems/body-too-slow"), "{answer}");
    assert_eq!(app.fan().number(room).await & 0xffff_ffff, 1, "the slow one has no place");
}

/// The status with which the gate answers whoever wants a socket on a page of `origin`.
async fn upgrade(address: SocketAddr, fan: &Fan<'_>, path: &str, origin: Option<&str>) -> u16 {
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    request.headers_mut().insert("cookie", fan.cookies.join("; ").parse().unwrap());
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match client_async(request, TcpStream::connect(address).await.unwrap()).await {
        Ok((_, answer)) => answer.status().as_u16(),
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_site_cannot_listen_for_a_fan(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fan = app.fan();
    fan.number(room).await;
    let address = serve(&app, None);
    let path = format!("/queue/{room}/live");
    let own = format!("http://{address}");
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", ""] {
        assert_eq!(upgrade(address, &fan, &path, Some(origin)).await, 403, "{origin:?}");
    }
    // A program says no origin, and has nobody's cookies but its own.
    for origin in [None, Some(own.as_str())] {
        assert_eq!(upgrade(address, &fan, &path, origin).await, 101, "{origin:?}");
    }
}

/// A certificate for localhost in files, and what trusts it.
struct Certificate {
    folder: TempDir,
    der: CertificateDer<'static>,
}

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let der = Self::write(&folder);
        Self { folder, der }
    }

    fn write(folder: &TempDir) -> CertificateDer<'static> {
        let CertifiedKey::<KeyPair> { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    fn config(&self) -> TlsConfig {
        let path = |name: &str| -> Option<PathBuf> { Some(self.folder.path().join(name)) };
        TlsConfig { tls_certificate: path("cert.pem"), tls_key: path("key.pem") }
    }

    fn tls(&self) -> Tls {
        Tls::new(&self.config()).unwrap().unwrap()
    }

    /// A client that trusts it.
    fn client(&self, is_old: bool) -> reqwest::Client {
        let root = reqwest::Certificate::from_der(&self.der).unwrap();
        let builder = reqwest::Client::builder().add_root_certificate(root);
        if is_old { builder.http1_only() } else { builder }.build().unwrap()
    }
}

/// A connection to `address` of a client who trusts `certificate`.
async fn shake_hands(
    address: SocketAddr,
    certificate: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn over_tls_clients_speak_the_newest_that_they_know(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let certificate = Certificate::new();
    let address = serve(&app, Some(certificate.tls()));
    let url = format!("https://localhost:{}/healthz", address.port());
    for (is_old, version) in [(false, Version::HTTP_2), (true, Version::HTTP_11)] {
        let answer = certificate.client(is_old).get(&url).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
    // Without TLS nothing is said but that this is the wrong way.
    let plain = answer(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("it stays open");
    assert!(!plain.starts_with(b"HTTP"), "{plain:?}");
    // Who does not shake hands holds no connection for long.
    assert!(answer(address, b"\x16\x03\x01").await.is_some(), "half a handshake stays open");
}

async fn socket(
    stream: TlsStream<TcpStream>,
    fan: &Fan<'_>,
    room: contracts::id::RoomId,
) -> WebSocketStream<TlsStream<TcpStream>> {
    let mut request = format!("wss://localhost/queue/{room}/live").into_client_request().unwrap();
    request.headers_mut().insert("cookie", fan.cookies.join("; ").parse().unwrap());
    client_async(request, stream).await.unwrap().0
}

async fn frame(socket: &mut WebSocketStream<TlsStream<TcpStream>>) -> Value {
    let message = timeout(CUT_WITHIN, socket.next()).await.unwrap().unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

async fn nobody_is_left(hub: &Hub) {
    until(|| hub.open() == 0).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_socket_over_tls_hears_what_any_other_hears_and_ends_as_any_other(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let certificate = Certificate::new();
    let address = serve(&app, Some(certificate.tls()));
    let (first, second) = (app.fan(), app.fan());
    first.number(room).await;
    second.number(room).await;
    let stream = shake_hands(address, &certificate.der).await.unwrap();
    let mut socket = socket(stream, &second, room).await;
    assert_eq!(frame(&mut socket).await["ahead"], 1);
    first.delete(&format!("/queue/{room}/place")).await;
    tell(&app, room).await;
    assert_eq!(frame(&mut socket).await["ahead"], 0);
    assert_eq!(app.gate.hub.open(), 1);
    socket.close(None).await.unwrap();
    nobody_is_left(&app.gate.hub).await;
    // One that vanishes without a word is noticed, too; and one whose place ends is left by the gate.
    let gone = self::socket(shake_hands(address, &certificate.der).await.unwrap(), &second, room).await;
    drop(gone);
    nobody_is_left(&app.gate.hub).await;
    let mut left = self::socket(shake_hands(address, &certificate.der).await.unwrap(), &second, room).await;
    frame(&mut left).await;
    second.delete(&format!("/queue/{room}/place")).await;
    tell(&app, room).await;
    assert_eq!(frame(&mut left).await["state"], "unknown");
    let rest = timeout(CUT_WITHIN, left.next()).await.unwrap();
    assert!(rest.is_none_or(|last| last.is_err() || last.unwrap().is_close()));
    nobody_is_left(&app.gate.hub).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_certificate_is_shown_to_whoever_comes_and_nobody_is_cut_off(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let certificate = Certificate::new();
    let tls = certificate.tls();
    let address = serve(&app, Some(tls.clone()));
    let mut before = shake_hands(address, &certificate.der).await.unwrap();

    std::fs::write(certificate.folder.path().join("cert.pem"), "no certificate").unwrap();
    assert!(matches!(tls.read_again(), Err(TlsError::Pair(_) | TlsError::File { .. })));
    assert!(shake_hands(address, &certificate.der).await.is_ok(), "what is no certificate is not shown");

    let renewed = Certificate::write(&certificate.folder);
    tls.read_again().unwrap();
    assert!(shake_hands(address, &renewed).await.is_ok());
    assert!(shake_hands(address, &certificate.der).await.is_err(), "the old one is shown no more");

    before.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    timeout(CUT_WITHIN, before.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}
