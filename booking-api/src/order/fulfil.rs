//! Saying of paid orders that their event has begun.

use std::time::Duration;

use platform::{
    lifecycle::{self, Lifecycle},
    postgres,
    telemetry::Chain,
};

use super::{
    Order, OrderEvent, OrderState, store,
    write::{self, StepError},
};
use crate::state::Booking;

/// How often we look.
const PERIOD: Duration = Duration::from_secs(30);
/// How many orders one tick takes.
const TAKE: i64 = 256;

/// Fulfils the orders of events that have begun; returns how many were looked at.
pub async fn tick(app: &Booking) -> usize {
    let begun = match store::begun(&app.postgres, app.clock.now(), TAKE).await {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "orders of events that have begun could not be read");
            return 0;
        }
    };
    for order in &begun {
        if let Err(error) = fulfil(app, order).await {
            tracing::warn!(order.id = %order.id, error = %Chain(&error), "an order is fulfilled later");
        }
    }
    begun.len()
}

async fn fulfil(app: &Booking, order: &Order) -> Result<(), StepError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let locked = store::lock(&mut tx, order.event, order.id).await?;
    let Some(order) = locked.filter(|order| order.state == OrderState::Paid) else { return Ok(()) };
    write::step(&mut tx, &order, OrderEvent::Begun, "the event has begun", app.clock.now()).await?;
    Ok(postgres::commit(tx).await?)
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || {
        tick(&app).await;
    }));
}
