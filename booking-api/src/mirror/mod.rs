//! The mirror in Redis of which tickets are sold or claimed, so that a hold is refused without asking Postgres.
//!
//! Postgres decides; the mirror follows. A transaction that changes what is taken writes a `mirror_change` row; it is
//! applied afterwards and deleted, so that a crash in between repairs itself. Every ticket carries its version and
//! the mirror takes only higher ones. A stamp says which Redis it was built in and with which epoch: where it is
//! wrong, the mirror is built again from Postgres, under the next epoch.

pub mod apply;
pub mod rebuild;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::id::{TicketId, TierId};

/// One ticket as the mirror has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// Which one.
    pub ticket: TicketId,
    /// The version that says so.
    pub version: i64,
    /// Sold, or claimed by an order that is being paid.
    pub taken: bool,
    /// The tier whose free units it is one of, where nobody chooses a seat.
    pub pool: Option<TierId>,
}

/// How long this life of Redis has lasted, as far as one event is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// There was none before in which a hold could have been placed.
    First,
    /// Since then; what was held before is lost. None where nobody remembers.
    Since(Option<DateTime<Utc>>),
}

/// The mirror is being built by another copy of the service: ask again in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mirror is being built again")]
pub struct Rebuilding;
