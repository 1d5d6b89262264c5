//! What an organizer does with the waitlist of an event.

use chrono::TimeDelta;
use contracts::id::{AccountId, EventId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{
    EntryState, OFFER_LASTS, Waitlist,
    store::{self, Listed},
};
use crate::{
    audit::{self, Actor, Did},
    invalid::{Checks, Invalid},
    offer::own::{NotOwned, own},
    state::Booking,
};

/// Why an organizer can do nothing with a list.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no such event, or it is another organizer's.
    #[error(transparent)]
    Event(#[from] NotOwned),
    /// There can be no such list.
    #[error("the waitlist is not valid")]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error("managing a waitlist failed")]
    Store(#[from] StoreError),
}

/// Opens the list, or closes it: who is on it stays, and is offered seats as before. Offers that are out keep their time.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "waitlist.put", skip_all, fields(event.id = %event))]
pub async fn put(
    app: &Booking,
    by: &Actor,
    event: EventId,
    is_open: bool,
    minutes: Option<i64>,
) -> Result<Waitlist, ManageError> {
    own(&app.postgres, by.organizer, event).await?;
    let mut checks = Checks::default();
    checks.that(
        minutes.is_none_or(|minutes| (1..=10_080).contains(&minutes)),
        "/offerMinutes",
        "lies between 1 and 10080 (a week)",
    );
    checks.done()?;
    let mut tx = postgres::begin(&app.postgres).await?;
    audit::store::alone(&mut tx, "waitlist.put", event).await?;
    let before = store::find(&mut *tx, event).await?;
    let offer_lasts = minutes
        .map(TimeDelta::minutes)
        .or(before.as_ref().map(|list| list.offer_lasts))
        .unwrap_or(OFFER_LASTS);
    let list = Waitlist { event, is_open, offer_lasts };
    store::put(&mut tx, &list).await?;
    let before = before.unwrap_or(Waitlist { event, is_open: false, offer_lasts: OFFER_LASTS });
    let did = Did::to("waitlist.put", event).set("open", before.is_open, is_open);
    let did = did.set("offerMinutes", before.offer_lasts.num_minutes(), list.offer_lasts.num_minutes());
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    app.views.forget(event).await;
    Ok(list)
}

/// The list of one's own event, and who is on it after number `after`, at most `limit`.
///
/// # Errors
/// [`ManageError`].
pub async fn list(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    after: i64,
    limit: i64,
) -> Result<(Waitlist, Vec<(EntryState, i64)>, Vec<Listed>), ManageError> {
    own(&app.postgres, organizer, event).await?;
    let none = Waitlist { event, is_open: false, offer_lasts: OFFER_LASTS };
    let list = store::find(&app.catalog, event).await?.unwrap_or(none);
    let counts = store::counts(&app.catalog, event).await?;
    Ok((list, counts, store::list(&app.catalog, event, after, limit).await?))
}
