//! An organizer changes an endpoint, or wants it no more.

use contracts::id::WebhookId;
use platform::postgres;
use tracing::instrument;

use super::{Endpoint, ManageError, Written, host, own, store};
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
};

/// Says everything about the endpoint anew, but its secret. One that is switched on again begins with a clean slate; what was
/// due when it was switched off goes out then.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.change", skip_all, fields(webhook.id = %id))]
pub async fn change(
    app: &Booking,
    by: &Actor,
    id: WebhookId,
    written: &Written,
) -> Result<Endpoint, ManageError> {
    let owner = by.organizer;
    written.check(app.reach())?;
    let mut tx = postgres::begin(&app.postgres).await?;
    store::alone(&mut tx, owner).await?;
    let before = own(app, owner, id).await?;
    if before.url != written.url && store::exists(&mut tx, owner, &written.url).await? {
        return Err(ManageError::Exists);
    }
    store::update(&mut tx, owner, id, written, app.clock.now()).await?;
    let did = Did::new("webhook.change", id)
        .set("host", host(&before.url), host(&written.url))
        .set("types", &before.kinds, &written.types)
        .set("description", &before.description, &written.description)
        .set("enabled", before.off.is_none(), written.enabled.unwrap_or(true));
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    own(app, owner, id).await
}

/// Removes the endpoint: nothing is sent there any more.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.remove", skip_all, fields(webhook.id = %id))]
pub async fn remove(app: &Booking, by: &Actor, id: WebhookId) -> Result<(), ManageError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::remove(&mut tx, by.organizer, id, app.clock.now()).await? {
        return Err(ManageError::Unknown);
    }
    audit::store::append(&mut tx, by, Did::new("webhook.remove", id)).await?;
    Ok(postgres::commit(tx).await?)
}
