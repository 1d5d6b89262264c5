//! Giving orders the numbers that people say to each other: from 1 without gaps inside an event, in the order in which
//! the loop meets them, and only to orders whose money was taken. Outside the purchase, so that no buyer waits for the
//! number of another.

use std::time::Duration;

use contracts::id::EventId;
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};

use super::store;
use crate::state::Booking;

/// How often we look.
const PERIOD: Duration = Duration::from_millis(500);
/// How many events one tick looks at, and how many of an event's orders one transaction numbers.
const EVENTS: i64 = 64;
const AT_ONCE: i64 = 500;

/// Numbers what has no number yet.
pub async fn tick(app: &Booking) {
    let events = match store::number::unnumbered(&app.postgres, EVENTS).await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "orders without a number could not be read");
            return;
        }
    };
    for event in events {
        if let Err(error) = number(app, event).await {
            tracing::warn!(event.id = %event, error = %Chain(&error), "orders get their numbers later");
        }
    }
}

/// Numbers the orders of one event. One copy does at a time; another leaves it to that one.
///
/// # Errors
/// When the database fails; nothing was numbered then.
pub async fn number(app: &Booking, event: EventId) -> Result<(), StoreError> {
    loop {
        let mut tx = postgres::begin(&app.postgres).await?;
        if !store::number::alone(&mut tx, event).await? {
            return Ok(());
        }
        let numbered = store::number::give(&mut tx, event, AT_ONCE).await?;
        postgres::commit(tx).await?;
        if numbered < AT_ONCE.unsigned_abs() {
            return Ok(());
        }
    }
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
