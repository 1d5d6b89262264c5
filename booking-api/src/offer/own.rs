//! Whose event it is.

use contracts::id::{AccountId, EventId};
use platform::{
    http::{Problem, internal},
    postgres::{Postgres, StoreError},
};

use super::store;
use crate::problems::{NOT_YOURS, UNKNOWN_EVENT};

/// Why an organizer can do nothing with an event.
#[derive(Debug, thiserror::Error)]
pub enum NotOwned {
    /// There is no such event.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// The database failed.
    #[error("reading whose an event is failed")]
    Store(#[from] StoreError),
}

/// Lets only the organizer of `event` go on.
///
/// # Errors
/// [`NotOwned`].
pub async fn own(postgres: &Postgres, organizer: AccountId, event: EventId) -> Result<(), NotOwned> {
    let owner = store::owner(postgres, event).await?.ok_or(NotOwned::Unknown)?;
    if owner == organizer { Ok(()) } else { Err(NotOwned::NotYours) }
}

impl From<NotOwned> for Problem {
    fn from(error: NotOwned) -> Self {
        match error {
            NotOwned::Unknown => Self::of(UNKNOWN_EVENT),
            NotOwned::NotYours => Self::of(NOT_YOURS),
            NotOwned::Store(error) => internal(&error),
        }
    }
}
