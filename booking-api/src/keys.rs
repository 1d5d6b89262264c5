//! The keys we sign with, and those of others, which may change under us.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use contracts::key::{PrivateKey, PublicKeys};
use platform::{keys, lifecycle, lifecycle::Lifecycle, sealed::Seals, telemetry::Chain};

use crate::{
    StartError,
    code::CodeSecret,
    config::{Config, WalletConfig},
    oidc::{self, Provider},
    state::Booking,
    wallet::{Signer, Wallet},
};

/// How often the files of public keys are read again.
const READ_AGAIN: Duration = Duration::from_secs(3);

/// Every key of the service.
#[derive(Debug)]
pub struct Keys {
    /// Signs sessions.
    pub session: PrivateKey,
    /// Signs the codes on tickets.
    pub ticket: PrivateKey,
    /// Checks them: our own key, and those that signed before it or will sign next.
    pub tickets: Public,
    /// Checks sessions: those of our own key, and of the keys before it.
    pub sessions: Public,
    /// Checks what the gate asserts.
    pub gate: Public,
    /// Signs the callbacks of the payment sandbox.
    pub sandbox_secret: Vec<u8>,
    /// Keeps the codes of organizers.
    pub codes: CodeSecret,
    /// Seals the secrets that are kept.
    pub seals: Seals,
    /// Signs wallet passes, where the operator has a certificate for them.
    pub wallet: Option<Wallet>,
    /// Who signs people in beside ourselves, with what we share with each.
    pub providers: Vec<Provider>,
    /// What we share with Stripe, where the operator has an account.
    pub stripe: Option<StripeKeys>,
}

/// What we share with Stripe.
pub struct StripeKeys {
    /// Our secret key.
    pub api: String,
    /// Signs its webhooks.
    pub webhook: Vec<u8>,
}

impl std::fmt::Debug for StripeKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StripeKeys")
    }
}

/// A set of public keys that is replaced when its file changes.
#[derive(Debug)]
pub struct Public {
    file: Option<PathBuf>,
    /// Good whatever stands in the file.
    always: PublicKeys,
    keys: RwLock<Arc<PublicKeys>>,
}

impl Public {
    /// Keys that never change.
    pub fn fixed(keys: PublicKeys) -> Self {
        Self { file: None, always: PublicKeys::default(), keys: RwLock::new(Arc::new(keys)) }
    }

    /// `always`, and those of the file where there is one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn with(always: PublicKeys, file: Option<PathBuf>) -> Result<Self, StartError> {
        let more = file.as_deref().map(keys::public).transpose()?.unwrap_or_default();
        Ok(Self { file, keys: RwLock::new(Arc::new(always.clone().and(more))), always })
    }

    /// The keys that are good now.
    pub fn current(&self) -> Arc<PublicKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(file: PathBuf) -> Result<Self, StartError> {
        Self::with(PublicKeys::default(), Some(file))
    }

    /// Reads the file again. One that cannot be read (it is being replaced) leaves the keys as they are.
    pub fn read_again(&self) {
        let Some(file) = &self.file else { return };
        match keys::public(file) {
            Ok(more) => {
                let keys = self.always.clone().and(more);
                // What was checked against the same keys stays checked.
                if *self.current() != keys {
                    *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                }
            }
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
        let secret = secret(&config.sandbox.sandbox_secret)?;
        let stripe = match (&config.stripe.stripe_key, &config.stripe.stripe_webhook_secret) {
            (Some(api), Some(webhook)) => {
                let api = String::from_utf8_lossy(&self::secret(api)?).into_owned();
                Some(StripeKeys { api, webhook: self::secret(webhook)? })
            }
            _ => None,
        };
        let codes = self::secret(&config.code_secret).ok().and_then(CodeSecret::new);
        let codes = codes.ok_or_else(|| StartError::CodeSecret(config.code_secret.display().to_string()))?;
        let ticket = keys::private(&config.ticket_key)?;
        Ok(Self {
            codes,
            seals: Seals::read(&config.seals.seal_keys)?,
            session: keys::private(&config.session_key)?,
            tickets: Public::with(ticket.public(), config.ticket_jwks.clone())?,
            ticket,
            sessions: Public::read(config.verifier.session_jwks.clone())?,
            gate: Public::read(config.verifier.gate_jwks.clone())?,
            sandbox_secret: secret,
            wallet: wallet(&config.wallet)?,
            providers: config.oidc_providers.as_deref().map_or(Ok(Vec::new()), oidc::read::read)?,
            stripe,
        })
    }
}

/// Reads what signs wallet passes, where it is set.
///
/// # Errors
/// [`StartError`] names the file.
pub fn wallet(config: &WalletConfig) -> Result<Option<Wallet>, StartError> {
    let WalletConfig {
        wallet_pass_type: Some(pass_type),
        wallet_team: Some(team),
        wallet_certificate: Some(certificate),
        wallet_key: Some(key),
        wallet_issuer: Some(issuer),
    } = config
    else {
        return Ok(None);
    };
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file)
            .map_err(|error| StartError::Wallet(format!("{}: {error}", file.display())))
    };
    let signer = Signer::read(&read(certificate)?, &read(key)?, &read(issuer)?);
    let signer = signer.map_err(|error| StartError::Wallet(Chain(&error).to_string()))?;
    Ok(Some(Wallet { pass_type: pass_type.clone(), team: team.clone(), signer: Arc::new(signer) }))
}

/// A secret that we share with a payment provider: the bytes of its file, but for white space around them.
fn secret(file: &std::path::Path) -> Result<Vec<u8>, StartError> {
    let secret = std::fs::read(file)
        .map_err(|error| StartError::ProviderSecret(format!("{}: {error}", file.display())))?;
    let secret = secret.trim_ascii().to_vec();
    if secret.len() < 16 {
        return Err(StartError::ProviderSecret(format!("{} holds fewer than 16 bytes", file.display())));
    }
    Ok(secret)
}

/// Reads public keys again every few seconds, so that they rotate without a restart.
pub fn watch(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, READ_AGAIN, async move || {
        app.keys.sessions.read_again();
        app.keys.gate.read_again();
        app.keys.tickets.read_again();
    }));
}
