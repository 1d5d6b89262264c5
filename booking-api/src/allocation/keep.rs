//! Keeping seats back in the moment in which their event is published: nobody can have held any of them before.

use chrono::{DateTime, Utc};
use contracts::id::{EventId, TicketId};
use platform::postgres::{StoreError, Tx};

use super::{
    Kind,
    take::{Take, TakeError, put_down},
};
use crate::{audit::Actor, hold::Asked, offer, state::Booking};

/// Keeps `tickets` of a locked draft back under the name `label`, in the transaction that publishes it; until it begins, or
/// they are released.
///
/// # Errors
/// When a store fails; then nothing of it may be committed.
pub async fn keep(
    app: &Booking,
    tx: &mut Tx,
    by: &Actor,
    (event, starts_at): (EventId, DateTime<Utc>),
    (label, tickets): (String, Vec<TicketId>),
) -> Result<(), StoreError> {
    let lines = offer::store::lines(&mut **tx, event, &tickets, None).await?;
    let asked = Asked::Tickets(tickets);
    let take = Take { event, asked, kind: Kind::HeldBack, label, paid_by: None, email: None };
    let put = put_down(app, tx, (by, by.organizer), (&take, app.ids.next()), lines, starts_at).await;
    put.map(drop).map_err(|error| match error {
        TakeError::Store(error) => error,
        other => StoreError::Unexpected(format!("seats of a draft could not be kept back: {other}")),
    })
}
