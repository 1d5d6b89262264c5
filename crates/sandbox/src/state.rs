//! What every verb is given.

use std::{ops::Deref, sync::Arc};

use platform::{clock::SharedClock, ids::Ids};
use tokio::sync::Semaphore;

use crate::{StartError, config::Config, ledger::Ledger, oidc::Provider};

/// The shortest secret.
const SECRET_MIN: usize = 16;

/// The running sandbox; cloning it is cheap.
#[derive(Clone)]
pub struct Sandbox(Arc<Parts>);

/// What the sandbox is made of.
pub struct Parts {
    /// What the operator set.
    pub config: Config,
    /// What time it is.
    pub clock: SharedClock,
    /// New ids, and chance.
    pub ids: Ids,
    /// Everything that is remembered.
    pub ledger: Ledger,
    /// Signs callbacks.
    pub secret: Vec<u8>,
    /// Delivers callbacks.
    pub client: reqwest::Client,
    /// Signs people in.
    pub oidc: Provider,
    /// One permit for each callback that may be on its way.
    pub deliveries: Arc<Semaphore>,
}

impl Sandbox {
    /// Reads the secret and the journal; nothing runs yet.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn open(config: Config, clock: SharedClock, ids: Ids) -> Result<Self, StartError> {
        let named = |why: String| StartError::Secret(format!("{}: {why}", config.secret.display()));
        let secret = std::fs::read(&config.secret).map_err(|error| named(error.to_string()))?;
        let secret = secret.trim_ascii().to_vec();
        if secret.len() < SECRET_MIN {
            return Err(named(format!("fewer than {SECRET_MIN} bytes")));
        }
        let ledger = Ledger::open(&config.data)?;
        let client = reqwest::Client::builder()
            .timeout(config.callback_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let deliveries = Arc::new(Semaphore::new(config.callbacks_at_once.get()));
        Ok(Self(Arc::new(Parts {
            config,
            clock,
            ids,
            ledger,
            secret,
            client,
            oidc: Provider::default(),
            deliveries,
        })))
    }
}

impl Deref for Sandbox {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
