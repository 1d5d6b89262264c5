//! Closing a door: its session scans nothing any more, from this moment on.

use contracts::id::{AccountId, DoorId, EventId};
use platform::postgres::StoreError;
use tracing::instrument;

use super::store;
use crate::{state::Booking, ticket};

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
pub async fn close(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    door: DoorId,
) -> Result<(), CloseError> {
    let owner = ticket::store::owner(&app.postgres, event).await?.ok_or(CloseError::Unknown)?;
    if owner != organizer {
        return Err(CloseError::NotYours);
    }
    if store::revoke(&app.postgres, event, door, app.clock.now()).await? {
        Ok(())
    } else {
        Err(CloseError::Unknown)
    }
}
