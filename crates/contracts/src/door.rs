//! The session of those who work at a door: it scans the tickets of one event, and nothing else.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{DoorId, EventId},
    token::Claims,
};

/// Leave to scan at one door, while the door is not revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorPass {
    /// The door.
    pub jti: DoorId,
    /// Its event.
    pub event: EventId,
    /// When it was opened.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When it closes by itself.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Claims for DoorPass {
    const TYP: &'static str = "usher-door+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}
