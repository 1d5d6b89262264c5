//! An organizer has something sent again, under the id that it had.

use chrono::{DateTime, Utc};
use contracts::id::{NoticeId, WebhookId};
use platform::postgres;
use tracing::instrument;

use super::{
    ManageError, own_and_on,
    store::{self, delivery},
};
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
};

/// The most deliveries that one call makes due again.
pub const MOST: i64 = 10_000;

/// Makes one delivery due now, with all its tries before it. While it is on its way nothing changes.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.replay", skip_all, fields(webhook.id = %id, notice.id = %notice))]
pub async fn one(app: &Booking, by: &Actor, id: WebhookId, notice: NoticeId) -> Result<(), ManageError> {
    own_and_on(app, by.organizer, id).await?;
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    if !delivery::again(&mut tx, id, notice, now).await? {
        return Err(ManageError::UnknownDelivery);
    }
    store::wake(&mut tx, id).await?;
    audit::store::append(&mut tx, by, Did::new("webhook.replay", id).now("noticeId", notice)).await?;
    Ok(postgres::commit(tx).await?)
}

/// Makes everything due now that was told since `since` and did not arrive, [`MOST`] at a time; says how much that is.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.replay_all", skip_all, fields(webhook.id = %id))]
pub async fn all(app: &Booking, by: &Actor, id: WebhookId, since: DateTime<Utc>) -> Result<u64, ManageError> {
    own_and_on(app, by.organizer, id).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let replayed = delivery::again_since(&mut tx, id, since, MOST, app.clock.now()).await?;
    store::wake(&mut tx, id).await?;
    let did = Did::new("webhook.replay_all", id).now("since", since).now("replayed", replayed);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    Ok(replayed)
}
