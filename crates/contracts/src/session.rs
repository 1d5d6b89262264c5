//! Who is signed in.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{id::AccountId, token::Claims};

/// The cookie that carries a session token; an API client sends `Authorization: Bearer` instead.
pub const COOKIE: &str = "__Host-usher_session";

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
