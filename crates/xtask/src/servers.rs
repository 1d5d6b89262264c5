//! The private servers of a chore: started together, stopped together.

use std::{num::NonZeroU32, time::Duration};

use anyhow::{Context, Result};
use devstack::{
    Home,
    elasticsearch::Elasticsearch,
    port::Port,
    postgres::{Durability, Postgres},
    redis::Redis,
};
use platform::{config::PostgresConfig, postgres};

use crate::{install, say, sqlx};

/// PostgreSQL, Redis and, where Java can be had, Elasticsearch. Stopped when dropped, and their home after them.
#[derive(Debug)]
pub(crate) struct Servers {
    /// PostgreSQL.
    pub(crate) postgres: Postgres,
    /// Redis.
    pub(crate) redis: Redis,
    /// Elasticsearch; launched, but not waited for.
    pub(crate) elasticsearch: Option<Elasticsearch>,
    // Where their data is.
    _home: Home,
}

/// Which ports to take when they are free; `None` for any.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preferred {
    /// For PostgreSQL.
    pub(crate) postgres: Option<u16>,
    /// For Redis.
    pub(crate) redis: Option<u16>,
    /// For Elasticsearch.
    pub(crate) elasticsearch: Option<u16>,
}

impl Servers {
    /// Starts them on the data of `home`.
    pub(crate) fn start(home: Home, preferred: Preferred, durability: Durability) -> Result<Self> {
        let port = |preferred: Option<u16>| preferred.map_or_else(Port::any, Port::prefer);
        let elasticsearch = elasticsearch(&home, port(preferred.elasticsearch)?);
        let postgres = port(preferred.postgres)?;
        let postgres = say::step("starting PostgreSQL", || Postgres::start(&home, postgres, durability))?;
        let redis = port(preferred.redis)?;
        let redis = say::step("starting Redis", || Redis::start(&home, "redis", redis))?;
        Ok(Self { postgres, redis, elasticsearch, _home: home })
    }

    /// Waits for Elasticsearch, where there is one.
    pub(crate) fn wait(&self) -> Result<()> {
        let Some(elasticsearch) = &self.elasticsearch else { return Ok(()) };
        say::step("waiting for Elasticsearch", || elasticsearch.wait())
    }

    /// Whether Elasticsearch is there and up.
    pub(crate) fn has_search(&self) -> bool {
        self.elasticsearch.as_ref().is_some_and(Elasticsearch::is_up)
    }

    /// Which of them has ended, if one has.
    pub(crate) fn ended(&self) -> Option<&devstack::process::Process> {
        let elasticsearch = self.elasticsearch.as_ref().map(Elasticsearch::process);
        let all = [Some(self.postgres.process()), Some(self.redis.process()), elasticsearch];
        all.into_iter().flatten().find(|process| process.ended().is_some())
    }
}

/// Launches Elasticsearch; `None` where no Java can be had or the server cannot be fetched, and says so.
fn elasticsearch(home: &Home, port: Port) -> Option<Elasticsearch> {
    if !install::all_there(&install::ELASTICSEARCH) {
        say::line(format_args!(
            "  no Elasticsearch: it needs Java, Maven and unzip. Search will answer 503.\n  To have it: {}",
            install::command_for(&install::ELASTICSEARCH)
        ));
        return None;
    }
    let launched =
        say::step("launching Elasticsearch (fetched once, 97 MB)", || Elasticsearch::launch(home, port, 512));
    launched
        .inspect_err(|error| {
            say::line(format_args!("  no Elasticsearch, so search will answer 503: {error:#}"));
        })
        .ok()
}

/// Brings the database at `url` to the newest schema.
pub(crate) fn migrate(url: &str) -> Result<()> {
    let patience = Duration::from_mins(10);
    let config = PostgresConfig {
        postgres_url: url.to_owned(),
        postgres_connections: NonZeroU32::MIN,
        postgres_patience: Duration::from_secs(10),
        postgres_lock_timeout: Duration::from_secs(10),
        postgres_statement_timeout: patience,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = postgres::connect(&config, "xtask")?;
        postgres::MIGRATOR.run(&pool).await.context(
            "migrating failed; if a migration was edited since this database was made, start over with --fresh",
        )?;
        pool.close().await;
        Ok(())
    })
}

/// A PostgreSQL with the whole schema, for checking queries.
#[derive(Debug)]
pub(crate) struct ForQueries {
    /// The database.
    pub(crate) url: String,
    _postgres: Postgres,
    _home: Home,
}

/// See [`ForQueries`].
pub(crate) fn for_queries() -> Result<ForQueries> {
    install::must_have(&install::SERVERS[..1])?;
    let home = Home::temporary()?;
    let postgres = Postgres::start(&home, Port::any()?, Durability::Thrown)?;
    let url = sqlx::migrated(&postgres.url("postgres"), "queries")?;
    Ok(ForQueries { url, _postgres: postgres, _home: home })
}
