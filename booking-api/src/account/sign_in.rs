//! Somebody comes back.

use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{
    Caller, Email,
    password::Busy,
    store,
    tries::{self, Slowed},
};
use crate::{
    session::{
        Given,
        begin::{self, New},
    },
    state::Booking,
};

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No account has this address and password. Which of the two is wrong is not told, not even by the time it takes.
    #[error("the address or the password is wrong")]
    WrongCredentials,
    /// Too many wrong passwords were tried, for this address or from there.
    #[error("too many passwords were tried")]
    Slowed(#[from] Slowed),
    /// Too many others are signing in.
    #[error("checking has no room")]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("signing in failed")]
    Store(#[from] StoreError),
}

/// A session for the account with this address and password. Whether there is such an account is not told: an address that
/// nobody has is slowed in the same way, and costs one hash like any other.
///
/// # Errors
/// [`SignInError`].
#[instrument(name = "account.sign_in", skip_all)]
pub async fn sign_in(
    app: &Booking,
    email: &str,
    password: &str,
    caller: &Caller<'_>,
) -> Result<Given, SignInError> {
    let tried = tries::password(app, email, caller.address).await??;
    let found = match Email::parse(email) {
        Some(email) => store::find_by_email(&app.catalog, &email).await?,
        None => None,
    };
    let (account, hash) = found.unzip();
    let genuine = app.hasher.verify(password, hash.clone()).await?;
    let (Some(account), Some(hash), true) = (account, hash, genuine) else {
        return Err(SignInError::WrongCredentials);
    };
    let mut tx = postgres::begin(&app.postgres).await?;
    // Whoever changes the password ends the sessions that it opened: none may begin beside that.
    if !store::still_has(&mut tx, account.id, &hash).await? {
        return Err(SignInError::WrongCredentials);
    }
    let new = New { account: account.id, role: account.role, guest: false, label: caller.label };
    let given = begin::begin(app, &mut tx, new).await?;
    postgres::commit(tx).await?;
    tried.right(app).await;
    Ok(given)
}
