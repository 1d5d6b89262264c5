//! Who performs: a band, a team, an orchestra.

pub mod delete;
pub mod handler;
pub mod put;
pub mod store;

use contracts::id::{AccountId, PerformerId};
use serde::{Deserialize, Serialize};

use super::check_external_id;
use crate::invalid::{Checks, Invalid};

/// What an organizer says about a performer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerformerFacts {
    /// The organizer's own name for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Their name.
    pub name: String,
}

/// A performer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performer {
    /// Which one.
    pub id: PerformerId,
    /// Who made it.
    pub owner: AccountId,
    /// What is said about them.
    pub facts: PerformerFacts,
    /// Rises with each change.
    pub version: i64,
}

impl PerformerFacts {
    /// Whether this can be a performer.
    ///
    /// # Errors
    /// All that cannot be.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Checks::default();
        check_external_id(&mut checks, self.external_id.as_deref());
        checks.text(&self.name, 300, "/name");
        checks.done()
    }
}
