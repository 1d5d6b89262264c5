//! What the parts of the notifier share.

use std::sync::{Arc, Mutex, PoisonError};

use lettre::message::Mailbox;
use platform::{
    clock::SharedClock,
    ids::Ids,
    postgres::{self, Postgres},
    sealed::Seals,
};
use rand::{RngExt, rngs::StdRng};

use crate::{config::Config, delivery::Rules, email::transport::Transport, webhook::Webhooks};

/// The notifier: cheap to clone.
#[derive(Clone)]
pub struct Notifier {
    /// The database with the outbox.
    pub postgres: Postgres,
    /// What time it is.
    pub clock: SharedClock,
    /// How patient the delivery is.
    pub rules: Rules,
    /// Who mails are from.
    pub from: Arc<Mailbox>,
    /// Where mails go.
    pub transport: Transport,
    /// How organizers are told.
    pub webhooks: Webhooks,
    /// Opens the secrets that are kept.
    pub seals: Arc<Seals>,
    /// New ids.
    pub ids: Ids,
    chance: Arc<Mutex<StdRng>>,
}

impl Notifier {
    /// Opens what `config` names.
    ///
    /// # Errors
    /// When a URL is bad, a folder cannot be made, or the lease is no longer than an attempt.
    pub async fn new(config: &Config, clock: SharedClock, ids: &Ids) -> anyhow::Result<Self> {
        Ok(Self {
            postgres: postgres::connect(&config.postgres, "notifier")?,
            clock,
            rules: Rules::try_from(&config.rules)?,
            from: Arc::new(config.from.clone()),
            transport: Transport::open(&config.transport, &config.rules).await?,
            webhooks: Webhooks::new(&config.webhook, config.outbound)?,
            seals: Arc::new(Seals::read(&config.seals.seal_keys)?),
            ids: ids.clone(),
            chance: Arc::new(Mutex::new(ids.stream())),
        })
    }

    /// A number from 0 up to, not including, 1: for jitter.
    pub fn chance(&self) -> f64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).random()
    }
}
