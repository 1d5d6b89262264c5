//! Keeps the index true to PostgreSQL (promise S1).
//!
//! PostgreSQL's logical replication says *which* events changed ([`pgoutput`]); [`mod@apply`] reads each again, version and
//! document in one statement, and writes it over lower versions only; `follow` confirms the slot at whole commits after
//! the write succeeded. So neither order nor repetition matters. [`mod@reconcile`] compares the two sides and mends what
//! differs: it is the way back from every loss. [`rebuild`] fills an index from nothing beside the one in use. One copy
//! leads and does all of it ([`mod@run`]); [`guard`] watches what PostgreSQL keeps for us.

mod address;
pub mod apply;
pub mod backoff;
mod follow;
pub mod guard;
pub mod pgoutput;
pub mod rebuild;
pub mod reconcile;
pub mod run;
pub mod store;

use std::time::Duration;

use platform::{
    clock::SharedClock,
    ids::Ids,
    postgres::{Postgres, StoreError},
};
use url::Url;
use uuid::Uuid;

use crate::index::{Index, IndexError};

/// The publication of `search_version`, made by the migrations.
pub const PUBLICATION: &str = "usher_search";

/// What keeping the index true needs.
#[derive(Clone)]
pub struct Sync {
    /// Where the truth is.
    pub postgres: Postgres,
    /// The same as an address: replication has connections of its own.
    pub postgres_url: Url,
    /// What is kept true.
    pub index: Index,
    /// For measuring lags.
    pub clock: SharedClock,
    /// For names and jitter.
    pub ids: Ids,
    /// How long between two comparisons.
    pub reconcile: Duration,
}

impl std::fmt::Debug for Sync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sync").field("index", &self.index.name()).finish_non_exhaustive()
    }
}

impl Sync {
    /// The same with another index.
    pub(crate) fn with(&self, index: Index) -> Self {
        Self { index, ..self.clone() }
    }

    /// A number for this index, the same in every copy: part of the slot's name, and the key of the leader's lock.
    pub fn number(&self) -> u32 {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, self.index.name().as_bytes()).as_fields().0
    }
}

/// Why keeping the index true was interrupted. Always answered by a pause and another try.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// PostgreSQL failed.
    #[error("PostgreSQL failed")]
    Store(#[from] StoreError),
    /// Elasticsearch failed.
    #[error("the index failed")]
    Index(#[from] IndexError),
    /// The stream of changes ended.
    #[error("the stream of changes ended")]
    Stream(#[from] pgwire_replication::PgWireError),
    /// The stream of changes cannot be read.
    #[error("the stream of changes cannot be read")]
    Unreadable(#[from] pgoutput::BadMessage),
    /// The stream was closed from the other side.
    #[error("the stream of changes was closed")]
    Closed,
    /// The connection that holds the leader's lock is gone.
    #[error("another copy may lead now")]
    Deposed,
    /// The aliases lead nowhere any more.
    #[error("somebody removed the index")]
    IndexGone,
    /// PostgreSQL or Elasticsearch took too long with what a leader begins with.
    #[error("PostgreSQL or Elasticsearch does not answer")]
    Silent,
    /// So much was refused that the new index was not put in use.
    #[error("of {documents} documents {refused} were refused, the new index is not put in use")]
    BadBuild {
        /// How many were refused.
        refused: usize,
        /// Of how many.
        documents: usize,
    },
}

impl SyncError {
    /// Whether another attempt from the beginning may end better: nobody has to mend anything first.
    pub fn is_of_the_moment(&self) -> bool {
        match self {
            Self::Stream(_) | Self::Closed | Self::Deposed | Self::IndexGone | Self::Silent => true,
            Self::Unreadable(_) | Self::BadBuild { .. } => false,
            Self::Store(_) | Self::Index(_) => self.is_passing(),
        }
    }

    /// Whether waiting may mend it, without connecting again.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_passing(),
            Self::Index(error) => matches!(error, IndexError::Away(_) | IndexError::Busy(_)),
            Self::Stream(_)
            | Self::Unreadable(_)
            | Self::Closed
            | Self::Deposed
            | Self::IndexGone
            | Self::Silent
            | Self::BadBuild { .. } => false,
        }
    }
}
