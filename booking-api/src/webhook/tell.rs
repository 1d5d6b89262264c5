//! Telling those who listen, in the transaction of what happened. Where nobody does nothing is written.

use contracts::{
    id::{EventId, NoticeId, OrderRef, RefundId, TicketRef},
    message::{IssuedTicket, TicketsIssued},
    money::Money,
    webhook::{Notice, OrderEnded, OrderPaid, OrderRefunded, Place, TicketIssued},
};
use platform::postgres::{StoreError, Tx};

use super::store::notice::{self as store, Row};
use crate::{order::Order, state::Booking};

/// Tells the organizer of `event` each of `told`, a notice with its cause: one of a kind about a cause is told once.
///
/// # Errors
/// When the database fails.
pub async fn tell(
    app: &Booking,
    tx: &mut Tx,
    event: EventId,
    told: Vec<(Notice, String)>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut rows = Vec::with_capacity(told.len());
    for (notice, cause) in told {
        let body = notice.body(now).map_err(|error| StoreError::Unexpected(error.to_string()))?;
        rows.push(Row { id: app.ids.next::<NoticeId>(), kind: notice.kind(), cause, body });
    }
    store::insert(tx, event, &rows, now).await
}

/// Orders of `event` are paid, and these are their tickets.
///
/// # Errors
/// When the database fails.
pub async fn paid(
    app: &Booking,
    tx: &mut Tx,
    event: EventId,
    orders: &[TicketsIssued],
) -> Result<(), StoreError> {
    let mut told = Vec::new();
    for order in orders {
        let order_id = order.order;
        let place = |ticket: &IssuedTicket| Place { ticket_id: ticket.ticket, place: ticket.place.clone() };
        let tickets = order.tickets.iter().map(place).collect();
        let paid = OrderPaid { event_id: event, order_id, total: order.total, tickets };
        told.push((Notice::OrderPaid(paid), order_id.to_string()));
        for ticket in &order.tickets {
            told.push(issued(order_id, ticket, false, &format!("{order_id} {}", ticket.ticket)));
        }
    }
    tell(app, tx, event, told).await
}

/// Somebody has a ticket.
pub fn issued(order_id: OrderRef, ticket: &IssuedTicket, transferred: bool, cause: &str) -> (Notice, String) {
    let issued = TicketIssued {
        event_id: order_id.event,
        order_id,
        ticket_id: ticket.ticket,
        place: ticket.place.clone(),
        transferred,
    };
    (Notice::TicketIssued(issued), cause.to_owned())
}

/// An order came to nothing; `how` says in which way.
///
/// # Errors
/// When the database fails.
pub async fn ended(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    how: fn(OrderEnded) -> Notice,
) -> Result<(), StoreError> {
    let order_id = order.reference();
    let ended = OrderEnded { event_id: order.event, order_id, total: order.total };
    tell(app, tx, order.event, vec![(how(ended), order_id.to_string())]).await
}

/// Money went back, and with it these tickets.
///
/// # Errors
/// When the database fails.
pub async fn refunded(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    (refund_id, amount): (RefundId, Money),
    tickets: Vec<(TicketRef, String)>,
    called_off: bool,
) -> Result<(), StoreError> {
    let tickets = tickets.into_iter().map(|(ticket_id, place)| Place { ticket_id, place }).collect();
    let (event_id, order_id) = (order.event, order.reference());
    let refunded = OrderRefunded { event_id, order_id, refund_id, amount, tickets, called_off };
    tell(app, tx, event_id, vec![(Notice::OrderRefunded(refunded), refund_id.to_string())]).await
}
