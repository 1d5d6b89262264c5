//! Taking a venue away.

use contracts::id::VenueId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    catalog::version::{IfMatch, Unmatched},
    state::Booking,
};

/// Why a venue stays.
#[derive(Debug, thiserror::Error)]
pub enum DeleteVenueError {
    /// There is no venue of this id.
    #[error("there is no such venue")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the venue is another organizer's")]
    NotYours,
    /// Events take place there.
    #[error("events name the venue")]
    InUse,
    /// Somebody changed it since the caller read it.
    #[error("the venue has changed")]
    Unmatched(#[from] Unmatched),
    /// The database failed.
    #[error("deleting the venue failed")]
    Store(#[from] StoreError),
}

/// Takes away a venue that no event names.
///
/// # Errors
/// [`DeleteVenueError`].
#[instrument(name = "venue.delete", skip_all, fields(venue.id = %id))]
pub async fn delete(
    app: &Booking,
    by: &Actor,
    id: VenueId,
    expected: &IfMatch,
) -> Result<(), DeleteVenueError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    match store::lock(&mut tx, id).await? {
        None => return Err(DeleteVenueError::Unknown),
        Some(found) if found.owner != by.organizer => return Err(DeleteVenueError::NotYours),
        Some(found) => expected.check(found.version)?,
    }
    let before = store::find(&mut *tx, id).await?;
    store::delete(&mut tx, id).await.map_err(|error| match error.constraint() {
        Some("event_venue_id_fkey") => DeleteVenueError::InUse,
        _ => error.into(),
    })?;
    let did = Did::new("venue.delete", id).was("name", before.map(|before| before.facts.name));
    audit::store::append(&mut tx, by, did).await?;
    Ok(postgres::commit(tx).await?)
}
