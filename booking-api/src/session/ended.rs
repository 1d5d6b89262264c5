//! The sessions that were ended elsewhere, read again every half second.

use std::time::Duration;

use platform::{
    lifecycle::{self, Lifecycle},
    telemetry::Chain,
};

use super::store;
use crate::state::Booking;

/// How often: it is told that a session that ended is refused within a second.
const PERIOD: Duration = Duration::from_millis(500);

/// Reads what has ended since the last time. While the database is away what was known stays known.
pub async fn tick(app: &Booking) {
    match store::ended_since(&app.catalog, app.ended.since()).await {
        Ok(ended) => {
            app.ended.learn(ended, app.clock.now());
        }
        Err(error) => tracing::warn!(error = %Chain(&error), "ended sessions could not be read"),
    }
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
