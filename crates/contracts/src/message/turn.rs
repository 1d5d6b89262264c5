//! What somebody in line asked to be mailed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EventBrief, Recipient};

/// See [`super::Message::TurnNear`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnNear {
    /// Where the mail goes.
    pub to: Recipient,
    /// The name of the waiting room.
    pub room: String,
    /// What is on; none where the line is one of a site that is not ours.
    pub event: Option<EventBrief>,
    /// In how many minutes the turn is likely to come, at the least.
    pub from_minutes: u32,
    /// And at the most.
    pub to_minutes: u32,
    /// Where the queue page is. It gives nobody the place who does not have it.
    pub queue_url: String,
}

/// See [`super::Message::TurnCame`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnCame {
    /// Where the mail goes.
    pub to: Recipient,
    /// The name of the waiting room.
    pub room: String,
    /// What is on; none where the line is one of a site that is not ours.
    pub event: Option<EventBrief>,
    /// Until when the turn can be taken; none where its holder was away when it came, and the place is kept at the front.
    pub until: Option<DateTime<Utc>>,
    /// Where the queue page is. It gives nobody the place who does not have it.
    pub queue_url: String,
}
