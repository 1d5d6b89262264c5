//! The catalog and the bookings: venues, events, seats, holds, orders, payments, tickets. The only owner of their tables.
//!
//! [`routes`] is the table of calls. Behind each, data moves one way: `handler.rs` (parse, authorize, answer) →
//! the verb's file (decide, one transaction) → `store.rs` (SQL or Lua).
//!
//! | folder | what it knows |
//! |---|---|
//! | [`account`] | who people are: registering, signing in, guests |
//! | [`mail_code`] | codes that sign somebody in, sent by mail |
//! | [`oidc`] | signing in by another provider |
//! | [`session`] | who is signed in where, and for how long |
//! | [`key`] | keys with which programs act for an organizer |
//! | [`team`] | who works for an organizer, and as what |
//! | [`catalog`] | what is on, where and by whom |
//! | [`drawing`] | the plan of an event, as its organizer draws it |
//! | [`seat`] | what an event sells, and what of it can be had |
//! | [`publisher`] | what search is told |
//! | [`admission`] | whether a pass opens an event |
//! | [`offer`] | what is for sale, and when |
//! | [`charge`] | fees and taxes: what a ticket costs beside its face value |
//! | [`code`] | codes that organizers give out, and how they are kept |
//! | [`voucher`] | codes that lower the price of an order |
//! | [`presale`] | windows in which tickets are sold with a code only |
//! | [`waitlist`] | who is offered seats that come back, and in which order |
//! | [`mirror`] | the copy in Redis of what is taken |
//! | [`hold`] | tickets set aside for a short time |
//! | [`sale`] | claims and sales: who has a ticket |
//! | [`allocation`] | what the organizer takes out of the sale: held back, given away, sold at the counter |
//! | [`order`] | from confirming a hold to paid, and every way out |
//! | [`payment`] | the provider: attempts, callbacks, commands, asking again |
//! | [`refund`] | money that goes back, and the tickets with it |
//! | [`dispute`] | payments that fans take up with their banks |
//! | [`cancellation`] | events that are called off, with everybody's money going back |
//! | [`report`] | tables for organizers: orders, and sales by day and tier |
//! | [`ticket`] | issued tickets: codes, QR, checking, and the list of those that are worth nothing |
//! | [`door`] | what happens at the doors: scans, online and uploaded, and who is inside |
//! | [`holder`] | the pages of those who hold tickets |
//! | [`scanner`] | the page of those who work at a door, which works without a network |
//! | [`document`] | tickets on paper, in a calendar, in a wallet |
//! | [`wallet`] | pass files, and their signature |
//! | [`transfer`] | tickets that their holders send to somebody else |
//! | [`announcement`] | telling everybody who has a ticket that the event changed |
//! | [`audit`] | what an organizer's people and keys changed |
//! | [`brand`] | how organizers want to be seen in mails |
//! | [`webhook`] | addresses at which organizers are told what happens, and who is told what |
//! | [`outbox`] | messages for the notifier and the gate |
//! | [`idempotency`] | the same request twice |
//! | [`checkout`] | the pages of a purchase |
//! | [`pages`] | the pages of the shop |

pub mod account;
pub mod admission;
pub mod allocation;
pub mod announcement;
pub mod audit;
pub mod brand;
pub mod cache;
pub mod cancellation;
pub mod catalog;
pub mod charge;
pub mod checkout;
pub mod code;
pub mod config;
pub mod cursor;
pub mod dispute;
pub mod document;
pub mod door;
pub mod drawing;
pub mod each;
pub mod extractors;
pub mod gather;
pub mod hold;
pub mod holder;
pub mod idempotency;
pub mod invalid;
pub mod key;
pub mod keys;
pub mod mail_code;
pub mod metrics;
pub mod mirror;
pub mod offer;
pub mod oidc;
pub mod order;
pub mod outbox;
pub mod pages;
pub mod payment;
pub mod presale;
pub mod problems;
pub mod publisher;
pub mod refund;
pub mod report;
pub mod routes;
pub mod sale;
pub mod scanner;
pub mod seat;
pub mod session;
pub mod state;
pub mod statistics;
pub mod team;
pub mod ticket;
pub mod transfer;
pub mod voucher;
pub mod waitlist;
pub mod wallet;
pub mod webhook;

use std::{net::SocketAddr, sync::Arc};

use platform::{
    clock::{SharedClock, SystemClock},
    ids::{self, Ids},
    keys::KeyFileError,
    lifecycle::Lifecycle,
    postgres::{self, MIGRATOR, StoreError},
    redis as redis_server,
    sealed::SealFileError,
};

