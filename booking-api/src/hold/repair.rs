//! Mending the index of holds, and the pools of free units, from the locks. A lock is a ticket's own key and decides;
//! index and pools serve the map and the choice, and must not differ from it for long, whatever went wrong.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use contracts::id::{EventId, TicketId, TierId};
use metrics::counter;
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::StoreError,
    telemetry::Chain,
};

use super::store;
use crate::{cache::Missing, metrics::INDEX_REPAIRED_TOTAL, mirror, seat::availability, state::Booking};

/// How often some events are looked at.
const PERIOD: Duration = Duration::from_secs(5);
/// How many events one tick looks at.
const EVENTS: i64 = 16;
/// How many tickets go to Redis at once.
const CHUNK: usize = 1000;

/// Looks at the next events after `after`; returns the last one, or none when all were looked at.
pub async fn tick(app: &Booking, after: Option<EventId>) -> Option<EventId> {
    let events = match mirror::store::on_sale(&app.postgres, app.clock.now(), after, EVENTS).await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "nobody knows whose holds to look at");
            return after;
        }
    };
    for event in &events {
        match repair(app, *event).await {
            Ok(0) => {}
            Ok(wrong) => {
                tracing::warn!(event.id = %event, wrong, "the index of holds was mended from the locks");
            }
            Err(error) => {
                tracing::warn!(event.id = %event, error = %Chain(&error), "the index of holds was not looked at");
            }
        }
    }
    if i64::try_from(events.len()).unwrap_or(i64::MAX) < EVENTS { None } else { events.last().copied() }
}

/// Mends what is wrong of one event; returns how much that was.
///
/// # Errors
/// When Redis or the database fails.
pub async fn repair(app: &Booking, event: EventId) -> Result<u64, StoreError> {
    let layout = match availability::layout(app, event).await {
        Ok(layout) => layout,
        Err(Missing::Unknown) => return Ok(0),
        Err(Missing::Store(error)) => return Err(StoreError::Unexpected(error.to_string())),
    };
    let pool = |tier: usize| layout.tiers.get(tier).filter(|tier| tier.general_admission).map(|tier| tier.id);
    let tickets: Vec<(TicketId, Option<TierId>)> =
        layout.numbered().map(|(id, ticket)| (id, pool(ticket.tier))).collect();
    let mut total = 0;
    for chunk in tickets.chunks(CHUNK) {
        let Some(wrong) = store::repair(&mut app.redis.clone(), event, chunk).await? else { break };
        total += wrong;
    }
    if total > 0 {
        counter!(INDEX_REPAIRED_TOTAL).increment(total);
        app.views.snapshots.forget(event).await;
    }
    Ok(total)
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    let last = Mutex::new(None);
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || {
        let after = *last.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = tick(&app, after).await;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }));
}
