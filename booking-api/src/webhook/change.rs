//! An organizer changes an endpoint, or wants it no more.

use contracts::id::{AccountId, WebhookId};
use platform::postgres;
use tracing::instrument;

use super::{Endpoint, ManageError, Written, own, store};
use crate::state::Booking;

/// Says everything about the endpoint anew, but its secret. One that is switched on again begins with a clean slate; what was
/// due when it was switched off goes out then.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.change", skip_all, fields(webhook.id = %id))]
pub async fn change(
    app: &Booking,
    owner: AccountId,
    id: WebhookId,
    written: &Written,
) -> Result<Endpoint, ManageError> {
    written.check(app.reach())?;
    let mut tx = postgres::begin(&app.postgres).await?;
    store::alone(&mut tx, owner).await?;
    let before = own(app, owner, id).await?;
    if before.url != written.url && store::exists(&mut tx, owner, &written.url).await? {
        return Err(ManageError::Exists);
    }
    store::update(&mut tx, owner, id, written, app.clock.now()).await?;
    postgres::commit(tx).await?;
    own(app, owner, id).await
}

/// Removes the endpoint: nothing is sent there any more.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.remove", skip_all, fields(webhook.id = %id))]
pub async fn remove(app: &Booking, owner: AccountId, id: WebhookId) -> Result<(), ManageError> {
    if store::remove(&app.postgres, owner, id, app.clock.now()).await? {
        Ok(())
    } else {
        Err(ManageError::Unknown)
    }
}
