//! Documents that cannot be had from PostgreSQL, or that the index does not take: set aside with their cause, so that the
//! others go on. Each is tried again with its next version and with every comparison.

pub mod store;

use contracts::id::EventId;

use crate::metrics;

/// One document that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Of which event.
    pub event: EventId,
    /// Which version.
    pub version: i64,
    /// Why, for a person.
    pub cause: String,
}

impl Refusal {
    /// Says so to whoever watches.
    pub(crate) fn tell(&self) {
        metrics::document_refused();
        tracing::error!(event.id = %self.event, cause = self.cause, "a document is set aside");
    }
}
