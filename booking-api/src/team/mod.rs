//! Who works for an organizer, and what each may do: [`contracts::team`] decides, this keeps it.

pub mod handler;
pub mod known;
pub mod put;
pub mod remove;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId},
    team::{Scope, TeamRole},
};

/// Somebody who works for an organizer, as the owner sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// As what they work.
    pub role: TeamRole,
    /// For which events.
    pub scope: Scope,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

/// What somebody becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As what they work.
    pub role: TeamRole,
    /// For which events.
    pub scope: Scope,
}

impl Place {
    /// Whether there is such a place: owners work for all events, and nobody for none.
    pub fn is_whole(&self) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Events(events) => {
                self.role != TeamRole::Owner && !events.is_empty() && events.len() <= EVENTS_MAX
            }
        }
    }

    /// The events that it names.
    pub fn events(&self) -> &[EventId] {
        match &self.scope {
            Scope::All => &[],
            Scope::Events(events) => events,
        }
    }
}

/// For how many events somebody works by name.
pub const EVENTS_MAX: usize = 200;
/// How many people work for an organizer.
pub const MEMBERS_MAX: i64 = 200;
