//! Calling an event off.

use contracts::{
    id::EventId,
    webhook::{EventCancelled, Notice},
};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Cancellation, store};
use crate::{
    announcement,
    audit::{self, Actor, Did},
    catalog, publisher,
    state::Booking,
    webhook,
};

/// Why the event takes place.
#[derive(Debug, thiserror::Error)]
pub enum CancelEventError {
    /// There is no event of this id, or it was not called off.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// A store failed.
    #[error("calling an event off failed")]
    Store(#[from] StoreError),
}

/// Calls the event off, for good. From the commit on nobody can buy, and everybody's money goes back. Calling it off again
/// changes nothing.
///
/// # Errors
/// [`CancelEventError`].
#[instrument(name = "cancellation.start", skip_all, fields(event.id = %event))]
pub async fn start(app: &Booking, by: &Actor, event: EventId, reason: &str) -> Result<(), CancelEventError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let found = catalog::event::store::lock(&mut tx, event).await?.ok_or(CancelEventError::Unknown)?;
    if found.owner != by.organizer {
        return Err(CancelEventError::NotYours);
    }
    let of = Cancellation { event, by: by.organizer, reason: reason.to_owned(), at: app.clock.now() };
    if store::insert(&mut tx, &of).await? {
        publisher::store::bump(&mut tx, event).await?;
        let told = EventCancelled { event_id: event, title: found.facts.title.clone(), refunds: true };
        let told = vec![(Notice::EventCancelled(told), event.to_string())];
        webhook::tell::tell(app, &mut tx, event, told).await?;
        let venue = catalog::event::store::links(&mut tx, event).await?.venue;
        announcement::begin::called_off(&mut tx, (&found, venue), app.clock.now()).await?;
        let did = Did::to("cancellation.start", event).now("reason", reason);
        audit::store::append(&mut tx, by, did).await?;
        tracing::info!("an event was called off");
    }
    postgres::commit(tx).await?;
    app.views.forget(event).await;
    Ok(())
}
