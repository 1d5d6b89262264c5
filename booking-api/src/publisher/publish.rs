//! What is left of the events of which something was sold or given back.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::EventId,
    webhook::{EventSoldOut, Notice},
};
use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};

use super::{Availability, Bucket, PERIOD, store};
use crate::{state::Booking, webhook};

/// The most events of one tick.
const MOST: i64 = 500;

/// Looks once at what was sold.
pub async fn tick(app: &Booking) {
    match store::changed(&app.postgres, MOST).await {
        Ok(events) => {
            for event in events {
                if let Err(error) = publish(app, event).await {
                    tracing::warn!(error = %Chain(&error), event.id = %event, "what is left of an event was not published");
                }
            }
        }
        Err(error) => tracing::warn!(error = %Chain(&error), "nobody knows what was sold"),
    }
}

/// Finds the events whose number of sold tickets is not the one published, and has them looked at again.
pub async fn sweep(app: &Booking) {
    if let Err(error) = store::note_differences(&app.postgres).await {
        tracing::warn!(error = %Chain(&error), "the sweep of what was sold failed");
    }
}

/// Works out what is left of `event` and raises its version when a fan can see the difference.
///
/// One copy of the service at a time does this for an event (the others pass on), at most once a [`PERIOD`]. The notes
/// are deleted before the sales are counted, so a sale that commits in between keeps its note for the next time.
///
/// # Errors
/// When the database fails; nothing is written then, and the notes stay.
pub async fn publish(app: &Booking, event: EventId) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::alone(&mut tx, event).await? {
        return Ok(());
    }
    let Some(before) = store::published(&mut tx, event).await? else {
        store::forget_changes(&mut tx, event).await?;
        return postgres::commit(tx).await;
    };
    if too_early(before.at, now) {
        postgres::rollback(tx).await;
        return Ok(());
    }
    store::forget_changes(&mut tx, event).await?;
    let after = Availability::of(&store::left(&mut tx, event).await?);
    store::write(&mut tx, &[(event, after)], now).await?;
    if !after.looks_like(&before.availability) {
        store::bump(&mut tx, event).await?;
    }
    if after.bucket == Bucket::None && before.availability.bucket != Bucket::None {
        // It may be sold out again after something came back: a cause of its own.
        let told = Notice::EventSoldOut(EventSoldOut { event_id: event, total: after.total });
        let cause = format!("{event} {}", now.timestamp_micros());
        webhook::tell::tell(app, &mut tx, event, vec![(told, cause)]).await?;
    }
    postgres::commit(tx).await
}

fn too_early(before: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let period = TimeDelta::from_std(PERIOD).unwrap_or_default();
    // A clock that was set back must not stop the publisher.
    before <= now && now - before < period
}
