//! Issuing a ticket.

use contracts::{
    id::{AccountId, EventId, OrderId, TicketId},
    ticket_code::TicketCode,
};
use platform::postgres::{StoreError, Tx};

use super::store;
use crate::{order::Order, state::Booking};

/// Issues a sold ticket in the transaction that pays its order, and returns its code. The table refuses a ticket that
/// is not sold, and a second living code.
///
/// # Errors
/// When the database fails.
pub async fn issue(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    ticket: TicketId,
) -> Result<String, StoreError> {
    issue_to(app, tx, (order.event, order.id), ticket, order.account).await
}

/// Issues a sold ticket to whoever holds it from now on. Its old code, if it had one, was revoked before.
///
/// # Errors
/// When the database fails.
pub async fn issue_to(
    app: &Booking,
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    ticket: TicketId,
    holder: AccountId,
) -> Result<String, StoreError> {
    let serial = store::insert(tx, (event, order), ticket, holder, app.clock.now()).await?;
    Ok(TicketCode { event, ticket, order, serial }.sign(&app.keys.ticket))
}
