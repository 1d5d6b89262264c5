//! How far a cancellation is.

use contracts::id::{AccountId, EventId};

use super::{Cancellation, Progress, start::CancelEventError, store};
use crate::{offer, state::Booking};

/// The cancellation of one's own event, and how far its refunds are.
///
/// # Errors
/// [`CancelEventError`].
pub async fn find(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
) -> Result<(Cancellation, Progress), CancelEventError> {
    let owner = offer::store::owner(&app.postgres, event).await?.ok_or(CancelEventError::Unknown)?;
    if owner != organizer {
        return Err(CancelEventError::NotYours);
    }
    let of = store::find(&app.postgres, event).await?.ok_or(CancelEventError::Unknown)?;
    Ok((of, store::progress(&app.postgres, event).await?))
}
