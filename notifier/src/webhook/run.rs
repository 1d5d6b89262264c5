//! The loop: whatever is due goes out, each endpoint apart from all others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use contracts::id::WebhookId;
use futures_util::future::join_all;
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::StoreError,
    telemetry::Chain,
};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::{Delivery, attempt::attempt, forget, store};
use crate::{metrics, state::Notifier};

/// How often to look for what is to be forgotten.
const FORGET: Duration = Duration::from_mins(1);

/// The endpoints that are worked on in this process.
#[derive(Debug, Default)]
struct AtWork {
    endpoints: Mutex<BTreeSet<WebhookId>>,
    /// One was worked off: there is room.
    freed: Notify,
}

impl AtWork {
    fn all(&self) -> BTreeSet<WebhookId> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An endpoint that is worked on until this is dropped.
struct Working {
    all: Arc<AtWork>,
    endpoint: WebhookId,
}

impl Working {
    fn on(all: &Arc<AtWork>, endpoint: WebhookId) -> Self {
        all.endpoints.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint);
        Self { all: Arc::clone(all), endpoint }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.all.endpoints.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.endpoint);
        self.all.freed.notify_one();
    }
}

/// Takes what is due for endpoints that nobody here works on, grouped by endpoint.
async fn take(
    app: &Notifier,
    busy: &BTreeSet<WebhookId>,
) -> Result<BTreeMap<WebhookId, Vec<Delivery>>, StoreError> {
    let rules = &app.webhooks.rules;
    let room = rules.endpoints_at_once.saturating_sub(busy.len());
    let mut taken: BTreeMap<WebhookId, Vec<Delivery>> = BTreeMap::new();
    if room == 0 {
        return Ok(taken);
    }
    let now = app.clock.now();
    for delivery in store::take((&app.postgres, &app.seals), rules, busy, room, now).await? {
        taken.entry(delivery.endpoint).or_default().push(delivery);
    }
    Ok(taken)
}

async fn deliver(app: &Notifier, deliveries: &[Delivery]) {
    for outcome in join_all(deliveries.iter().map(|delivery| attempt(app, delivery))).await {
        if let Err(error) = outcome {
            metrics::store_failed();
            tracing::error!(error = %Chain(&error), "how an attempt went could not be written down");
        }
    }
}

/// Takes what is due and waits until all of it was tried; says how much that was.
///
/// # Errors
/// The database did not answer when it was to be taken.
pub async fn tick(app: &Notifier) -> Result<usize, StoreError> {
    let taken = take(app, &BTreeSet::new()).await?;
    join_all(taken.values().map(|deliveries| deliver(app, deliveries))).await;
    Ok(taken.values().map(Vec::len).sum())
}

/// Has everything that is due delivered, until told to stop. An endpoint that does not answer is a task of its own and
/// delays nobody.
async fn run(app: Notifier, period: Duration, lifecycle: Lifecycle) {
    let (at_work, stopping) = (Arc::new(AtWork::default()), lifecycle.stopping());
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // First: where the database is away each look takes seconds, and the next is due by then.
            biased;
            () = stopping.cancelled() => return,
            _ = ticks.tick() => {}
            () = at_work.freed.notified() => {}
        }
        let taken = match take(&app, &at_work.all()).await {
            Ok(taken) => taken,
            Err(error) => {
                metrics::store_failed();
                tracing::warn!(error = %Chain(&error), "notices that are due cannot be read");
                continue;
            }
        };
        for (endpoint, deliveries) in taken {
            let (app, stopping, working) = (app.clone(), stopping.clone(), Working::on(&at_work, endpoint));
            lifecycle.spawn(async move {
                // What is cut off here is due again when its lease ends.
                stopping.run_until_cancelled(deliver(&app, &deliveries)).await;
                drop(working);
            });
        }
    }
}

/// Spawns what goes on without being asked.
pub fn start(app: &Notifier, period: Duration, lifecycle: &Lifecycle) {
    lifecycle.spawn(run(app.clone(), period, lifecycle.clone()));
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, FORGET, async move || forget::tick(&app).await));
}
