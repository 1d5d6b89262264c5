//! The steps that several verbs write: each inside the caller's transaction, with the order locked.

use chrono::{DateTime, Utc};
use contracts::{
    message::{Message, OrderEnded, PaymentReturned, ReturnCause},
    webhook::Notice,
};
use platform::postgres::{StoreError, Tx, column};

use super::{IllegalStep, Order, OrderEvent, OrderState, store};
use crate::{offer, outbox, sale, state::Booking, voucher, webhook};

/// Why an order did not take a step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// Its state knows no such step.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// The database failed.
    #[error("writing an order failed")]
    Store(#[from] StoreError),
}

/// Takes `event` and notes its cause; returns the new state. An order that comes to nothing gives its voucher back: its
/// tickets must be free by then, or locked, because vouchers are locked after tickets.
pub(crate) async fn step(
    tx: &mut Tx,
    order: &Order,
    event: OrderEvent,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<OrderState, StepError> {
    let state = order.state.after(event)?;
    write(tx, &[order], state, cause, now).await?;
    if matches!(state, OrderState::Expired | OrderState::Cancelled | OrderState::Voided) {
        voucher::store::give_back(tx, order, now).await?;
    }
    Ok(state)
}

/// The same for several orders of one event that come to the same state, with which their tickets stay theirs.
pub(crate) async fn steps(
    tx: &mut Tx,
    orders: &[&Order],
    event: OrderEvent,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<(), StepError> {
    let Some(first) = orders.first() else { return Ok(()) };
    let state = first.state.after(event)?;
    for order in orders {
        if order.state.after(event)? != state {
            return Err(IllegalStep { from: order.state, event }.into());
        }
    }
    Ok(write(tx, orders, state, cause, now).await?)
}

async fn write(
    tx: &mut Tx,
    orders: &[&Order],
    state: OrderState,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(first) = orders.first() else { return Ok(()) };
    let ids = column(orders, |order| order.id);
    store::set_state(tx, first.event, &ids, state).await?;
    store::history::note_all(tx, first.event, &ids, state, cause, now).await
}

/// Gives up what the order has claimed.
pub(crate) async fn give_up_claims(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<(), StoreError> {
    let tickets: Vec<_> =
        store::line::tickets(tx, order.event, order.id).await?.into_iter().map(|line| line.0).collect();
    sale::store::lock(tx, order.event, &tickets).await?;
    let freed = sale::store::unclaim(tx, order.event, &[order.id]).await?;
    sale::store::free(tx, order.event, &freed, now).await
}

/// Tells the fan, and the organizer, that the money goes back.
pub(crate) async fn tell_returned(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    (why, cause): (&str, Option<ReturnCause>),
) -> Result<(), StoreError> {
    webhook::tell::ended(app, tx, order, Notice::OrderReturned).await?;
    let (event, to) = offer::store::mail(tx, order.event, order.account).await?;
    let (total, why) = (order.total, why.to_owned());
    let returned = PaymentReturned { to, order: order.reference(), event, total, why, cause };
    let message = Message::PaymentReturned(returned);
    outbox::append::append(
        tx,
        &app.ids,
        (order.event, &message),
        &order.reference().to_string(),
        app.clock.now(),
    )
    .await
}

/// Tells the fan that the order came to nothing; `how` says in which way.
pub(crate) async fn tell_ended(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    how: fn(OrderEnded) -> Message,
) -> Result<(), StoreError> {
    let places = store::line::tickets(tx, order.event, order.id).await?.into_iter().map(|line| line.1);
    let places = places.collect();
    let (event, to) = offer::store::mail(tx, order.event, order.account).await?;
    let event_url = app.config.public.public_url.join(&format!("/e/{}", order.event));
    let event_url = event_url.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string();
    let (reference, now) = (order.reference(), app.clock.now());
    let message = how(OrderEnded { to, order: reference, event, places, event_url });
    outbox::append::append(tx, &app.ids, (order.event, &message), &reference.to_string(), now).await
}
