//! Telling everybody who has a ticket that the event changed: by mail, some hundreds at a time, each once.

pub mod begin;
pub mod carry_on;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, VenueId},
    message::EventChange,
};

/// One change of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The event.
    pub event: EventId,
    /// Its version since the change.
    pub version: i64,
    /// What is different.
    pub change: EventChange,
    /// When it was to begin before.
    pub was_starts_at: DateTime<Utc>,
    /// Where it was to be before.
    pub was_venue: VenueId,
    /// When it changed.
    pub at: DateTime<Utc>,
}
