//! Going on with the refunds of events that were called off, from wherever the process before ended.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::id::OrderId;
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};
use tracing::instrument;

use super::{Cancellation, store};
use crate::{
    dispute, hold, mirror,
    order::{
        self, IllegalStep, Order, OrderState, cancel,
        write::{self, StepError},
    },
    payment,
    refund::{
        Cause, NotThese, chosen,
        give_back::{Giving, give_back},
    },
    state::Booking,
};

/// How often we look.
const PERIOD: Duration = Duration::from_millis(250);
/// How many events one tick takes, and how many orders it reads at once.
const EVENTS: i64 = 4;
const AT_ONCE: i64 = 100;
/// When somebody looks again while orders are left, and when there are none: a late payment may still come.
const SOON: TimeDelta = TimeDelta::milliseconds(500);
const LATER: TimeDelta = TimeDelta::minutes(1);

/// Why an order was left for later.
#[derive(Debug, thiserror::Error)]
pub enum CarryOnError {
    /// The state knows no such step: a bug.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// All lines are asked for, so this cannot be.
    #[error(transparent)]
    NotThese(#[from] NotThese),
    /// A store failed.
    #[error("refunding an order of an event that was called off failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for CarryOnError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

/// Goes once through the orders of every event that is due.
pub async fn tick(app: &Booking) {
    let now = app.clock.now();
    let due = match store::due(&app.postgres, now, payment::lease(now), EVENTS).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "events that were called off could not be read");
            return;
        }
    };
    for of in due {
        if let Err(error) = carry_on(app, &of).await {
            tracing::warn!(event.id = %of.event, error = %Chain(&error), "the refunds of an event go on later");
        }
    }
}

/// Goes once through the open orders of one event.
///
/// # Errors
/// When a store fails; what was done stays done.
#[instrument(name = "cancellation.carry_on", skip_all, fields(event.id = %of.event))]
pub async fn carry_on(app: &Booking, of: &Cancellation) -> Result<(), StoreError> {
    let (mut after, mut met) = (None, 0_usize);
    loop {
        let orders = store::open(&app.postgres, of.event, after, AT_ONCE).await?;
        let Some(last) = orders.last() else { break };
        (after, met) = (Some(*last), met + orders.len());
        for order in &orders {
            if let Err(error) = see_to(app, of, *order).await {
                tracing::warn!(order.id = %order, error = %Chain(&error), "an order is refunded later");
            }
        }
        mirror::apply::follow(app, of.event).await;
        app.payments.commands.notify_one();
    }
    let pause = if met == 0 { LATER } else { SOON };
    store::look_again(&app.postgres, of.event, app.clock.now() + pause).await
}

/// Cancels or refunds one order, whichever it needs. One whose payment is being captured, or whose fan's bank decides, is
/// left until that has ended.
///
/// # Errors
/// [`CarryOnError`]; nothing was written then.
pub async fn see_to(app: &Booking, of: &Cancellation, order: OrderId) -> Result<(), CarryOnError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let Some(order) = order::store::lock(&mut tx, of.event, order).await? else { return Ok(()) };
    match order.state {
        OrderState::AwaitingPayment => {
            cancel::write(app, &mut tx, &order, "the event was called off").await?;
            let why = format!("The event was called off: {}. You are not charged.", of.reason);
            write::tell_returned(app, &mut tx, &order, (&why, None)).await?;
            postgres::commit(tx).await?;
            hold::release::forget(app, of.event, order.account, order.hold).await;
            Ok(())
        }
        OrderState::Paid | OrderState::Fulfilled | OrderState::PartlyRefunded => {
            if dispute::store::is_open(&mut tx, &order).await? {
                return Ok(());
            }
            give(app, &mut tx, of, &order).await?;
            Ok(postgres::commit(tx).await?)
        }
        OrderState::Capturing
        | OrderState::Expired
        | OrderState::Cancelled
        | OrderState::Refunded
        | OrderState::Voided => Ok(()),
    }
}

async fn give(
    app: &Booking,
    tx: &mut postgres::Tx,
    of: &Cancellation,
    order: &Order,
) -> Result<(), CarryOnError> {
    let lines = chosen(&order::store::line::of(&mut **tx, order).await?, None)?;
    let giving = Giving { lines: &lines, cause: Cause::EventCancelled, reason: &of.reason, by: of.by };
    give_back(app, tx, order, &giving).await?;
    Ok(())
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
