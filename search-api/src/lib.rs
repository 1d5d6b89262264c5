//! search-api: finds events, and keeps what it searches true to PostgreSQL.
//!
//! | module | |
//! |---|---|
//! | [`document`] | what search knows of an event, read from PostgreSQL in one statement; how words are folded |
//! | [`index`] | the calls to Elasticsearch: two aliases, writes that only go forward |
//! | [`sync`] | logical replication → ids → documents → index; the comparison that mends what differs; a new index beside the old |
//! | [`refusal`] | documents that were set aside with their cause |
//! | [`query`] | `GET /search`: words, days and places understood; the query, the answer, the cursor, wider where nothing is found; suggestions |
//! | [`pages`] | the home page and the results for a browser |

pub mod config;
pub mod document;
pub mod index;
pub mod metrics;
pub mod pages;
pub mod problems;
pub mod query;
pub mod refusal;
pub mod routes;
pub mod state;
pub mod sync;

use std::net::SocketAddr;

use platform::{
    clock::SharedClock,
    ids::{Ids, secret},
    lifecycle::Lifecycle,
    postgres::{self, StoreError},
};

use crate::{
    config::Config,
    index::{Index, IndexError},
    state::Search,
    sync::Sync,
};

/// Why search-api did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is not free.
    #[error("listening failed")]
    Listen(#[from] std::io::Error),
    /// The address of the database is none.
    #[error("the address of PostgreSQL cannot be used")]
    Postgres(#[from] StoreError),
    /// The address of the database is none.
    #[error("the address of PostgreSQL is not a URL")]
    PostgresUrl(#[from] url::ParseError),
    /// The address of Elasticsearch is none.
    #[error("the address of Elasticsearch cannot be used")]
    Index(#[from] IndexError),
}

/// Starts everything on `lifecycle` and returns where it listens. PostgreSQL and Elasticsearch may be away.
///
/// # Errors
/// [`StartError`].
pub fn start(config: &Config, lifecycle: &Lifecycle, clock: SharedClock) -> Result<SocketAddr, StartError> {
    let index = config.elasticsearch.as_ref().map(|url| Index::new(url, &config.index)).transpose()?;
    if let Some(index) = index.clone() {
        lifecycle.spawn(sync::run::run(keep(config, index, clock.clone())?, lifecycle.stopping()));
    } else {
        tracing::warn!("no Elasticsearch is configured, search answers 503");
    }
    let routes = routes::routes(Search::new(config, index, clock));
    let listener = platform::http::listen(config.service.listen, false)?;
    Ok(platform::http::serve(listener, platform::http::dress(routes, lifecycle), lifecycle)?)
}

/// What keeping `index` true needs.
fn keep(config: &Config, index: Index, clock: SharedClock) -> Result<Sync, StartError> {
    let seed = config.service.seed.unwrap_or_else(|| u64::from_be_bytes(secret()));
    Ok(Sync {
        postgres: postgres::connect(&config.postgres, "search-api")?,
        postgres_url: config.postgres.postgres_url.parse()?,
        index,
        ids: Ids::new(seed, clock.clone()),
        clock,
        reconcile: config.reconcile,
    })
}

/// Why an index was not built.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The arguments cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// No Elasticsearch is named.
    #[error("no Elasticsearch is configured: say where it is with --elasticsearch")]
    NotConfigured,
    /// Building failed.
    #[error("the old index is in use as before")]
    Sync(#[from] sync::SyncError),
}

/// Builds the index anew beside the one in use and swaps them, while services run or not; `tell` hears how far it is.
///
/// # Errors
/// [`RebuildError`]; the old index is in use then.
pub async fn rebuild(
    config: &Config,
    clock: SharedClock,
    tell: &sync::rebuild::Tell<'_>,
) -> Result<(), RebuildError> {
    let url = config.elasticsearch.as_ref().ok_or(RebuildError::NotConfigured)?;
    let index = Index::new(url, &config.index).map_err(StartError::from)?;
    let sync = keep(config, index, clock)?;
    Ok(Box::pin(sync::run::rebuild_once(&sync, tell)).await?)
}
