//! Giving tickets back before the hold ends.

use contracts::id::{AccountId, EventId, HoldId, HoldRef, PassId};
use platform::{postgres::StoreError, telemetry::Chain};
use tracing::instrument;

use super::store;
use crate::{order, state::Booking};

/// Why the hold stays.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// It is somebody else's.
    #[error("the hold is somebody else's")]
    NotYours,
    /// It is being paid: the order is what one cancels.
    #[error("the hold is being paid")]
    Confirmed,
    /// A store failed.
    #[error("releasing a hold failed")]
    Store(#[from] StoreError),
}

/// Gives the tickets back. One that has ended already is given back already.
///
/// # Errors
/// [`ReleaseError`].
#[instrument(name = "hold.release", skip_all, fields(hold.id = %of.hold))]
pub async fn release(app: &Booking, account: AccountId, of: HoldRef) -> Result<(), ReleaseError> {
    let redis = &mut app.redis.clone();
    let Some(hold) = store::find(redis, of.event, of.hold).await? else { return Ok(()) };
    if hold.about.account != account {
        return Err(ReleaseError::NotYours);
    }
    let order = order::store::find_by_hold(&app.postgres, of.event, of.hold).await?;
    if order.is_some_and(|order| order.state.is_open()) {
        return Err(ReleaseError::Confirmed);
    }
    store::release(redis, of.event, account, of.hold).await?;
    Ok(())
}

/// The same for a hold that has served: the order is settled. It would end by itself, so a failure is only logged.
pub async fn forget(app: &Booking, event: EventId, account: AccountId, hold: HoldId) {
    if let Err(error) = store::release(&mut app.redis.clone(), event, account, hold).await {
        tracing::warn!(hold.id = %hold, error = %Chain(&error), "a hold stays until it ends by itself");
    }
}

/// The fan leaves: everything is given back that the account holds of `event` and does not pay for. Its pass is left as
/// it is; the gate takes it back when the fan tells it.
///
/// # Errors
/// When a store failed; asking again gives back what is left.
#[instrument(name = "hold.leave", skip_all, fields(event.id = %event))]
pub async fn leave(app: &Booking, account: AccountId, event: EventId) -> Result<(), StoreError> {
    let holds = store::of_account(&mut app.redis.clone(), event, account).await?;
    give_back(app, event, &holds).await
}

/// The same for all holds that were placed with a pass whose fan left.
///
/// # Errors
/// When a store failed; asking again gives back what is left.
pub async fn leave_with(app: &Booking, event: EventId, pass: PassId) -> Result<(), StoreError> {
    let holds = store::of_pass(&mut app.redis.clone(), event, pass).await?;
    give_back(app, event, &holds).await
}

async fn give_back(app: &Booking, event: EventId, holds: &[HoldId]) -> Result<(), StoreError> {
    let redis = &mut app.redis.clone();
    for id in holds {
        let Some(hold) = store::find(redis, event, *id).await? else { continue };
        let order = order::store::find_by_hold(&app.postgres, event, *id).await?;
        if order.is_none_or(|order| !order.state.is_open()) {
            store::release(redis, event, hold.about.account, *id).await?;
        }
    }
    Ok(())
}
