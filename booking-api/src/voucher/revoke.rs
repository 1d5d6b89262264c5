//! A voucher is good no longer.

use contracts::id::{AccountId, EventId, VoucherId};
use tracing::instrument;

use super::{import::ManageError, store};
use crate::{offer::own::own, state::Booking};

/// Revokes a voucher: no other order uses it from now on. Orders that used it stay as they are.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "voucher.revoke", skip_all, fields(event.id = %event, voucher.id = %voucher))]
pub async fn revoke(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    voucher: VoucherId,
) -> Result<(), ManageError> {
    own(&app.postgres, organizer, event).await?;
    if store::revoke(&app.postgres, event, voucher, app.clock.now()).await? {
        Ok(())
    } else {
        Err(ManageError::UnknownVoucher)
    }
}
