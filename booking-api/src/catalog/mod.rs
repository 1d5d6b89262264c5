//! What is on, where and by whom. Organizers write it, everybody reads it.

pub mod country;
pub mod csv;
pub mod event;
pub mod performer;
pub mod venue;
pub mod version;

use contracts::id::AccountId;

use crate::invalid::Checks;

/// How something with an organizer's own name for it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put<Id> {
    /// It is new.
    Created(Id),
    /// It was there and is different now.
    Updated(Id),
    /// It was there, just so.
    Unchanged(Id),
}

impl<Id> Put<Id> {
    /// Which one.
    pub fn id(self) -> Id {
        match self {
            Self::Created(id) | Self::Updated(id) | Self::Unchanged(id) => id,
        }
    }
}

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The organizer who made it.
    pub owner: AccountId,
    /// Rises with each change.
    pub version: i64,
}

/// Checks the organizer's own name for something.
fn check_external_id(checks: &mut Checks, external_id: Option<&str>) {
    checks.optional_text(external_id, 200, "/externalId");
}
