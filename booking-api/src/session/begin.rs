//! A new session, when somebody signs in.

use contracts::{
    id::{AccountId, SessionId},
    session::{Role, Session},
    token,
};
use platform::postgres::{StoreError, Tx};

use super::{Given, Lasting, RefreshToken, store};
use crate::state::Booking;

/// Who signs in, and with what.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// Whose session it becomes.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// Whether the account has no password.
    pub guest: bool,
    /// What the browser or app is called.
    pub label: &'a str,
}

/// Begins a session; it is there once `tx` is committed.
///
/// # Errors
/// When the database fails.
pub async fn begin(app: &Booking, tx: &mut Tx, new: New<'_>) -> Result<Given, StoreError> {
    let (id, refresh, now) = (app.ids.next(), RefreshToken::new(), app.clock.now());
    let lasting = app.config.sessions.lasting();
    let begun = store::Begun {
        id,
        account: new.account,
        label: new.label,
        now,
        ends_at: now + lasting.longest,
        token_ends_at: now + lasting.token,
        refresh: refresh.hash(),
    };
    store::insert(tx, &begun).await?;
    Ok(give(app, &lasting, &Of { id, rotation: 0, ends_at: begun.ends_at, new }, refresh))
}

/// The session that tokens are given for.
pub(super) struct Of<'a> {
    pub(super) id: SessionId,
    pub(super) rotation: u32,
    pub(super) ends_at: chrono::DateTime<chrono::Utc>,
    pub(super) new: New<'a>,
}

/// Signs the short token that goes with `refresh`.
pub(super) fn give(app: &Booking, lasting: &Lasting, of: &Of<'_>, refresh: RefreshToken) -> Given {
    let now = app.clock.now();
    let New { account, role, guest, .. } = of.new;
    let exp = (now + lasting.token).min(of.ends_at);
    let session = Session { sub: account, sid: of.id, rot: of.rotation, role, guest, iat: now, exp };
    let refresh_until = (now + lasting.idle).min(of.ends_at);
    Given {
        account,
        role,
        token: token::sign(&session, &app.keys.session),
        expires_at: exp,
        lasts: exp - now,
        refresh,
        refresh_until,
        refresh_lasts: refresh_until - now,
    }
}
