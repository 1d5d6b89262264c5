//! Forgetting sessions that are long over.

use std::time::Duration;

use chrono::TimeDelta;
use platform::{
    lifecycle::{self, Lifecycle},
    telemetry::Chain,
};

use super::store;
use crate::state::Booking;

/// How long a session that is over is kept, so that a token of it is told from a forged one.
const KEPT: TimeDelta = TimeDelta::days(7);
/// How often we look.
const PERIOD: Duration = Duration::from_mins(10);

/// Forgets sessions that were over a week ago.
pub async fn tick(app: &Booking) {
    let (now, idle) = (app.clock.now(), app.config.sessions.lasting().idle);
    if let Err(error) = store::purge(&app.postgres, now - KEPT, now - KEPT - idle).await {
        tracing::warn!(error = %Chain(&error), "old sessions stay for now");
    }
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
