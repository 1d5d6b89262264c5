//! Cancelling an order that is not paid yet.

use contracts::{
    id::{AccountId, OrderRef},
    message::Message,
    release::ReleaseCause,
    webhook::Notice,
};
use platform::postgres::{self, StoreError, Tx};
use tracing::instrument;

use super::{
    IllegalStep, Order, OrderEvent, OrderState, store,
    write::{self, StepError},
};
use crate::{
    hold, mirror, outbox,
    payment::{self, AttemptState, CommandKind},
    state::Booking,
    webhook,
};

/// Why the order stays.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is none.
    #[error("there is no such order")]
    Unknown,
    /// It is somebody else's.
    #[error("the order is somebody else's")]
    NotYours,
    /// It is not awaiting a payment.
    #[error(transparent)]
    TooLate(#[from] IllegalStep),
    /// A store failed.
    #[error("cancelling an order failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for CancelError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::TooLate(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

/// Cancels the order, frees its tickets at once and lets the payment go. Cancelling again changes nothing.
///
/// # Errors
/// [`CancelError`].
#[instrument(name = "order.cancel", skip_all, fields(order.id = %of.order))]
pub async fn cancel(app: &Booking, account: AccountId, of: OrderRef) -> Result<(), CancelError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = store::lock(&mut tx, of.event, of.order).await?.ok_or(CancelError::Unknown)?;
    if order.account != account {
        return Err(CancelError::NotYours);
    }
    if order.state == OrderState::Cancelled {
        return Ok(());
    }
    write(app, &mut tx, &order, "the fan cancelled").await?;
    write::tell_ended(app, &mut tx, &order, Message::OrderCancelled).await?;
    postgres::commit(tx).await?;
    mirror::apply::follow(app, of.event).await;
    hold::release::forget(app, of.event, account, order.hold).await;
    app.payments.commands.notify_one();
    Ok(())
}

/// Cancels a locked order that awaits its payment, in the caller's transaction.
pub(crate) async fn write(app: &Booking, tx: &mut Tx, order: &Order, cause: &str) -> Result<(), StepError> {
    let now = app.clock.now();
    write::give_up_claims(tx, order, now).await?;
    write::step(tx, order, OrderEvent::Cancelled, cause, now).await?;
    webhook::tell::ended(app, tx, order, Notice::OrderCancelled).await?;
    // One that was never sent is asked about by its key: whatever the provider made of it is let go then.
    for attempt in payment::store::attempts(tx, order.event, &[order.id]).await? {
        if let (AttemptState::Pending, Some(authorization)) = (attempt.state, &attempt.authorization) {
            payment::store::decide(tx, &attempt, AttemptState::Voiding, None).await?;
            let (provider, kind) = (attempt.provider, CommandKind::Void);
            payment::store::command::insert(tx, provider, authorization, kind, Some(&attempt), now).await?;
        }
    }
    if let Some(pass) = order.pass {
        outbox::store::release_slots(tx, &[pass], ReleaseCause::Cancelled, now).await?;
    }
    Ok(())
}
