//! Somebody who only wants a ticket.

use contracts::session::Role;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Account, Email, check_name, check_person, store};
use crate::{
    invalid::Invalid,
    session::{
        Given,
        begin::{self, New},
    },
    state::Booking,
};

/// Why there is no guest.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// The address is none.
    #[error("the guest is not valid")]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error("letting a guest in failed")]
    Store(#[from] StoreError),
}

/// Makes an account without a password and gives it a session. Each call makes another one: an address alone opens
/// nobody's orders. Without an address nothing is mailed until [`reach`](super::reach) is told one.
///
/// # Errors
/// [`GuestError`].
#[instrument(name = "account.guest", skip_all)]
pub async fn guest(
    app: &Booking,
    email: Option<&str>,
    name: Option<String>,
    label: &str,
) -> Result<Given, GuestError> {
    let id = app.ids.next();
    let email = if let Some(email) = email {
        check_person(email, name.as_deref())?
    } else {
        check_name(name.as_deref())?;
        Email::nobodys(id)
    };
    let account = Account { id, email, name, role: Role::Fan };
    let mut tx = postgres::begin(&app.postgres).await?;
    store::insert(&mut tx, &account, None, app.clock.now()).await?;
    let new = New { account: account.id, role: account.role, guest: true, label };
    let given = begin::begin(app, &mut tx, new).await?;
    postgres::commit(tx).await?;
    Ok(given)
}
