//! The index in Elasticsearch, behind two aliases: the one that queries read hides deleted events, the other one takes
//! writes and shows everything. A third one leads to an index that is being built beside ([`build`]).

pub mod build;
pub mod store;

use contracts::id::EventId;

pub use store::{Index, IndexError};

/// What the index holds of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its version.
    pub version: i64,
    /// The digest of its document.
    pub digest: String,
    /// Whether it is marked as deleted.
    pub deleted: bool,
}

/// What became of one document that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It stands in the index.
    Done,
    /// The index holds this version or a higher one already.
    Conflict,
    /// The index does not take it, and would not take it a second time.
    Refused(String),
}

/// One page of what is in the index and not marked as deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LivePage {
    /// Ids and versions, in the order of the ids.
    pub events: Vec<(EventId, i64)>,
    /// Where the next page begins.
    pub after: Option<EventId>,
}
