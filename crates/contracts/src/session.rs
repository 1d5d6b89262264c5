//! Who is signed in.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, SessionId},
    token::Claims,
};

/// The cookie that carries a session token; an API client sends `Authorization: Bearer` instead.
pub const COOKIE: &str = "__Host-usher_session";

/// The cookie that carries the refresh token of a session. `__Host-` allows no narrower path, so the gate takes it out of
/// every request but the one that refreshes.
pub const REFRESH_COOKIE: &str = "__Host-usher_refresh";

/// Where a refresh token is exchanged for a new session token and its own successor.
pub const REFRESH_PATH: &str = "/account/session/refresh";

/// What the gate says of a request whose session it has just refreshed: the browser does not know the new tokens yet, so
/// that this request proves nothing about what it knows.
pub const JUST_REFRESHED: &str = "usher-just-refreshed";

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Buys tickets.
    Fan,
    /// Sells tickets: makes venues and events, and steers the rooms of their own events.
    Organizer,
}

/// A session, as booking-api signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub sub: AccountId,
    /// In which session: every token of it holds no longer once it has ended.
    pub sid: SessionId,
    /// How often the session was refreshed before this token was given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rot: u32,
    /// As what.
    pub role: Role,
    /// Whether the account has no password: it was made for one purchase.
    #[serde(default, skip_serializing_if = "is_false")]
    pub guest: bool,
    /// When it was given.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When it ends.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Session {
    /// Whether less than a third of its life is left: time to refresh.
    pub fn is_near_its_end(&self, now: DateTime<Utc>) -> bool {
        (self.exp - now) * 3 < self.exp - self.iat
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Claims for Session {
    const TYP: &'static str = "usher-session+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}
