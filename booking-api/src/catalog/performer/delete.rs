//! Taking a performer away.

use contracts::id::{AccountId, PerformerId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
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
    owner: AccountId,
    id: PerformerId,
    expected: &IfMatch,
) -> Result<(), DeletePerformerError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    match store::lock(&mut tx, id).await? {
        None => return Err(DeletePerformerError::Unknown),
        Some(found) if found.owner != owner => return Err(DeletePerformerError::NotYours),
        Some(found) => expected.check(found.version)?,
    }
    store::delete(&mut tx, id).await.map_err(|error| match error.constraint() {
        Some("event_performer_performer_id_fkey") => DeletePerformerError::InUse,
        _ => error.into(),
    })?;
    Ok(postgres::commit(tx).await?)
}
