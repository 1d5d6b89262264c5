//! An organizer's account, made by the operator.

use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};
use contracts::session::Role;
use platform::{
    ids::Ids,
    postgres::{self, Postgres, StoreError},
};

use super::{
    Account, check_password, check_person,
    password::{Busy, Hasher},
    store,
};
use crate::{
    invalid::Invalid,
    session::{self, Why},
};

/// Why there is no organizer.
#[derive(Debug, thiserror::Error)]
pub enum MakeOrganizerError {
    /// The file with the password cannot be read.
    #[error("reading the password failed")]
    Password(#[from] std::io::Error),
    /// The address or the password is none.
    #[error("the account is not valid")]
    Invalid(#[from] Invalid),
    /// The hash was not made.
    #[error("hashing failed")]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("making the organizer failed")]
    Store(#[from] StoreError),
}

/// Makes the account, or gives the existing one of this address the role and the password, and
/// ends its sessions. Repeating is harmless.
///
/// # Errors
/// [`MakeOrganizerError`].
pub async fn make_organizer(
    postgres: &Postgres,
    ids: &Ids,
    now: DateTime<Utc>,
    email: &str,
    password: &str,
) -> Result<(), MakeOrganizerError> {
    let email = check_person(email, None)?;
    check_password(password)?;
    let hash = Hasher::new(NonZeroUsize::MIN).hash(password).await?;
    let account = Account { id: ids.next(), email, name: None, role: Role::Organizer };
    let mut tx = postgres::begin(postgres).await?;
    let account = store::put_organizer(&mut tx, &account, &hash, now).await?;
    session::store::end_all(&mut tx, account, None, now, Why::Operator).await?;
    postgres::commit(tx).await?;
    Ok(())
}
