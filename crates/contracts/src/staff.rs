//! A pass for those who work at a site: with it one rule of a room lets requests through. Never put in a URL.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{RoomId, StaffTokenId},
    token::Claims,
};

/// The header that carries a staff token. No service behind the gate hears it.
pub const HEADER: &str = "usher-staff";

/// Leave to pass by the line of one room. It holds while the room lists its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffToken {
    /// Which one; a room that no longer lists it has revoked it.
    pub jti: StaffTokenId,
    /// The room whose line it passes by.
    pub room: RoomId,
    /// When it was issued.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When it ends.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Claims for StaffToken {
    const TYP: &'static str = "usher-staff+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}

/// The name of the cookie that holds a staff token of `room`.
pub fn cookie(room: RoomId) -> String {
    format!("__Host-usher_staff_{}", room.uuid().simple())
}
