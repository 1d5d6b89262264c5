//! The keys we sign with, and those of others, which may change under us.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use contracts::key::{PrivateKey, PublicKeys};
use platform::{keys, lifecycle, lifecycle::Lifecycle, telemetry::Chain};

use crate::{StartError, config::Config, state::Booking};

/// How often the files of public keys are read again.
const READ_AGAIN: Duration = Duration::from_secs(3);

/// Every key of the service.
#[derive(Debug)]
pub struct Keys {
    /// Signs sessions.
    pub session: PrivateKey,
    /// Signs the codes on tickets.
    pub ticket: PrivateKey,
    /// Checks sessions: those of our own key, and of the keys before it.
    pub sessions: Public,
    /// Checks what the gate asserts.
    pub gate: Public,
    /// Signs the callbacks of the payment sandbox.
    pub sandbox_secret: Vec<u8>,
}

/// A set of public keys that is replaced when its file changes.
#[derive(Debug)]
pub struct Public {
    file: Option<PathBuf>,
    keys: RwLock<Arc<PublicKeys>>,
}

impl Public {
    /// Keys that never change.
    pub fn fixed(keys: PublicKeys) -> Self {
        Self { file: None, keys: RwLock::new(Arc::new(keys)) }
    }

    /// The keys that are good now.
    pub fn current(&self) -> Arc<PublicKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(file: PathBuf) -> Result<Self, StartError> {
        let keys = keys::public(&file)?;
        Ok(Self { file: Some(file), keys: RwLock::new(Arc::new(keys)) })
    }

    /// Reads the file again. One that cannot be read (it is being replaced) leaves the keys as they are.
    fn read_again(&self) {
        let Some(file) = &self.file else { return };
        match keys::public(file) {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys),
            Err(error) => tracing::warn!(error = %Chain(&error), "public keys were not read again"),
        }
    }
}

impl Keys {
    /// Reads all key files.
    ///
    /// # Errors
    /// [`StartError`] names the file.
    pub fn read(config: &Config) -> Result<Self, StartError> {
        let file = &config.sandbox.sandbox_secret;
        let secret = std::fs::read(file)
            .map_err(|error| StartError::SandboxSecret(format!("{}: {error}", file.display())))?;
        let secret = secret.trim_ascii().to_vec();
        if secret.len() < 16 {
            return Err(StartError::SandboxSecret(format!("{} holds fewer than 16 bytes", file.display())));
        }
        Ok(Self {
            session: keys::private(&config.session_key)?,
            ticket: keys::private(&config.ticket_key)?,
            sessions: Public::read(config.verifier.session_jwks.clone())?,
            gate: Public::read(config.verifier.gate_jwks.clone())?,
            sandbox_secret: secret,
        })
    }
}

/// Reads public keys again every few seconds, so that they rotate without a restart.
pub fn watch(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, READ_AGAIN, async move || {
        app.keys.sessions.read_again();
        app.keys.gate.read_again();
    }));
}
