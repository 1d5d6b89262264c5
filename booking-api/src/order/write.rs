//! The steps that several verbs write: each inside the caller's transaction, with the order locked.

use chrono::{DateTime, Utc};
use contracts::message::{Message, PaymentReturned};
use platform::postgres::{StoreError, Tx};

use super::{IllegalStep, Order, OrderEvent, OrderState, store};
use crate::{offer, outbox, sale, state::Booking, voucher};

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
    store::set_state(tx, order.event, order.id, state).await?;
    store::history::note(tx, (order.event, order.id), state, cause, now).await?;
    if matches!(state, OrderState::Expired | OrderState::Cancelled | OrderState::Voided) {
        voucher::store::give_back(tx, order, now).await?;
    }
    Ok(state)
}

/// Gives up what the order has claimed.
pub(crate) async fn give_up_claims(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<(), StoreError> {
    let tickets: Vec<_> =
        store::line::tickets(tx, order.event, order.id).await?.into_iter().map(|line| line.0).collect();
    sale::store::lock(tx, order.event, &tickets).await?;
    let freed = sale::store::unclaim(tx, order.event, order.id).await?;
    sale::store::free(tx, order.event, &freed, now).await
}

/// Tells the fan that the money goes back.
pub(crate) async fn tell_returned(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    why: &str,
) -> Result<(), StoreError> {
    let (event, to) = offer::store::mail(tx, order.event, order.account).await?;
    let returned =
        PaymentReturned { to, order: order.reference(), event, total: order.total, why: why.to_owned() };
    let message = Message::PaymentReturned(returned);
    outbox::append::append(tx, &app.ids, &message, &order.reference().to_string(), app.clock.now()).await
}
