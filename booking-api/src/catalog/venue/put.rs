//! Making a venue, or making one different.

use contracts::id::VenueId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{VenueFacts, store};
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

/// Why a venue was not written.
#[derive(Debug, thiserror::Error)]
pub enum PutVenueError {
    /// It cannot be a venue.
    #[error("the venue is not valid")]
    Invalid(#[from] Invalid),
    /// There is no venue of this id.
    #[error("there is no such venue")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the venue is another organizer's")]
    NotYours,
    /// Another venue of the organizer has this external id.
    #[error("the external id is taken")]
    ExternalIdTaken,
    /// Somebody changed it since the caller read it.
    #[error("the venue has changed")]
    Unmatched(#[from] Unmatched),
    /// The database failed.
    #[error("writing the venue failed")]
    Store(#[from] StoreError),
}

/// Makes a venue; the same `externalId` again changes the one that has it.
///
/// # Errors
/// [`PutVenueError::Invalid`] or [`PutVenueError::Store`].
#[instrument(name = "venue.create", skip_all)]
pub async fn create(app: &Booking, by: &Actor, facts: &VenueFacts) -> Result<Put<VenueId>, PutVenueError> {
    facts.check()?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let put = store::upsert(&mut tx, app.ids.next(), by.organizer, facts).await?;
    if let Put::Updated(venue) = put {
        publisher::store::bump_venue(&mut tx, venue).await?;
    }
    if let Some(did) = did(put, facts) {
        audit::store::append(&mut tx, by, did).await?;
    }
    postgres::commit(tx).await?;
    Ok(put)
}

/// Makes a venue different, if it is the version that is expected, and returns the next; search hears of all its events.
///
/// # Errors
/// [`PutVenueError`].
#[instrument(name = "venue.update", skip_all, fields(venue.id = %id))]
pub async fn update(
    app: &Booking,
    by: &Actor,
    id: VenueId,
    facts: &VenueFacts,
    expected: &IfMatch,
) -> Result<i64, PutVenueError> {
    facts.check()?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let found = store::lock(&mut tx, id).await?.ok_or(PutVenueError::Unknown)?;
    if found.owner != by.organizer {
        return Err(PutVenueError::NotYours);
    }
    expected.check(found.version)?;
    let before = store::find(&mut *tx, id).await?;
    store::update(&mut tx, id, facts).await.map_err(|error| match error.constraint() {
        Some("venue_owner_id_external_id_key") => PutVenueError::ExternalIdTaken,
        _ => error.into(),
    })?;
    publisher::store::bump_venue(&mut tx, id).await?;
    let did = Did::new("venue.update", id);
    let did = before.into_iter().fold(did, |did, before| did.between(&before.facts, facts));
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    Ok(found.version + 1)
}

/// What writing it by its external id came to; nothing where it was there, just so.
pub(in crate::catalog) fn did(put: Put<VenueId>, facts: &VenueFacts) -> Option<Did> {
    match put {
        Put::Created(venue) => Some(Did::new("venue.create", venue).all(facts)),
        Put::Updated(venue) => Some(Did::new("venue.update", venue).all(facts)),
        Put::Unchanged(_) => None,
    }
}
