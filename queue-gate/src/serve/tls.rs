//! TLS in front of everything, by rustls. The certificate is read again when its files change: who is connected notices
//! nothing, who comes gets the new one.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use clap::Args;
use platform::{
    lifecycle::{Lifecycle, every},
    telemetry::Chain,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::speaks::Speaks;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The files of a certificate. Without them a gate speaks plainly, for a proxy in front of it.
#[derive(Clone, Debug, Default, Args)]
pub struct TlsConfig {
    /// The certificate and those that lead to a root, PEM. With it the gate speaks HTTP/2 and HTTP/1.1 over TLS.
    #[arg(long, env = "QUEUE_GATE_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, env = "QUEUE_GATE_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("{file} cannot be used")]
    File {
        /// Which.
        file: String,
        /// Why.
        source: pem::Error,
    },
    /// The key is not that of the certificate, or of a kind that nobody uses.
    #[error("the certificate and its key do not fit together")]
    Pair(#[from] rustls::Error),
}

/// Who speaks TLS with clients.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
    files: Files,
}

#[derive(Clone, Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The certificate that is shown to whoever comes.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// TLS as `config` says; `None` where it names no files.
    ///
    /// # Errors
    /// [`TlsError`]: the files do not hold a certificate and its key.
    pub fn new(config: &TlsConfig) -> Result<Option<Self>, TlsError> {
        let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) else {
            return Ok(None);
        };
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let shown = Arc::new(Shown(RwLock::new(Arc::new(files.read()?))));
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(shown.clone());
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A phone that comes back, as all do, need not shake hands anew.
        server.ticketer = ring::Ticketer::new()?;
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(server)), shown, files }))
    }

    /// Shakes hands. By ALPN (RFC 7301) the client says what it speaks; one that does not speaks HTTP/1.1.
    ///
    /// # Errors
    /// When the client wants something else, or has gone.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, Speaks)> {
        let stream = self.acceptor.accept(stream).await?;
        let speaks = match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Speaks::Http2,
            _ => Speaks::Http1,
        };
        Ok((stream, speaks))
    }

    /// Reads the files again. Shows what they hold from now on, if that fits together.
    ///
    /// # Errors
    /// As [`Tls::new`]; the certificate from before is shown then.
    pub fn read_again(&self) -> Result<(), TlsError> {
        let read = self.files.read()?;
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        if shown.cert != read.cert {
            *shown = Arc::new(read);
            tracing::info!(file = %self.files.certificate.display(), "another certificate is shown from now on");
        }
        Ok(())
    }

    /// Looks at the files now and then, as long as `lifecycle` lasts.
    pub fn keep_reading(&self, lifecycle: &Lifecycle) {
        let own = self.clone();
        lifecycle.spawn(every(lifecycle.stopping(), LOOK, async move || {
            if let Err(error) = own.read_again() {
                tracing::error!(error = %Chain(&error), "the certificate from before is shown");
            }
        }));
    }
}

impl Files {
    fn read(&self) -> Result<CertifiedKey, TlsError> {
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|source| unusable(&self.certificate, source))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|source| unusable(&self.key, source))?;
        Ok(CertifiedKey::from_der(chain, key, &ring::default_provider())?)
    }
}

fn unusable(file: &Path, source: pem::Error) -> TlsError {
    TlsError::File { file: file.display().to_string(), source }
}
