//! The session that an account is given: a signed token, good until it ends.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::AccountId,
    session::{Role, Session},
    token,
};

use crate::state::Booking;

/// A session and its token.
#[derive(Clone, Debug)]
pub struct Given {
    /// Whose.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// What proves it.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// How long that is.
    pub lasts: TimeDelta,
}

/// Signs a session for `account` that begins now; a guest's says so.
pub fn give(app: &Booking, account: AccountId, role: Role, guest: bool) -> Given {
    let lasts = TimeDelta::from_std(app.config.session_lasts).unwrap_or(TimeDelta::hours(12));
    let now = app.clock.now();
    let session = Session { sub: account, role, guest, iat: now, exp: now + lasts };
    Given { account, role, token: token::sign(&session, &app.keys.session), expires_at: session.exp, lasts }
}
