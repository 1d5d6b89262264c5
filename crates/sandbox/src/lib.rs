//! A payment provider that takes no money: it authorises a moment after it was asked, calls back with a signature, and
//! shows every fault that one can order by the token (docs/API.md lists them). A process of its own, so that whoever
//! uses it meets a real network, a real restart and a real retry.
//!
//! | folder | what it knows |
//! |---|---|
//! | [`authorization`] | amounts set aside: the states and the steps between them; the calls |
//! | [`challenge`] | the second step: payers who must prove who they are |
//! | [`callback`] | telling the shop: signing, delivering, trying again |
//! | [`ledger`] | the memory of both, in a journal that a restart reads |
//! | [`oidc`] | beside all that a provider of sign-ins, with faults of its own |

pub mod authorization;
pub mod callback;
pub mod challenge;
pub mod config;
pub mod ledger;
pub mod oidc;
pub mod problems;
pub mod routes;
pub mod state;

use std::{net::SocketAddr, sync::Arc};

use platform::{
    clock::{SharedClock, SystemClock},
    ids::{self, Ids},
    lifecycle::Lifecycle,
};

use crate::{config::Config, ledger::LedgerError, state::Sandbox};

/// Why the sandbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or the like.
    #[error("listening failed")]
    Listen(#[from] std::io::Error),
    /// The secret cannot be read, or is too short.
    #[error("the secret cannot be used: {0}")]
    Secret(String),
    /// The journal cannot be read.
    #[error("the journal cannot be used")]
    Ledger(#[from] LedgerError),
    /// The client for callbacks cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Starts everything on `lifecycle` and returns once requests are served, with the address.
///
/// # Errors
/// [`StartError`].
#[expect(clippy::unused_async, reason = "every service starts the same way")]
pub async fn start(config: Config, lifecycle: Lifecycle) -> Result<SocketAddr, StartError> {
    start_at(config, Arc::new(SystemClock), &lifecycle)
}

/// The same on another clock.
///
/// # Errors
/// [`StartError`].
pub fn start_at(config: Config, clock: SharedClock, lifecycle: &Lifecycle) -> Result<SocketAddr, StartError> {
    let seed = config.service.seed.unwrap_or_else(|| u64::from_le_bytes(ids::secret()));
    tracing::info!(seed, "the root of all chance but secrets");
    let listener = platform::http::listen(config.service.listen, false)?;
    let sandbox = Sandbox::open(config, Arc::clone(&clock), Ids::new(seed, clock))?;
    callback::run::run(&sandbox, lifecycle);
    let routes = platform::http::dress(routes::routes(sandbox), lifecycle);
    Ok(platform::http::serve(listener, routes, lifecycle)?)
}
