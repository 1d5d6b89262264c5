//! The loop that does what is due.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use platform::{lifecycle::Lifecycle, telemetry::Chain};

use super::{decide, deliver};
use crate::{ledger::Job, state::Sandbox};

/// The shortest rest: what is due and cannot be done yet, because too many callbacks are on their way, is looked at again
/// after it.
const REST: Duration = Duration::from_millis(10);
/// The longest: the clock may have been set meanwhile.
const LOOK: Duration = Duration::from_secs(1);
/// How long a decision that could not be written waits.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(1);

/// Does what is due, then waits for the next thing, until told to stop.
pub fn run(sandbox: &Sandbox, lifecycle: &Lifecycle) {
    let (sandbox, inner, stopping) = (sandbox.clone(), lifecycle.clone(), lifecycle.stopping());
    lifecycle.spawn(async move {
        loop {
            tick(&sandbox, &inner);
            let next = sandbox.ledger.lock().first_due();
            let rest = next.map(|at| (at - sandbox.clock.now()).to_std().unwrap_or_default());
            let rest = rest.unwrap_or(LOOK).clamp(REST, LOOK);
            let news = tokio::time::timeout(rest, sandbox.ledger.news());
            if stopping.run_until_cancelled(news).await.is_none() {
                return;
            }
        }
    });
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
