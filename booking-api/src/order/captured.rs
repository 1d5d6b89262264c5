//! What follows once the provider has carried a command out, or has refused it. Called with the order locked, in the
//! transaction that ends the command.

use contracts::{
    id::{OrderRef, TicketId, TicketRef},
    message::{IssuedTicket, Message, ReturnCause, TicketsIssued},
    release::ReleaseCause,
};
use platform::postgres::{StoreError, Tx, column};

use super::{
    IllegalStep, Order, OrderEvent, OrderState, store,
    write::{self, StepError},
};
use crate::{
    offer, outbox, sale,
    state::Booking,
    ticket::{self, issue::Issue},
    webhook,
};

/// Why the order did not follow.
#[derive(Debug, thiserror::Error)]
pub enum CapturedError {
    /// Its state knows no such step: a bug, because a command is written with the state that it belongs to.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// The database failed.
    #[error("writing an order failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for CapturedError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

/// The money was taken: the orders, all of one event, are paid, their tickets are issued and mailed, and their slots in the
/// room are free.
///
/// # Errors
/// [`CapturedError`].
pub async fn captured(
    app: &Booking,
    tx: &mut Tx,
    orders: &[&Order],
    cause: &str,
) -> Result<(), CapturedError> {
    let Some(event) = orders.first().map(|order| order.event) else { return Ok(()) };
    let now = app.clock.now();
    write::steps(tx, orders, OrderEvent::Captured, cause, now).await?;
    let places = store::line::tickets_of(tx, event, &column(orders, |order| order.id)).await?;
    let lines = |order: &Order| places.get(&order.id).into_iter().flatten();
    let issue = |order: &Order, ticket| Issue { ticket, order: order.id, holder: order.account };
    let issues: Vec<Issue> =
        orders.iter().flat_map(|order| lines(order).map(|(ticket, _)| issue(order, *ticket))).collect();
    let codes = ticket::issue::issue(app, tx, event, &issues).await?;
    let (brief, to) = offer::store::mails(tx, event, &column(orders, |order| order.account)).await?;
    let mut paid = Vec::with_capacity(orders.len());
    for order in orders {
        let issued = |(ticket, place): &(TicketId, String)| {
            let code = codes.get(ticket).cloned();
            let ticket = TicketRef { event, ticket: *ticket };
            code.map(|code| IssuedTicket { ticket, place: place.clone(), code })
        };
        let reference = order.reference();
        paid.push(TicketsIssued {
            to: to.get(&order.account).cloned().ok_or_else(|| lost("an account"))?,
            order: reference,
            event: brief.clone(),
            total: order.total,
            tickets: lines(order).map(issued).collect::<Option<_>>().ok_or_else(|| lost("a code"))?,
            order_url: order_url(app, reference)?,
        });
        tracing::info!(order.id = %order.id, "an order was paid");
    }
    webhook::tell::paid(app, tx, event, &paid).await?;
    let messages: Vec<_> = paid
        .into_iter()
        .map(|issued| {
            let cause = issued.order.to_string();
            (Message::TicketsIssued(issued), cause)
        })
        .collect();
    outbox::append::append_all(tx, &app.ids, Some(event), &messages, now).await?;
    let passes: Vec<_> = orders.iter().filter_map(|order| order.pass).collect();
    if !passes.is_empty() {
        outbox::store::release_slots(tx, &passes, ReleaseCause::Purchased, now).await?;
    }
    Ok(())
}

fn lost(what: &str) -> StoreError {
    StoreError::Unexpected(format!("{what} of an order that is paid is not there"))
}

/// Where the fan sees the order.
pub(super) fn order_url(app: &Booking, reference: OrderRef) -> Result<String, StoreError> {
    let url = app.config.public.public_url.join(&format!("/order/{reference}"));
    Ok(url.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string())
}

/// The money cannot be taken, for good: the sale is taken back and the tickets are free, in one transaction.
///
/// # Errors
/// [`CapturedError`].
pub async fn refused(app: &Booking, tx: &mut Tx, order: &Order) -> Result<(), CapturedError> {
    let cause = "the provider refused to capture the payment";
    let tickets: Vec<_> =
        store::line::tickets(tx, order.event, order.id).await?.into_iter().map(|line| line.0).collect();
    sale::store::lock(tx, order.event, &tickets).await?;
    let freed = sale::store::unsell(tx, order.event, order.id).await?;
    let now = app.clock.now();
    sale::store::free(tx, order.event, &freed, now).await?;
    write::step(tx, order, OrderEvent::CaptureRefused, cause, now).await?;
    let why = "The payment could not be completed, so the tickets were released. You were not charged.";
    write::tell_returned(app, tx, order, (why, Some(ReturnCause::NotCaptured))).await?;
    tracing::warn!(order.id = %order.id, "a capture was refused and the sale taken back");
    Ok(())
}

/// All of an authorisation went back that was taken although it should have been let go. An order that has no tickets
/// says so; one that was paid by another authorisation is as good as before.
///
/// # Errors
/// [`CapturedError`].
pub async fn refunded(app: &Booking, tx: &mut Tx, order: &Order) -> Result<(), CapturedError> {
    let (now, cause) = (app.clock.now(), "a payment that was not wanted was refunded");
    match order.state {
        OrderState::Voided | OrderState::Cancelled | OrderState::Expired => {
            write::step(tx, order, OrderEvent::Refunded, cause, now).await?;
        }
        OrderState::AwaitingPayment
        | OrderState::Capturing
        | OrderState::Paid
        | OrderState::Fulfilled
        | OrderState::PartlyRefunded
        | OrderState::Refunded => {
            store::history::note(tx, (order.event, order.id), order.state, cause, now).await?;
        }
    }
    Ok(())
}
