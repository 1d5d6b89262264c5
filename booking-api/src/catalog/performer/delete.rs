//! Taking a performer away.

use contracts::id::PerformerId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    catalog::version::{IfMatch, Unmatched},
    state::Booking,
};

/// Why a performer stays.
#[derive(Debug, thiserror::Error)]
pub enum DeletePerformerError {
    /// There is no performer of this id.
    #[error("there is no such performer")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the performer is another organizer's")]
    NotYours,
    /// Events name it.
    #[error("events name the performer")]
    InUse,
    /// Somebody changed it since the caller read it.
    #[error("the performer has changed")]
    Unmatched(#[from] Unmatched),
    /// The database failed.
    #[error("deleting the performer failed")]
    Store(#[from] StoreError),
}

/// Takes away a performer that no event names.
///
/// # Errors
/// [`DeletePerformerError`].
#[instrument(name = "performer.delete", skip_all, fields(performer.id = %id))]
pub async fn delete(
    app: &Booking,
    by: &Actor,
    id: PerformerId,
    expected: &IfMatch,
) -> Result<(), DeletePerformerError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    match store::lock(&mut tx, id).await? {
        None => return Err(DeletePerformerError::Unknown),
        Some(found) if found.owner != by.organizer => return Err(DeletePerformerError::NotYours),
        Some(found) => expected.check(found.version)?,
    }
    let before = store::find(&mut *tx, id).await?;
    store::delete(&mut tx, id).await.map_err(|error| match error.constraint() {
        Some("event_performer_performer_id_fkey") => DeletePerformerError::InUse,
        _ => error.into(),
    })?;
    let did = Did::new("performer.delete", id).was("name", before.map(|before| before.facts.name));
    audit::store::append(&mut tx, by, did).await?;
    Ok(postgres::commit(tx).await?)
}
