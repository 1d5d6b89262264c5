//! Tells fans what happened: reads the outbox to its end and sends its messages by mail. Tells organizers by HTTP.
//!
//! | module | what it does |
//! |---|---|
//! | [`delivery`] | takes messages that are due, tries each, tries again later, sets hopeless ones aside |
//! | [`email`] | turns a message into a mail, and hands mails to an SMTP server or a folder |
//! | [`mailbox`] | shows the mails of the folder to a person, where there is a folder |
//! | [`webhook`] | tells organizers by HTTP, signed, for three days, without being led into our own network |
//!
//! **What a fan can rely on.** A message whose transaction committed is mailed at least once, however often a notifier or
//! the mail server dies. Between "the server accepted" and "that is written down" a crash leads to a second mail; both
//! carry the same `Message-ID`, by which mail programs tell that they are one. In a folder there is only ever one file.
//!
//! Any number of copies may run: a message is taken by one of them at a time (`FOR UPDATE SKIP LOCKED` and a lease).

pub mod config;
pub mod delivery;
pub mod email;
pub mod mailbox;
pub mod metrics;
pub mod problems;
mod routes;
pub mod state;
pub mod webhook;

use std::sync::Arc;

use platform::{
    clock::SystemClock,
    ids::{Ids, secret},
    lifecycle::Lifecycle,
};

use crate::{config::Config, state::Notifier};

/// Starts everything on `lifecycle`: the loop that delivers, and the pages.
///
/// # Errors
/// When the configuration cannot work: a bad URL, a folder that cannot be made, an address that is taken.
pub async fn start(config: Config, lifecycle: Lifecycle) -> anyhow::Result<()> {
    metrics::describe();
    let clock = Arc::new(SystemClock);
    let seed = config.service.seed.unwrap_or_else(|| u64::from_le_bytes(secret()));
    tracing::info!(seed, "chance (jitter) comes from this seed");
    let app = Notifier::new(&config, clock.clone(), &Ids::new(seed, clock)).await?;
    let listener = platform::http::listen(config.service.listen, false)?;
    platform::http::serve(listener, routes::routes(&app, &lifecycle), &lifecycle)?;
    let stopping = lifecycle.stopping();
    webhook::run::start(&app, config.webhook.webhook_poll, &lifecycle);
    lifecycle.spawn(delivery::run::run(app, config.poll, stopping));
    Ok(())
}
