//! An organizer's vouchers, with how far each was used.

use contracts::id::{AccountId, EventId, VoucherId};

use super::{
    import::ManageError,
    store::{self, Kept},
};
use crate::{offer::own::own, state::Booking};

/// The vouchers of an event after the one called `after`, in the order of their ids, at most `limit`.
///
/// # Errors
/// [`ManageError`].
pub async fn list(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    after: Option<VoucherId>,
    limit: i64,
) -> Result<Vec<Kept>, ManageError> {
    own(&app.postgres, organizer, event).await?;
    Ok(store::list(&app.catalog, event, after, limit).await?)
}
