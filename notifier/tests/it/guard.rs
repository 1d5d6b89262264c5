//! Nobody leads us into our own network by the address of a webhook.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use notifier::webhook::send::{Client, Resolve};
use platform::outbound::Reach;
use sqlx::PgPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{receiver::Receiver, support::TestNotifier};

/// Says the next of its answers at each look-up, and the last one for ever.
#[derive(Debug)]
struct Names {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn say(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|one| one.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self { answers: Mutex::new(answers.collect()), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

impl TestNotifier {
    /// The same, by these names; `roots` are trusted.
    fn by(mut self, loopback: bool, names: &Arc<Names>, roots: Option<&Path>) -> Self {
        let mut client = Client::new(Reach { loopback }, Duration::from_secs(5), roots).unwrap();
        client.resolver = names.clone();
        self.app.webhooks.client = Arc::new(client);
        self
    }

    /// Tells one notice at `url`, and says how that went.
    async fn try_at(&self, url: &str) -> String {
        let endpoint = self.given_endpoint(url).await;
        let notice = self.given_notice(endpoint).await;
        assert_eq!(self.tell().await, 1);
        let row = self.delivery(endpoint, notice).await;
        format!("{} {}", row.state, row.errors[0]).trim().to_owned()
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_inside_is_not_called_though_it_stands_in_the_table(postgres: PgPool) {
    let names = Names::say(&[&["127.0.0.1"]]);
    let notifier = TestNotifier::near(postgres).await.by(false, &names, None);
    let inside = Receiver::start();
    let port = inside.address.port();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://printer.internal:{port}/"),
        format!("https://user@hooks.example:{port}/"),
    ] {
        let went = notifier.try_at(&url).await;
        assert!(went.starts_with("due the address "), "{url}: {went}");
    }
    assert_eq!(names.asked.load(Ordering::Relaxed), 0, "nobody is even asked for a name");
    let went = notifier.try_at(&format!("https://hooks.example:{port}/")).await;
    assert_eq!(went, "due the name of the host leads to an address that is not public");
    assert_eq!(inside.told().len(), 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_name_is_looked_up_once_for_an_attempt_and_every_address_is_judged(postgres: PgPool) {
    let receiver = Receiver::start();
    let url = format!("http://localhost:{}/", receiver.address.port());
    // First this machine, which is allowed here; whoever looked twice would be led elsewhere the second time.
    let names = Names::say(&[&["127.0.0.1"], &["127.0.0.1", "169.254.169.254"], &["10.0.0.1"], &["fd00::1"]]);
    let notifier = TestNotifier::near(postgres).await.by(true, &names, None);
    assert_eq!(notifier.try_at(&url).await, "delivered");
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    assert_eq!(receiver.told()[0].header("host"), format!("localhost:{}", receiver.address.port()));
    for _ in 0..3 {
        let went = notifier.try_at(&url).await;
        assert_eq!(went, "due the name of the host leads to an address that is not public");
    }
    assert_eq!((names.asked.load(Ordering::Relaxed), receiver.told().len()), (4, 1));
}

/// A server with a certificate for `name`, and the file with the authority's certificate. It answers everybody with 200.
async fn secure(name: &str, folder: &Path) -> (SocketAddr, std::path::PathBuf) {
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = params.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(params, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf =
        rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let file = folder.join("roots.pem");
    std::fs::write(&file, root.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config =
        config.unwrap().with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let lifecycle = platform::lifecycle::Lifecycle::new(Duration::from_secs(1));
    lifecycle.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            drop(stream.read(&mut [0; 4096]).await);
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await);
            drop(stream.shutdown().await);
        }
    });
    (address, file)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_certificate_must_be_for_the_name_that_the_organizer_wrote(postgres: PgPool) {
    let folder = tempfile::tempdir().unwrap();
    let (address, roots) = secure("hooks.example", folder.path()).await;
    let names = Names::say(&[&["127.0.0.1"]]);
    let notifier = TestNotifier::near(postgres).await.by(true, &names, Some(&roots));
    assert_eq!(notifier.try_at(&format!("https://hooks.example:{}/", address.port())).await, "delivered");
    let went = notifier.try_at(&format!("https://other.example:{}/", address.port())).await;
    assert!(went.starts_with("due TLS failed: "), "{went}");
    let stranger = notifier.by(true, &names, None);
    let went = stranger.try_at(&format!("https://hooks.example:{}/once", address.port())).await;
    assert!(went.starts_with("due TLS failed: "), "an authority that nobody knows is none: {went}");
}
