//! What can be had of guarded events, by price category, for those who wait in line in front of them.

use std::time::Duration;

use contracts::{frame::TierOffer, id::EventId};
use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};

use super::store;
use crate::{
    cache::Missing,
    catalog::event::Tier,
    seat::{
        Layout,
        availability::{self, Snapshot},
    },
    state::Booking,
};

/// How often it is written.
pub const PERIOD: Duration = Duration::from_secs(1);
/// The most events of one tick: those that began to sell last.
const MOST: i64 = 500;

/// Why the stock of an event was not written.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// Nobody knows what can be had.
    #[error("what can be had is not known")]
    Unknown,
    /// The store failed.
    #[error("writing the stock failed")]
    Store(#[from] StoreError),
}

/// Looks once at what can be had.
pub async fn tick(app: &Booking) {
    let events = match store::guarded_on_sale(&app.postgres, app.clock.now(), MOST).await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "nobody knows which events are guarded");
            return;
        }
    };
    for event in events {
        if let Err(error) = publish(app, event).await {
            tracing::warn!(error = %Chain(&error), event.id = %event, "the stock of an event stays as it was");
        }
    }
}

/// Writes what can be had of `event`, where that changed. One copy of the service at a time does this for an event.
///
/// # Errors
/// [`StockError`]; nothing is written then.
pub async fn publish(app: &Booking, event: EventId) -> Result<(), StockError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::alone(&mut tx, event).await? {
        return Ok(());
    }
    let seen = match availability::snapshot(app, event).await {
        // What is stale would only be called new.
        Ok(seen) if seen.stale => return Err(StockError::Unknown),
        Ok(seen) => seen.value,
        Err(Missing::Unknown) => return Ok(()),
        Err(_) => return Err(StockError::Unknown),
    };
    let layout = availability::layout(app, event).await.map_err(|_| StockError::Unknown)?;
    store::write_stock(&mut tx, event, &of(&layout, &seen), app.clock.now()).await?;
    // Also where nothing was written: dropped, it would let go of the lock some time later.
    postgres::commit(tx).await?;
    Ok(())
}

fn of(layout: &Layout, snapshot: &Snapshot) -> Vec<TierOffer> {
    let tiers = layout.tiers.iter().enumerate().zip(&snapshot.tiers);
    let tier = |((index, tier), left): ((usize, &Tier), &u32)| {
        let price = layout.price(index)?;
        Some(TierOffer { name: tier.name.clone(), price, left: Some(*left) })
    };
    tiers.filter_map(tier).collect()
}
