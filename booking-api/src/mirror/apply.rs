//! Telling the mirror what was committed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use contracts::id::EventId;
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::StoreError,
    telemetry::Chain,
};
use tokio::sync::Mutex;

use super::store;
use crate::state::Booking;

/// How often rows are looked for that nobody applied right after their commit.
const PERIOD: Duration = Duration::from_millis(200);
/// How many changes go to Redis at once.
const AT_ONCE: usize = 500;
/// How many events one tick looks at.
const EVENTS: i64 = 64;

/// Whose turn it is to apply the changes of an event. Those who committed while somebody applies are served by the one
/// who applies next: the work grows with the changes, not with its square.
#[derive(Debug, Default)]
pub struct Turn {
    begun: AtomicU64,
    /// The last run that applied everything which was committed before it began.
    done: Mutex<u64>,
}

/// Applies what waits for `event`, then deletes it. A change applied twice, or by two copies, is applied once.
///
/// # Errors
/// When a store fails; what was not deleted is applied again later.
pub async fn apply(app: &Booking, event: EventId) -> Result<(), StoreError> {
    let turn = app.turns.of(event).await;
    let before = turn.begun.load(Ordering::SeqCst);
    let mut done = turn.done.lock().await;
    if *done > before {
        return Ok(());
    }
    let run = turn.begun.fetch_add(1, Ordering::SeqCst) + 1;
    loop {
        let (ids, tickets): (Vec<_>, Vec<_>) =
            store::changes(&app.postgres, event, AT_ONCE).await?.into_iter().unzip();
        if !ids.is_empty() {
            store::apply(&mut app.redis.clone(), event, &tickets).await?;
            store::forget(&app.postgres, &ids).await?;
        }
        // Fewer than were asked for are all that there were.
        if ids.len() < AT_ONCE {
            *done = run;
            return Ok(());
        }
    }
}

/// The same, right after a commit: a failure is only logged, because the loop repeats it.
pub async fn follow(app: &Booking, event: EventId) {
    if let Err(error) = apply(app, event).await {
        tracing::warn!(event.id = %event, error = %Chain(&error), "the mirror was not told yet");
    }
}

/// Applies what waits, for every event.
pub async fn tick(app: &Booking) {
    match store::changed_events(&app.postgres, EVENTS).await {
        Ok(events) => {
            for event in events {
                follow(app, event).await;
            }
        }
        Err(error) => tracing::warn!(error = %Chain(&error), "changes for the mirror could not be read"),
    }
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
