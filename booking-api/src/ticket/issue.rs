//! Issuing a ticket.

use contracts::{id::TicketId, ticket_code::TicketCode};
use platform::postgres::{StoreError, Tx};

use super::store;
use crate::{order::Order, state::Booking};

/// The serial of a ticket that was never transferred.
const FIRST: u32 = 1;

/// Issues a sold ticket in the transaction that pays its order, and returns its code. The table refuses a ticket that
/// is not sold.
///
/// # Errors
/// When the database fails.
pub async fn issue(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    ticket: TicketId,
) -> Result<String, StoreError> {
    let code = TicketCode { event: order.event, ticket, order: order.id, serial: FIRST };
    store::insert(tx, code, app.clock.now()).await?;
    Ok(code.sign(&app.keys.ticket))
}
