//! A guest says where the tickets go.

use contracts::id::AccountId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{check_person, store};
use crate::{invalid::Invalid, state::Booking};

/// Why the address stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// It is none, or the name is too long.
    #[error("the address is not valid")]
    Invalid(#[from] Invalid),
    /// The account has a password, so its address signs it in.
    #[error("the account is no guest's")]
    NotAGuest,
    /// The database failed.
    #[error("taking an address down failed")]
    Store(#[from] StoreError),
}

/// Takes down the address of a guest, and the name where one is told. Telling the same again changes nothing.
///
/// # Errors
/// [`ReachError`].
#[instrument(name = "account.reach", skip_all)]
pub async fn reach(
    app: &Booking,
    account: AccountId,
    email: &str,
    name: Option<&str>,
) -> Result<(), ReachError> {
    let email = check_person(email, name)?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let known = store::reach(&mut tx, account, &email, name).await?;
    postgres::commit(tx).await?;
    if known { Ok(()) } else { Err(ReachError::NotAGuest) }
}
