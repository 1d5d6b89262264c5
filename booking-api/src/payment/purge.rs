//! Forgetting what nobody will ask for again.

use std::time::Duration;

use chrono::TimeDelta;
use platform::{
    lifecycle::{self, Lifecycle},
    telemetry::Chain,
};

use super::store;
use crate::{idempotency, state::Booking};

/// How long callbacks are kept: a provider repeats itself for days, not for months.
const CALLBACKS: TimeDelta = TimeDelta::days(30);
/// How often we look.
const PERIOD: Duration = Duration::from_mins(10);

/// Forgets old callbacks and old answers under keys.
pub async fn tick(app: &Booking) {
    let now = app.clock.now();
    let purged = async {
        store::callback::purge(&app.postgres, now - CALLBACKS).await?;
        idempotency::store::purge(&app.postgres, now - idempotency::KEPT).await
    };
    if let Err(error) = purged.await {
        tracing::warn!(error = %Chain(&error), "old callbacks and keys stay for now");
    }
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
