//! Another password.

use contracts::id::{AccountId, SessionId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{
    Caller, check_password,
    password::Busy,
    store,
    tries::{self, Slowed},
};
use crate::{
    invalid::Invalid,
    session::{self, Why},
    state::Booking,
};

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The new one is too short or too long.
    #[error("the new password is not valid")]
    Invalid(#[from] Invalid),
    /// The current one is another, or there is none: a guest has nothing to change.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Too many wrong passwords were tried.
    #[error("too many passwords were tried")]
    Slowed(#[from] Slowed),
    /// Too many others are signing in.
    #[error("hashing has no room")]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("changing a password failed")]
    Store(#[from] StoreError),
}

/// Changes the password of `account`, and ends all its sessions but `kept`: whoever knew the old one is out.
///
/// # Errors
/// [`ChangePasswordError`]; nothing has changed.
#[instrument(name = "account.change_password", skip_all)]
pub async fn change_password(
    app: &Booking,
    (account, kept): (AccountId, SessionId),
    (current, new): (&str, &str),
    caller: &Caller<'_>,
) -> Result<(), ChangePasswordError> {
    check_password(new)?;
    let tried = tries::password(app, &account.to_string(), caller.address).await??;
    let old = store::hash(&app.postgres, account).await?;
    let genuine = app.hasher.verify(current, old.clone()).await?;
    let old = old.filter(|_| genuine).ok_or(ChangePasswordError::WrongPassword)?;
    let hash = app.hasher.hash(new).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::change_hash(&mut tx, account, &old, &hash).await? {
        return Err(ChangePasswordError::WrongPassword);
    }
    let ended = session::store::end_all(&mut tx, account, Some(kept), app.clock.now(), Why::Password).await?;
    postgres::commit(tx).await?;
    app.ended.add_all(ended);
    tried.right(app).await;
    Ok(())
}
