//! A voucher is good no longer.

use contracts::id::{EventId, VoucherId};
use platform::postgres;
use tracing::instrument;

use super::{import::ManageError, store};
use crate::{
    audit::{self, Actor, Did},
    offer::own::own,
    state::Booking,
};

/// Revokes a voucher: no other order uses it from now on. Orders that used it stay as they are.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "voucher.revoke", skip_all, fields(event.id = %event, voucher.id = %voucher))]
pub async fn revoke(
    app: &Booking,
    by: &Actor,
    event: EventId,
    voucher: VoucherId,
) -> Result<(), ManageError> {
    own(&app.postgres, by.organizer, event).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::revoke(&mut tx, event, voucher, app.clock.now()).await? {
        return Err(ManageError::UnknownVoucher);
    }
    audit::store::append(&mut tx, by, Did::new("voucher.revoke", voucher).of(event)).await?;
    Ok(postgres::commit(tx).await?)
}
