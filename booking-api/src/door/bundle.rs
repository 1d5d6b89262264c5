//! What a scanner takes along to work without a network: keys, the list of revoked codes, the tickets, and who is inside.

use contracts::{
    id::{EventId, TicketId},
    message::EventBrief,
};
use platform::postgres::StoreError;

use super::store;
use crate::{
    state::Booking,
    ticket::{self, revoke::Part},
};

/// What a scanner takes along.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What is on.
    pub event: EventBrief,
    /// The beginning of the list of revoked codes.
    pub revocations: Part,
    /// Every ticket with a living code: number, serial, place.
    pub tickets: Vec<(TicketId, u32, String)>,
    /// The tickets with which somebody is inside.
    pub inside: Vec<TicketId>,
}

/// The bundle of an event. The list is read last: what is revoked while the rest is read is on it, or comes after its
/// version.
///
/// # Errors
/// When the database fails.
pub async fn bundle(app: &Booking, event: EventId) -> Result<Bundle, StoreError> {
    let brief = store::brief(&app.catalog, event).await?;
    let tickets = ticket::store::living(&app.catalog, event).await?;
    let inside = store::inside_tickets(&app.catalog, event).await?;
    let revocations = ticket::revoke::revocations(app, event, 0).await?;
    Ok(Bundle { event: brief, revocations, tickets, inside })
}
