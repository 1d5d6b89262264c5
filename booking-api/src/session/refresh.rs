//! The next pair of tokens for a refresh token.

use contracts::id::SessionId;
use platform::{
    ids::secret,
    postgres::{self, StoreError, Tx},
};
use tracing::instrument;

use super::{
    Given, Kept, RefreshToken, Why, Worth,
    begin::{self, New, Of},
    store,
};
use crate::state::Booking;

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// We gave no such token.
    #[error("the refresh token is not known")]
    Unknown,
    /// The session has ended.
    #[error("the session is over")]
    Over,
    /// The token was used before; its session is ended now.
    #[error("the refresh token was used before")]
    Spent(SessionId),
    /// The database failed.
    #[error("refreshing a session failed")]
    Store(#[from] StoreError),
}

/// Exchanges the refresh token `text` for the next pair. Two who do it at once are given the same successor.
///
/// # Errors
/// [`RefreshError`].
#[instrument(name = "session.refresh", skip_all, fields(session.id))]
pub async fn refresh(app: &Booking, text: &str) -> Result<Given, RefreshError> {
    let presented = RefreshToken::parse(text).ok_or(RefreshError::Unknown)?;
    let (now, lasting) = (app.clock.now(), app.config.sessions.lasting());
    let mut tx = postgres::begin(&app.postgres).await?;
    let (kept, number) = store::lock(&mut tx, presented.hash()).await?.ok_or(RefreshError::Unknown)?;
    tracing::Span::current().record("session.id", tracing::field::display(kept.id));
    let (refresh, rotation) = match kept.judge(number, &lasting, now) {
        Worth::Over => return Err(RefreshError::Over),
        Worth::Spent => {
            let until = store::end(&mut tx, kept.account, kept.id, now, Why::Reused).await?;
            postgres::commit(tx).await?;
            app.ended.add(kept.id, until.unwrap_or(now + lasting.token));
            tracing::warn!(session.id = %kept.id, "a refresh token was used again, and ended its session");
            return Err(RefreshError::Spent(kept.id));
        }
        Worth::Next => (turn(&mut tx, &kept, &presented, now).await?, kept.rotation + 1),
        Worth::Again => {
            let salt = store::salt(&mut tx, kept.id, kept.rotation).await?;
            (presented.successor(&salt), kept.rotation)
        }
    };
    store::used(&mut tx, kept.id, now, now + lasting.token).await?;
    postgres::commit(tx).await?;
    let new = New { account: kept.account, role: kept.role, guest: kept.guest, label: "" };
    Ok(begin::give(app, &lasting, &Of { id: kept.id, rotation, ends_at: kept.ends_at, new }, refresh))
}

async fn turn(
    tx: &mut Tx,
    kept: &Kept,
    presented: &RefreshToken,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<RefreshToken, StoreError> {
    let salt = secret();
    let next = presented.successor(&salt);
    store::rotate(tx, kept.id, kept.rotation + 1, next.hash(), salt, now).await?;
    Ok(next)
}
