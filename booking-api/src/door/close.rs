//! Closing a door: its session scans nothing any more, from this moment on.

use contracts::id::{DoorId, EventId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
    ticket,
};

/// Why the door stays open.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The event belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// There is no such door, or no such event.
    #[error("there is no such door")]
    Unknown,
    /// The database failed.
    #[error("closing a door failed")]
    Store(#[from] StoreError),
}

/// Closes the door. Closing it again changes nothing.
///
/// # Errors
/// [`CloseError`].
#[instrument(name = "door.close", skip_all, fields(event.id = %event, door.id = %door))]
pub async fn close(app: &Booking, by: &Actor, event: EventId, door: DoorId) -> Result<(), CloseError> {
    let owner = ticket::store::owner(&app.postgres, event).await?.ok_or(CloseError::Unknown)?;
    if owner != by.organizer {
        return Err(CloseError::NotYours);
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::revoke(&mut tx, event, door, app.clock.now()).await? {
        return Err(CloseError::Unknown);
    }
    audit::store::append(&mut tx, by, Did::new("door.close", door).of(event)).await?;
    Ok(postgres::commit(tx).await?)
}
