//! Forgetting codes that nobody can use any more.

use std::time::Duration;

use chrono::TimeDelta;
use platform::{
    lifecycle::{self, Lifecycle},
    telemetry::Chain,
};

use super::store;
use crate::state::Booking;

/// How long a code is kept after its end.
const KEPT: TimeDelta = TimeDelta::days(1);
/// How often we look.
const PERIOD: Duration = Duration::from_mins(10);

/// Forgets codes that ended a day ago.
pub async fn tick(app: &Booking) {
    if let Err(error) = store::purge(&app.postgres, app.clock.now() - KEPT).await {
        tracing::warn!(error = %Chain(&error), "old codes stay for now");
    }
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
