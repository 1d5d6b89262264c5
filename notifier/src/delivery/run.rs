//! The loop: everything that is due goes out.

use std::time::Duration;

use futures_util::future::join_all;
use platform::{postgres::StoreError, telemetry::Chain};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{attempt, take};
use crate::{metrics, state::Notifier};

/// Takes and attempts one batch, all its messages at the same time, and says how many there were.
///
/// # Errors
/// The database did not answer when messages were to be taken.
pub async fn tick(app: &Notifier) -> Result<usize, StoreError> {
    let batch = take::take(app).await?;
    for outcome in join_all(batch.iter().map(|delivery| attempt::attempt(app, delivery))).await {
        if let Err(error) = outcome {
            metrics::store_failed();
            tracing::error!(error = %Chain(&error), "how a delivery went could not be written down");
        }
    }
    Ok(batch.len())
}

/// Ticks until nothing more is due, or until told to stop.
pub async fn drain(app: &Notifier, stopping: &CancellationToken) {
    while !stopping.is_cancelled() {
        match tick(app).await {
            Ok(taken) if taken == usize::from(app.rules.batch) => {}
            Ok(_) => return,
            Err(error) => {
                metrics::store_failed();
                tracing::warn!(error = %Chain(&error), "the outbox cannot be read");
                return;
            }
        }
    }
}

/// Drains the outbox every `period` until told to stop.
pub async fn run(app: Notifier, period: Duration, stopping: CancellationToken) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        drain(&app, &stopping).await;
    }
}
