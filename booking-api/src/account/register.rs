//! Somebody new, with a password.

use contracts::session::Role;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Account, check_password, check_person, password::Busy, store};
use crate::{
    invalid::Invalid,
    session::{
        Given,
        begin::{self, New},
    },
    state::Booking,
};

/// Who registers.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
    /// What to call them.
    pub name: Option<String>,
}

/// Why nobody was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The address or the password is none.
    #[error("the account is not valid")]
    Invalid(#[from] Invalid),
    /// An account with a password has this address.
    #[error("the address is taken")]
    EmailTaken,
    /// Too many others are signing in.
    #[error("hashing has no room")]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("registering failed")]
    Store(#[from] StoreError),
}

/// Makes a fan's account and signs it in.
///
/// # Errors
/// [`RegisterError`].
#[instrument(name = "account.register", skip_all)]
pub async fn register(app: &Booking, new: NewAccount, label: &str) -> Result<Given, RegisterError> {
    let email = check_person(&new.email, new.name.as_deref())?;
    check_password(&new.password)?;
    let hash = app.hasher.hash(&new.password).await?;
    let account = Account { id: app.ids.next(), email, name: new.name, role: Role::Fan };
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::insert(&mut tx, &account, Some(&hash), app.clock.now()).await? {
        return Err(RegisterError::EmailTaken);
    }
    let new = New { account: account.id, role: account.role, guest: false, label };
    let given = begin::begin(app, &mut tx, new).await?;
    postgres::commit(tx).await?;
    Ok(given)
}
