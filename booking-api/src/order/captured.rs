//! What follows once the provider has carried a command out, or has refused it. Called with the order locked, in the
//! transaction that ends the command.

use contracts::{
    id::TicketRef,
    message::{IssuedTicket, Message, TicketsIssued},
    release::ReleaseCause,
};
use platform::postgres::{StoreError, Tx};

use super::{
    IllegalStep, Order, OrderEvent, OrderState, store,
    write::{self, StepError},
};
use crate::{offer, outbox, sale, state::Booking, ticket};

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

/// The money was taken: the order is paid, its tickets are issued and mailed, and its slot in the room is free.
///
/// # Errors
/// [`CapturedError`].
pub async fn captured(app: &Booking, tx: &mut Tx, order: &Order, cause: &str) -> Result<(), CapturedError> {
    let now = app.clock.now();
    write::step(tx, order, OrderEvent::Captured, cause, now).await?;
    let mut tickets = Vec::new();
    for (number, place) in store::line::tickets(tx, order.event, order.id).await? {
        let code = ticket::issue::issue(app, tx, order, number).await?;
        tickets.push(IssuedTicket { ticket: TicketRef { event: order.event, ticket: number }, place, code });
    }
    let (event, to) = offer::store::mail(tx, order.event, order.account).await?;
    let reference = order.reference();
    let order_url = app.config.public.public_url.join(&format!("/order/{reference}"));
    let order_url = order_url.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string();
    let message = Message::TicketsIssued(TicketsIssued {
        to,
        order: reference,
        event,
        total: order.total,
        tickets,
        order_url,
    });
    outbox::append::append(tx, &app.ids, &message, &reference.to_string(), now).await?;
    if let Some(pass) = order.pass {
        outbox::store::release_slot(tx, pass, ReleaseCause::Purchased, now).await?;
    }
    tracing::info!(order.id = %order.id, "an order was paid");
    Ok(())
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
    write::tell_returned(app, tx, order, why).await?;
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
