//! What the gate tells a service behind it about a request, in the header [`HEADER`].

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{EventId, PassId, RoomId, VisitorId},
    pass::PassKind,
    token::Claims,
};

/// The header that carries the assertion. The gate removes one that a client sent.
pub const HEADER: &str = "usher-assertion";

/// The longest that an assertion holds.
pub const LASTS: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

/// Who asks, vouched for by the gate for at most a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// The visitor whose cookie came with the request.
    pub sub: VisitorId,
    /// The pass that came with it, for the event that the request is about; none where nothing guards the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Admitted>,
    /// When the gate said so.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// Until when: at most [`LASTS`], and never beyond the end of the slot.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

/// The part of a pass that a service needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admitted {
    /// The pass.
    pub id: PassId,
    /// The room that gave it.
    pub room: RoomId,
    /// The event that it opens.
    pub event: EventId,
    /// Why it was given.
    pub kind: PassKind,
    /// When shopping ends: from then on the pass only confirms what is held already.
    #[serde(with = "ts_seconds")]
    pub until: DateTime<Utc>,
}

impl Claims for Assertion {
    const TYP: &'static str = "usher-assertion+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}
