//! Sends one request to an address that somebody else named, without being led anywhere else.
//!
//! The name is looked up here and nowhere else; every address it has must be allowed, and the connection goes to one of
//! exactly these. So a name that answers differently the second time changes nothing. Nothing is read from the environment
//! (no proxy), a redirect is an answer like any other, and little of an answer is read.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use platform::outbound::{Reach, Target};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::Host;

/// The most bytes of the head of an answer.
const HEAD: usize = 16 << 10;
/// The most bytes of the body of an answer that are read, and thrown away, so that the other side is not cut off.
const BODY: usize = 16 << 10;
/// To so many addresses of one name we try to connect.
const ADDRESSES: usize = 3;

/// Looks names up.
pub trait Resolve: Send + Sync {
    /// The addresses of `name`.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// As the system does.
#[derive(Clone, Copy, Debug)]
struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
        })
    }
}

/// What an endpoint answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// How long it wants to be left alone.
    pub retry_after: Option<TimeDelta>,
}

/// Why there was no answer. What is said here the organizer reads: it tells nothing of our network.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The address may not be called.
    #[error("the address {0}")]
    BadTarget(#[from] platform::outbound::BadTarget),
    /// It makes no request.
    #[error("the address makes no request")]
    Request(#[from] http::Error),
    /// The secret that we share with it cannot be opened.
    #[error("we could not sign the notice")]
    Unsigned,
    /// The name has no address.
    #[error("the name of the host cannot be looked up")]
    Unresolved(#[source] io::Error),
    /// The name has an address that we do not call.
    #[error("the name of the host leads to an address that is not public")]
    Closed,
    /// Nobody is there.
    #[error("nobody accepts a connection")]
    Connect(#[source] io::Error),
    /// TLS failed: the certificate, most often.
    #[error("TLS failed: {0}")]
    Tls(#[source] io::Error),
    /// The connection broke, or what came is no HTTP.
    #[error("the connection broke before an answer came")]
    Http(#[from] hyper::Error),
    /// It took too long.
    #[error("no answer came within {} seconds", .0.as_secs())]
    TimedOut(Duration),
}

impl SendError {
    /// Whether we refused to call.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::BadTarget(_) | Self::Closed)
    }
}

/// What sends.
pub struct Client {
    /// What may be called.
    pub reach: Reach,
    /// Looks names up.
    pub resolver: Arc<dyn Resolve>,
    lasts: Duration,
    tls: TlsConnector,
}

impl Client {
    /// A client for which an attempt lasts `lasts` at most, and which trusts the public authorities and those in `roots`.
    ///
    /// # Errors
    /// When `roots` cannot be read.
    pub fn new(reach: Reach, lasts: Duration, roots: Option<&Path>) -> anyhow::Result<Self> {
        let mut trusted = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = roots {
            let certificates = CertificateDer::pem_file_iter(file);
            let certificates = certificates.with_context(|| format!("{} cannot be read", file.display()))?;
            for certificate in certificates {
                trusted.add(certificate?)?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(trusted).with_no_client_auth();
        Ok(Self { reach, resolver: Arc::new(System), lasts, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// The target that `url` names today.
    ///
    /// # Errors
    /// When it may not be called.
    pub fn target(&self, url: &str) -> Result<Target, SendError> {
        Ok(self.reach.target(url)?)
    }

    /// Sends `request` to `target` and returns what was answered.
    ///
    /// # Errors
    /// [`SendError`]; the other side may have done its work all the same.
    pub async fn send(&self, target: &Target, request: Request<Full<Bytes>>) -> Result<Answered, SendError> {
        let exchange = async {
            let stream = connect(&self.addresses(target).await?).await?;
            if !target.tls {
                return exchange(stream, request).await;
            }
            let name = match &target.host {
                Host::Domain(name) => ServerName::try_from(name.clone()),
                Host::Ipv4(address) => Ok(ServerName::from(IpAddr::from(*address))),
                Host::Ipv6(address) => Ok(ServerName::from(IpAddr::from(*address))),
            };
            let name = name.map_err(|_| platform::outbound::BadTarget::Name)?;
            exchange(self.tls.connect(name, stream).await.map_err(SendError::Tls)?, request).await
        };
        tokio::time::timeout(self.lasts, exchange).await.map_err(|_| SendError::TimedOut(self.lasts))?
    }

    /// The addresses of the host: all of them allowed, or none.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, SendError> {
        let found = match &target.host {
            Host::Ipv4(address) => vec![IpAddr::from(*address)],
            Host::Ipv6(address) => vec![IpAddr::from(*address)],
            Host::Domain(name) => self.resolver.resolve(name).await.map_err(SendError::Unresolved)?,
        };
        if !found.iter().all(|address| self.reach.allows(*address)) {
            return Err(SendError::Closed);
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, target.port)).collect())
    }
}

/// Connects to the first of the addresses that accepts.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, SendError> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses.iter().take(ADDRESSES) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(SendError::Connect(last))
}

/// One request over a connection of its own.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answered, SendError> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await?;
    let asked = async {
        let response = sender.send_request(request).await?;
        let answered = Answered { status: response.status(), retry_after: retry_after(&response) };
        // Whatever the rest is: the status is the answer.
        drop(Limited::new(response.into_body(), BODY).collect().await);
        Ok(answered)
    };
    let mut asked = std::pin::pin!(asked);
    tokio::select! {
        answered = &mut asked => answered,
        // The connection has ended, and with it the answer, if there was one.
        _ = connection => asked.await,
    }
}

/// What `Retry-After` says, in seconds; a date is not looked at.
fn retry_after(response: &Response<Incoming>) -> Option<TimeDelta> {
    let said = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    TimeDelta::try_seconds(said.trim().parse::<u32>().ok()?.into())
}
