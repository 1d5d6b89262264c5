//! The loop that does what is due.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use platform::{lifecycle, lifecycle::Lifecycle, telemetry::Chain};

use super::{decide, deliver};
use crate::{ledger::Job, state::Sandbox};

/// How often we look.
const PERIOD: Duration = Duration::from_millis(10);
/// How long a decision that could not be written waits.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(1);

/// Looks for what is due until told to stop.
pub fn run(sandbox: &Sandbox, lifecycle: &Lifecycle) {
    let (sandbox, inner) = (sandbox.clone(), lifecycle.clone());
    lifecycle.spawn(lifecycle::every(lifecycle.stopping(), PERIOD, async move || tick(&sandbox, &inner)));
}

/// Decides what is due, and sends callbacks on their way as long as there is room.
pub fn tick(sandbox: &Sandbox, lifecycle: &Lifecycle) {
    let now = sandbox.clock.now();
    loop {
        let Some(job) = sandbox.ledger.lock().next_due(now) else { return };
        match job {
            Job::Decide(id) => {
                if let Err(error) = decide::decide(sandbox, &id) {
                    tracing::error!(error = %Chain(&error), "an authorization could not be decided");
                    sandbox.ledger.lock().put_back(Job::Decide(id), now + AFTER_FAILURE);
                    return;
                }
            }
            Job::Deliver(delivery) => {
                let Ok(permit) = Arc::clone(&sandbox.deliveries).try_acquire_owned() else {
                    sandbox.ledger.lock().put_back(Job::Deliver(delivery), now);
                    return;
                };
                let (sandbox, stopping) = (sandbox.clone(), lifecycle.stopping());
                lifecycle.spawn(async move {
                    // Cut off in the middle it was not delivered, as far as the journal knows: it is tried again.
                    stopping.run_until_cancelled(deliver::deliver(&sandbox, &delivery)).await;
                    drop(permit);
                });
            }
        }
    }
}
