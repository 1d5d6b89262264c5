//! Taking an event away.

use contracts::id::EventId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    catalog::version::{IfMatch, Unmatched},
    publisher,
    state::Booking,
};

/// Why an event stays.
#[derive(Debug, thiserror::Error)]
pub enum DeleteEventError {
    /// There is no event of this id.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// Somebody ordered tickets, or it was called off, which is on record.
    #[error("tickets of the event were ordered, or it was called off")]
    InUse,
    /// Somebody changed it since the caller read it.
    #[error("the event has changed")]
    Unmatched(#[from] Unmatched),
    /// The database failed.
    #[error("deleting the event failed")]
    Store(#[from] StoreError),
}

/// Takes away an event of which nobody ever ordered a ticket; with an order it can only be called off, and then it stays.
///
/// # Errors
/// [`DeleteEventError`].
#[instrument(name = "event.delete", skip_all, fields(event.id = %event))]
pub async fn delete(
    app: &Booking,
    by: &Actor,
    event: EventId,
    expected: &IfMatch,
) -> Result<(), DeleteEventError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let before = store::lock(&mut tx, event).await?.ok_or(DeleteEventError::Unknown)?;
    if before.owner != by.organizer {
        return Err(DeleteEventError::NotYours);
    }
    expected.check(before.version)?;
    store::delete(&mut tx, event).await.map_err(|error| match error.constraint() {
        Some(
            "booking_order_event_id_fkey"
            | "order_line_event_id_ticket_id_fkey"
            | "event_cancellation_event_id_fkey",
        ) => DeleteEventError::InUse,
        _ => error.into(),
    })?;
    publisher::store::bury(&mut tx, event).await?;
    let did = Did::to("event.delete", event).was("title", &before.facts.title);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    app.views.forget(event).await;
    Ok(())
}
