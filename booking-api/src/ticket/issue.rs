//! Issuing tickets.

use std::collections::HashMap;

use contracts::id::{AccountId, EventId, OrderId, TicketId};
use platform::postgres::{StoreError, Tx};

use super::store;
use crate::state::Booking;

/// A sold ticket that somebody is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The ticket.
    pub ticket: TicketId,
    /// With which it was sold.
    pub order: OrderId,
    /// Who holds it from now on.
    pub holder: AccountId,
}

/// Issues sold tickets of one event, and returns their codes. The table refuses a ticket that is not sold, and a second
/// living code: an old one was revoked before.
///
/// # Errors
/// When the database fails.
pub async fn issue(
    app: &Booking,
    tx: &mut Tx,
    event: EventId,
    issues: &[Issue],
) -> Result<HashMap<TicketId, String>, StoreError> {
    let issued = store::insert(tx, event, issues, app.clock.now()).await?;
    Ok(issued.into_iter().map(|code| (code.ticket, code.sign(&app.keys.ticket))).collect())
}
