//! search-api: finds events, and keeps what it searches true to PostgreSQL.
//!
//! | module | |
//! |---|---|
//! | [`document`] | what search knows of an event, read from PostgreSQL in one statement; how words are folded |
//! | [`index`] | the calls to Elasticsearch: two aliases, writes that only go forward |
//! | [`embedded`] | an index in this process, which follows PostgreSQL by itself: the default, and what stands in for Elasticsearch |
//! | [`sync`] | logical replication → ids → documents → index; the comparison that mends what differs; a new index beside the old |
//! | [`refusal`] | documents that were set aside with their cause |
//! | [`query`] | `GET /search`: words, days and places understood; the query, the answer, the cursor, wider where nothing is found; suggestions |
//! | [`pages`] | the home page and the results for a browser |

pub mod config;
pub mod document;
pub mod embedded;
pub mod index;
pub mod metrics;
pub mod pages;
pub mod problems;
pub mod query;
pub mod refusal;
pub mod routes;
pub mod state;
pub mod sync;

use std::{net::SocketAddr, sync::Arc};

use platform::{
    clock::SharedClock,
    ids::{Ids, secret},
    lifecycle::Lifecycle,
    postgres::{self, Postgres, StoreError},
};

use crate::{
    config::{Config, First},
    embedded::{Embedded, EmbeddedError, follow},
    index::{Index, IndexError},
    query::{elasticsearch::nodes::Nodes, engine::Engine},
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
    /// There is no memory for an index of our own.
    #[error("the embedded index cannot be made")]
    Embedded(#[from] EmbeddedError),
}

/// Starts everything on `lifecycle` and returns where it listens. PostgreSQL and Elasticsearch may be away.
///
/// # Errors
/// [`StartError`].
pub fn start(config: &Config, lifecycle: &Lifecycle, clock: SharedClock) -> Result<SocketAddr, StartError> {
    let ids = ids(config, &clock);
    let nodes = config.elasticsearch.iter().map(|url| Index::new(url, &config.index));
    let indices = nodes.collect::<Result<Vec<_>, _>>()?;
    let postgres = postgres::connect(&config.postgres, "search-api")?;
    if let Some(sync) = keep(config, &postgres, &ids, &clock)? {
        lifecycle.spawn(sync::run::run(sync, lifecycle.stopping()));
    }
    let embedded = || -> Result<Engine, StartError> {
        let embedded = Embedded::new()?;
        let follower = follow::Follower::new(postgres.clone(), embedded.clone(), config.reconcile);
        lifecycle.spawn(follow::run(follower, config.follow, ids.clone(), lifecycle.stopping()));
        Ok(Engine::Embedded(embedded))
    };
    let (first, stand_in) = if indices.is_empty() {
        (embedded()?, None)
    } else {
        let nodes = Engine::Elasticsearch(Arc::new(Nodes::new(indices, config.attempt)));
        match config.first {
            First::Elasticsearch => (nodes, config.stand_in.then(embedded).transpose()?),
            First::Embedded => (embedded()?, Some(nodes)),
        }
    };
    let app = Search::new(config, first, stand_in, clock);
    let routes = routes::routes(app);
    let listener = platform::http::listen(config.service.listen, false)?;
    Ok(platform::http::serve(listener, platform::http::dress(routes, lifecycle), lifecycle)?)
}

fn ids(config: &Config, clock: &SharedClock) -> Ids {
    Ids::new(config.service.seed.unwrap_or_else(|| u64::from_be_bytes(secret())), clock.clone())
}

/// What keeping the index of Elasticsearch true needs; nothing where no Elasticsearch is named.
fn keep(
    config: &Config,
    postgres: &Postgres,
    ids: &Ids,
    clock: &SharedClock,
) -> Result<Option<Sync>, StartError> {
    let Some((first, others)) = config.elasticsearch.split_first() else { return Ok(None) };
    Ok(Some(Sync {
        postgres: postgres.clone(),
        postgres_url: config.postgres.postgres_url.parse()?,
        index: Index::over(first, others, &config.index)?,
        ids: ids.clone(),
        clock: clock.clone(),
        reconcile: config.reconcile,
    }))
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
    let ids = ids(config, &clock);
    let postgres = postgres::connect(&config.postgres, "search-api").map_err(StartError::from)?;
    let sync = keep(config, &postgres, &ids, &clock)?.ok_or(RebuildError::NotConfigured)?;
    Ok(Box::pin(sync::run::rebuild_once(&sync, tell)).await?)
}
