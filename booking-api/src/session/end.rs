//! Sessions that end before their time. In this copy of the service their tokens are refused at once, in every other and in the
//! gates within a second.

use contracts::id::{AccountId, SessionId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Why, store};
use crate::state::Booking;

/// Ends one of the sessions of `account`; `false` when it has none with this id, or it has ended.
///
/// # Errors
/// When the database fails.
#[instrument(name = "session.end", skip_all, fields(session.id = %id))]
pub async fn one(app: &Booking, account: AccountId, id: SessionId, why: Why) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let until = store::end(&mut tx, account, id, app.clock.now(), why).await?;
    postgres::commit(tx).await?;
    if let Some(until) = until {
        app.ended.add(id, until);
    }
    Ok(until.is_some())
}

/// Ends all sessions of `account`.
///
/// # Errors
/// When the database fails; all of them then go on.
#[instrument(name = "session.sign_out_everywhere", skip_all)]
pub async fn everywhere(app: &Booking, account: AccountId) -> Result<(), StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let ended = store::end_all(&mut tx, account, None, app.clock.now(), Why::Everywhere).await?;
    postgres::commit(tx).await?;
    app.ended.add_all(ended);
    Ok(())
}
