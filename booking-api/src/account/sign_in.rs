//! Somebody comes back.

use platform::postgres::StoreError;
use tracing::instrument;

use super::{
    Email,
    password::Busy,
    session::{self, Given},
    store,
};
use crate::state::Booking;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No account has this address and password. Which of the two is wrong is not told, not even by the time it takes.
    #[error("the address or the password is wrong")]
    WrongCredentials,
    /// Too many others are signing in.
    #[error("checking has no room")]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("signing in failed")]
    Store(#[from] StoreError),
}

/// A session for the account with this address and password.
///
/// # Errors
/// [`SignInError`].
#[instrument(name = "account.sign_in", skip_all)]
pub async fn sign_in(app: &Booking, email: &str, password: &str) -> Result<Given, SignInError> {
    let found = match Email::parse(email) {
        Some(email) => store::find_by_email(&app.catalog, &email).await?,
        None => None,
    };
    let (account, hash) = found.unzip();
    let genuine = app.hasher.verify(password, hash).await?;
    match account {
        Some(account) if genuine => Ok(session::give(app, account.id, account.role, false)),
        _ => Err(SignInError::WrongCredentials),
    }
}
