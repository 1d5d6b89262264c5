//! Telling the shop what was decided.

pub mod decide;
pub mod deliver;
pub mod run;
pub mod sign;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::authorization::{Dispute, State};

/// One delivery of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    /// Which delivery; an event may have several.
    pub delivery: String,
    /// The event, `evt_…`.
    pub event: String,
    /// Which authorization.
    pub authorization: String,
    /// What was decided.
    pub outcome: State,
    /// When it is due first.
    pub at: DateTime<Utc>,
    /// With a wrong signature, and once whatever the answer.
    pub forged: bool,
    /// The dispute that it tells of, if it does.
    #[serde(default)]
    pub dispute: Option<Dispute>,
}
