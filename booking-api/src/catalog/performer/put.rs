//! Making a performer, or making one different.

use contracts::id::PerformerId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{PerformerFacts, store};
use crate::{
    audit::{self, Actor, Did},
    catalog::{
        Put,
        version::{IfMatch, Unmatched},
    },
    invalid::Invalid,
    publisher,
    state::Booking,
};

/// Why a performer was not written.
#[derive(Debug, thiserror::Error)]
pub enum PutPerformerError {
    /// It cannot be a performer.
    #[error("the performer is not valid")]
    Invalid(#[from] Invalid),
    /// There is no performer of this id.
    #[error("there is no such performer")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the performer is another organizer's")]
    NotYours,
    /// Another performer of the organizer has this external id.
    #[error("the external id is taken")]
    ExternalIdTaken,
    /// Somebody changed it since the caller read it.
    #[error("the performer has changed")]
    Unmatched(#[from] Unmatched),
    /// The database failed.
    #[error("writing the performer failed")]
    Store(#[from] StoreError),
}

/// Makes a performer; the same `externalId` again changes the one that has it.
///
/// # Errors
/// [`PutPerformerError::Invalid`] or [`PutPerformerError::Store`].
#[instrument(name = "performer.create", skip_all)]
pub async fn create(
    app: &Booking,
    by: &Actor,
    facts: &PerformerFacts,
) -> Result<Put<PerformerId>, PutPerformerError> {
    facts.check()?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let put = store::upsert(&mut tx, app.ids.next(), by.organizer, facts).await?;
    if let Put::Updated(performer) = put {
        publisher::store::bump_performer(&mut tx, performer).await?;
    }
    if let Some(did) = did(put, facts) {
        audit::store::append(&mut tx, by, did).await?;
    }
    postgres::commit(tx).await?;
    Ok(put)
}

/// Makes a performer different, if it is the version that is expected, and returns the next; search hears of all its events.
///
/// # Errors
/// [`PutPerformerError`].
#[instrument(name = "performer.update", skip_all, fields(performer.id = %id))]
pub async fn update(
    app: &Booking,
    by: &Actor,
    id: PerformerId,
    facts: &PerformerFacts,
    expected: &IfMatch,
) -> Result<i64, PutPerformerError> {
    facts.check()?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let found = store::lock(&mut tx, id).await?.ok_or(PutPerformerError::Unknown)?;
    if found.owner != by.organizer {
        return Err(PutPerformerError::NotYours);
    }
    expected.check(found.version)?;
    let before = store::find(&mut *tx, id).await?;
    store::update(&mut tx, id, facts).await.map_err(|error| match error.constraint() {
        Some("performer_owner_id_external_id_key") => PutPerformerError::ExternalIdTaken,
        _ => error.into(),
    })?;
    publisher::store::bump_performer(&mut tx, id).await?;
    let did = Did::new("performer.update", id);
    let did = before.into_iter().fold(did, |did, before| did.between(&before.facts, facts));
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    Ok(found.version + 1)
}

/// What writing it by its external id came to; nothing where it was there, just so.
pub(in crate::catalog) fn did(put: Put<PerformerId>, facts: &PerformerFacts) -> Option<Did> {
    match put {
        Put::Created(performer) => Some(Did::new("performer.create", performer).all(facts)),
        Put::Updated(performer) => Some(Did::new("performer.update", performer).all(facts)),
        Put::Unchanged(_) => None,
    }
}
