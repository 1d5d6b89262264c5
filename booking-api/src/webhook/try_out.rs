//! An organizer tries an endpoint.

use contracts::{
    id::{NoticeId, WebhookId},
    webhook::{Notice, Test},
};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{ManageError, own_and_on, store::notice as store};
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
};

/// Has a test sent to the endpoint, whatever it chose to be told. It is delivered and logged as everything is.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.try", skip_all, fields(webhook.id = %id))]
pub async fn try_out(app: &Booking, by: &Actor, id: WebhookId) -> Result<NoticeId, ManageError> {
    own_and_on(app, by.organizer, id).await?;
    let (notice, now): (NoticeId, _) = (app.ids.next(), app.clock.now());
    let test = Notice::Test(Test { message: "This is a test. Nothing happened.".to_owned() });
    let body = test.body(now).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let mut tx = postgres::begin(&app.postgres).await?;
    store::insert_for(&mut tx, by.organizer, id, (notice, test.kind(), &body), now).await?;
    audit::store::append(&mut tx, by, Did::new("webhook.try", id).now("noticeId", notice)).await?;
    postgres::commit(tx).await?;
    Ok(notice)
}
