//! What was told at an endpoint, and how that went.

use contracts::id::{AccountId, NoticeId, WebhookId};

use super::{
    ManageError, own,
    store::delivery::{self as store, Delivery, State},
};
use crate::state::Booking;

/// How many deliveries one call shows.
pub const PAGE: i64 = 100;

/// The newest deliveries to the endpoint, or those before `before`; in `state`, if one is named. Each with its attempts.
///
/// # Errors
/// [`ManageError`].
pub async fn list(
    app: &Booking,
    owner: AccountId,
    id: WebhookId,
    before: Option<NoticeId>,
    state: Option<State>,
) -> Result<Vec<Delivery>, ManageError> {
    own(app, owner, id).await?;
    Ok(store::list(&app.postgres, id, before, state, PAGE).await?)
}

/// One delivery, with its body.
///
/// # Errors
/// [`ManageError`].
pub async fn show(
    app: &Booking,
    owner: AccountId,
    id: WebhookId,
    notice: NoticeId,
) -> Result<(Delivery, String), ManageError> {
    own(app, owner, id).await?;
    store::find(&app.postgres, id, notice).await?.ok_or(ManageError::UnknownDelivery)
}
