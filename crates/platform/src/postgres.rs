//! The pool, transactions in one visible shape, and the errors of every store.

use std::time::Duration;

use sqlx::{
    PgPool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::config::PostgresConfig;

/// The pool.
pub type Postgres = PgPool;
/// A transaction; dropped without [`commit`], it undoes everything, but not at once as [`rollback`] does.
pub type Tx = Transaction<'static, sqlx::Postgres>;

/// A store failed. What a caller can do: nothing was written, or (for [`StoreError::Unknown`]) look it up by its key.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or has no connection free in time.
    #[error("the database is not there")]
    Unavailable(#[source] sqlx::Error),
    /// Somebody else holds the row for longer than the lock timeout.
    #[error("the row is locked by another transaction")]
    Locked(#[source] sqlx::Error),
    /// A commit got no answer: it may or may not have happened.
    #[error("the outcome of the commit is unknown")]
    Unknown(#[source] sqlx::Error),
    /// Redis did not answer, or not in time.
    #[error("Redis is not there")]
    Redis(#[from] redis::RedisError),
    /// Anything else: a bug, or a constraint that held against one.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
    /// A store answered with something that this code does not know.
    #[error("{0}")]
    Unexpected(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::Database(database) => match database.code().as_deref() {
                // lock_not_available, deadlock_detected, serialization_failure
                Some("55P03" | "40P01" | "40001") => Self::Locked(error),
                // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, query_canceled
                Some("57P01" | "57P02" | "57P03" | "53300" | "57014") => Self::Unavailable(error),
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether a later try may succeed without anybody mending anything.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Locked(_) | Self::Redis(_))
    }

    /// The name of the constraint that refused, if one did: a store turns the ones it expects into errors of its own.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Database(sqlx::Error::Database(database)) => database.constraint(),
            _ => None,
        }
    }
}

/// Opens a pool. Connections are made when first needed, so a service starts while the database is away.
///
/// # Errors
/// When the URL is none.
pub fn connect(config: &PostgresConfig, application: &str) -> Result<Postgres, StoreError> {
    let millis = |wait: Duration| wait.as_millis().to_string();
    let options = config.postgres_url.parse::<PgConnectOptions>()?.application_name(application).options([
        ("lock_timeout", millis(config.postgres_lock_timeout)),
        ("statement_timeout", millis(config.postgres_statement_timeout)),
        ("idle_in_transaction_session_timeout", millis(config.postgres_statement_timeout)),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(config.postgres_connections.get())
        // A connection is asked whether it lives whenever it is taken. That costs a question for every transaction, and is what
        // bounds the wait for a database that stands still: its connections look alive.
        .acquire_timeout(config.postgres_patience)
        .connect_lazy_with(options))
}

/// One column of rows that are written together, for `unnest`.
pub fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// Begins a transaction (READ COMMITTED: rows are locked where it matters).
///
/// # Errors
/// [`StoreError::Unavailable`] when no connection is free in time.
pub async fn begin(postgres: &Postgres) -> Result<Tx, StoreError> {
    Ok(postgres.begin().await?)
}

/// Commits.
///
/// # Errors
/// [`StoreError::Unknown`] when the answer was lost: look the work up by its key, never just repeat it.
pub async fn commit(tx: Tx) -> Result<(), StoreError> {
    tx.commit().await.map_err(|error| match StoreError::from(error) {
        StoreError::Unavailable(error) => StoreError::Unknown(error),
        other => other,
    })
}

/// Undoes everything and lets go of every lock before it returns. A transaction that is dropped does so too, but some time
/// later, when its connection goes back to the pool: whoever comes next may find the locks still taken.
pub async fn rollback(tx: Tx) {
    if let Err(error) = tx.rollback().await {
        // The connection is broken, and the database undoes what came over it.
        tracing::debug!(%error, "a transaction ended with its connection");
    }
}

/// Goes on with `tx` where `found` is no refusal; else ends it as [`rollback`] does.
///
/// # Errors
/// That of `found`.
pub async fn go_on<T, E>(tx: Tx, found: Result<T, E>) -> Result<(Tx, T), E> {
    match found {
        Ok(found) => Ok((tx, found)),
        Err(error) => {
            rollback(tx).await;
            Err(error)
        }
    }
}

/// The whole history of the schema.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
