//! Ending orders whose payment did not come in time.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::{message::Message, webhook::Notice};
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};
use tracing::instrument;

use super::{
    IllegalStep, Order, OrderEvent, OrderState, store,
    write::{self, StepError},
};
use crate::{
    hold, mirror,
    payment::{self, reconcile},
    state::Booking,
    webhook,
};

/// How often we look.
const PERIOD: Duration = Duration::from_millis(500);
/// How many orders one tick takes.
const TAKE: i64 = 64;
/// How long an order waits for a provider that does not answer, past its end. A payment that comes later still is
/// settled as a late one.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// Why an order was left for later.
#[derive(Debug, thiserror::Error)]
pub enum ExpireError {
    /// The state knows no such step: a bug.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// A store failed.
    #[error("expiring an order failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for ExpireError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

/// Ends every order that is overdue; returns how many were looked at.
pub async fn tick(app: &Booking) -> usize {
    let overdue = match store::overdue(&app.postgres, app.clock.now(), TAKE).await {
        Ok(overdue) => overdue,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "overdue orders could not be read");
            return 0;
        }
    };
    for order in &overdue {
        if let Err(error) = expire(app, order).await {
            tracing::warn!(order.id = %order.id, error = %Chain(&error), "an order expires later");
        }
    }
    overdue.len()
}

/// Asks the provider a last time, then frees the tickets. A payment that is still undecided is not let go: when it
/// comes and the tickets are free, it is used.
///
/// # Errors
/// [`ExpireError`].
#[instrument(name = "order.expire", skip_all, fields(order.id = %order.id))]
pub async fn expire(app: &Booking, order: &Order) -> Result<(), ExpireError> {
    let attempt = payment::store::newest(&app.postgres, order.event, order.id).await?;
    if let Some(attempt) = attempt.filter(|attempt| attempt.state.is_open())
        && let Err(error) = Box::pin(reconcile::ask(app, &attempt)).await
        && app.clock.now() < order.until + PATIENCE
    {
        tracing::info!(error = %Chain(&error), "an overdue order waits for its provider");
        return Ok(());
    }
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let locked = store::lock(&mut tx, order.event, order.id).await?;
    let Some(order) = locked.filter(|order| order.state == OrderState::AwaitingPayment && order.until <= now)
    else {
        postgres::rollback(tx).await;
        return Ok(());
    };
    write::give_up_claims(&mut tx, &order, now).await?;
    write::step(&mut tx, &order, OrderEvent::ClaimExpired, "no payment came in time", now).await?;
    webhook::tell::ended(app, &mut tx, &order, Notice::OrderExpired).await?;
    write::tell_ended(app, &mut tx, &order, Message::OrderExpired).await?;
    postgres::commit(tx).await?;
    mirror::apply::follow(app, order.event).await;
    hold::release::forget(app, order.event, order.account, order.hold).await;
    Ok(())
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || {
        tick(&app).await;
    }));
}