use crate::{
    account::make_organizer::MakeOrganizerError,
    config::{Config, OrganizerConfig},
    keys::Keys,
    state::{Booking, Stores},
};

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or the like.
    #[error("listening failed")]
    Listen(#[from] std::io::Error),
    /// A key file is missing or bad.
    #[error("a key cannot be used")]
    Key(#[from] KeyFileError),
    /// A secret that we share with a payment provider is missing or bad.
    #[error("the secret of a payment provider cannot be used: {0}")]
    ProviderSecret(String),
    /// The secret under which codes are kept is missing, or too short.
    #[error("{0} holds no secret of at least 32 bytes")]
    CodeSecret(String),
    /// The file that names providers of sign-ins, or one that it names, is missing or bad.
    #[error("the providers of sign-ins cannot be used")]
    Providers(#[from] oidc::read::BadProviders),
    /// The keys that seal secrets are missing, or bad.
    #[error("secrets cannot be sealed")]
    Seals(#[from] SealFileError),
    /// The certificate that signs wallet passes, or its key, is missing or bad.
    #[error("the certificate of wallet passes cannot be used: {0}")]
    Wallet(String),
    /// The address of a store is none.
    #[error("a store cannot be used")]
    Store(#[from] StoreError),
    /// The schema could not be brought up to date.
    #[error("migrating the database failed")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// Starts everything on `lifecycle` and returns once requests are served, with the address.
///
/// # Errors
/// [`StartError`]. Stores that are merely away are no reason: requests that need them say so until they are back.
pub async fn start(config: Config, lifecycle: Lifecycle) -> Result<SocketAddr, StartError> {
    let clock: SharedClock = Arc::new(SystemClock);
    let seed = config.service.seed.unwrap_or_else(|| u64::from_le_bytes(ids::secret()));
    tracing::info!(seed, "the root of all chance but secrets");
    let stores = Stores {
        postgres: postgres::connect(&config.postgres, "booking-api")?,
        catalog: postgres::connect(&config.postgres, "booking-api catalog")?,
        redis: redis_server::connect(&config.redis).map_err(StoreError::from)?,
    };
    if config.migrate {
        MIGRATOR.run(&stores.postgres).await?;
    }
    let keys = Keys::read(&config)?;
    let listener = platform::http::listen(config.service.listen, false)?;
    let ids = Ids::new(seed, Arc::clone(&clock));
    let app = Booking::new(config, stores, clock, ids, keys);
    run_loops(&app, &lifecycle);
    Ok(platform::http::serve(listener, routes::serving(app, &lifecycle), &lifecycle)?)
}

/// Spawns what goes on without being asked.
pub fn run_loops(app: &Booking, lifecycle: &Lifecycle) {
    keys::watch(app, lifecycle);
    session::ended::run(app, lifecycle);
    session::purge::run(app, lifecycle);
    mail_code::purge::run(app, lifecycle);
    webhook::seal::run(app, lifecycle);
    publisher::run(app, lifecycle);
    statistics::run(app, lifecycle);
    mirror::apply::run(app, lifecycle);
    payment::reconcile::run(app, lifecycle);
    payment::command::run(app, lifecycle);
    payment::purge::run(app, lifecycle);
    order::expire::run(app, lifecycle);
    order::received::run(app, lifecycle);
    seat::feed::hub::run(app, lifecycle);
    hold::idle::run(app, lifecycle);
    hold::repair::run(app, lifecycle);
    order::number::run(app, lifecycle);
    order::fulfil::run(app, lifecycle);
    waitlist::offer::run(app, lifecycle);
    cancellation::carry_on::run(app, lifecycle);
    announcement::carry_on::run(app, lifecycle);
}

/// `booking-api organizer`: makes the account, or makes an existing one an organizer's with this password.
///
/// # Errors
/// When the password file cannot be read, the address or the password is none, or the database is away.
pub fn make_organizer(config: &OrganizerConfig) -> Result<(), MakeOrganizerError> {
    let password = std::fs::read_to_string(&config.password_file)?;
    let password = password.trim_end_matches(['\r', '\n']);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let postgres = postgres::connect(&config.postgres, "booking-api organizer")?;
        let clock: SharedClock = Arc::new(SystemClock);
        let ids = Ids::new(u64::from_le_bytes(ids::secret()), Arc::clone(&clock));
        account::make_organizer::make_organizer(&postgres, &ids, clock.now(), &config.email, password).await
    })
}
