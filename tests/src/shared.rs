//! The servers that the worlds of a test run share: those that `cargo xtask test` names in the environment, else
//! private ones, started with the first world and ended with the program.

use std::{fs::File, sync::OnceLock};

use anyhow::{Context, Result};
use devstack::{
    Home,
    elasticsearch::{self, Elasticsearch},
    port::Port,
    postgres::{self, Durability, Postgres},
};
use platform::config::PostgresConfig;

/// The addresses of the shared servers.
#[derive(Clone, Debug)]
pub struct Shared {
    /// A database of PostgreSQL, as its superuser.
    pub postgres: String,
    /// Elasticsearch; absent where no Java can be had.
    pub elasticsearch: Option<String>,
    /// The name of the database that has the whole schema and nothing else.
    template: String,
}

/// The name of the template. Its lock, held while somebody makes it, has the same name.
const TEMPLATE: &str = "usher_template";

impl Shared {
    /// The servers, started if need be.
    pub fn servers() -> &'static Self {
        static SHARED: OnceLock<Shared> = OnceLock::new();
        SHARED.get_or_init(|| Self::find().expect("the servers for the tests start"))
    }

    /// Makes a database with the whole schema for one world: a copy of the template.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn database(&self, name: &str) -> Result<String> {
        postgres::sql(&self.postgres, &format!("create database \"{name}\" template \"{}\"", self.template))?;
        postgres::with_database(&self.postgres, name)
    }

    fn find() -> Result<Self> {
        let (postgres, elasticsearch) = match named("DATABASE_URL") {
            Some(postgres) => (postgres, named("USHER_TEST_ELASTICSEARCH_URL")),
            None => start()?,
        };
        let template = template(&postgres)?;
        Ok(Self { postgres, elasticsearch, template })
    }
}

/// The one place where tests of the whole system look into the environment.
#[expect(clippy::disallowed_methods, reason = "a test has no arguments")]
fn named(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Starts servers that end with this program, and whose folder the next one sweeps.
fn start() -> Result<(String, Option<String>)> {
    static RUNNING: OnceLock<(Postgres, Option<Elasticsearch>, Home)> = OnceLock::new();
    let home = Home::temporary()?;
    let elasticsearch = match elasticsearch::java() {
        Some(_) => Some(Elasticsearch::launch(&home, Port::any()?, 512)?),
        None => None,
    };
    let postgres = Postgres::start(&home, Port::any()?, Durability::Thrown)?;
    elasticsearch.as_ref().map_or(Ok(()), Elasticsearch::wait)?;
    let urls = (postgres.url("postgres"), elasticsearch.as_ref().map(Elasticsearch::url));
    RUNNING.set((postgres, elasticsearch, home)).expect("started once");
    Ok(urls)
}

/// Makes the template, named after the newest migration and all their checksums, unless it is there.
fn template(server: &str) -> Result<String> {
    let mut sum: u64 = 0;
    for migration in platform::postgres::MIGRATOR.iter() {
        sum = migration
            .checksum
            .iter()
            .fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    }
    let name = format!("{TEMPLATE}_{sum:016x}");
    let lock = File::create(std::env::temp_dir().join(format!("{name}-{}", nix::unistd::geteuid())))?;
    lock.lock()?;
    let making = format!("{name}_making");
    if postgres::sql(server, &format!("select 1 from pg_database where datname = '{name}'"))? != "1" {
        postgres::sql(server, &format!("drop database if exists \"{making}\""))?;
        postgres::make_database(server, &making)?;
        migrate(&postgres::with_database(server, &making)?)?;
        postgres::sql(server, &format!("alter database \"{making}\" rename to \"{name}\""))?;
    }
    Ok(name)
}

fn migrate(url: &str) -> Result<()> {
    let config = PostgresConfig {
        postgres_url: url.to_owned(),
        postgres_connections: std::num::NonZeroU32::MIN,
        postgres_patience: std::time::Duration::from_secs(10),
        postgres_lock_timeout: std::time::Duration::from_secs(10),
        postgres_statement_timeout: std::time::Duration::from_mins(1),
    };
    let work = async {
        let pool = platform::postgres::connect(&config, "system-tests")?;
        platform::postgres::MIGRATOR.run(&pool).await?;
        pool.close().await;
        Ok::<_, anyhow::Error>(())
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
        .context("migrating failed")
}
