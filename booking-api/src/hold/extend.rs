//! Letting a hold last longer: as long as its payment may, or for a fan who needs a little more time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, HoldRef};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{
    About, Hold,
    place::{self, PlaceError, Priced},
    store,
};
use crate::state::Booking;

/// How much longer than the claim the hold lasts, so that the claim is gone first.
const MARGIN: Duration = Duration::from_mins(1);

/// Lets `hold` last past the end of a claim that begins now; `false` when it is gone.
///
/// # Errors
/// When Redis fails.
pub async fn extend(app: &Booking, hold: &Hold) -> Result<bool, StoreError> {
    let lasts = app.config.payment_lasts + MARGIN;
    let end = app.clock.now() + TimeDelta::from_std(lasts).unwrap_or_default();
    let about = About { end: end.max(hold.about.end), ..hold.about.clone() };
    store::extend(&mut app.redis.clone(), hold.id, &about, lasts).await
}

/// Why a hold does not last longer.
#[derive(Debug, thiserror::Error)]
pub enum ProlongError {
    /// It has ended, or never was.
    #[error("there is no such hold any more")]
    Gone,
    /// It is somebody else's.
    #[error("the hold is somebody else's")]
    NotYours,
    /// Nobody knows what its tickets are.
    #[error("the tickets of the hold are not known")]
    Priced(#[from] PlaceError),
    /// A store failed.
    #[error("extending a hold failed")]
    Store(#[from] StoreError),
}

/// Until when a hold may last that was placed at `since`, however often its fan asks.
pub fn longest(app: &Booking, since: DateTime<Utc>) -> DateTime<Utc> {
    since + TimeDelta::from_std(app.config.hold_longest.max(app.config.hold_lasts)).unwrap_or_default()
}

/// Lets the hold last as long from now as a new one would, but not past [`longest`]; there it stays as it is.
///
/// # Errors
/// [`ProlongError`].
#[instrument(name = "hold.extend", skip_all, fields(hold.id = %of.hold))]
pub async fn prolong(app: &Booking, account: AccountId, of: HoldRef) -> Result<Priced, ProlongError> {
    let redis = &mut app.redis.clone();
    let mut hold = store::find(redis, of.event, of.hold).await?.ok_or(ProlongError::Gone)?;
    if hold.about.account != account {
        return Err(ProlongError::NotYours);
    }
    let now = app.clock.now();
    let fresh = now + TimeDelta::from_std(app.config.hold_lasts).unwrap_or_default();
    let end = fresh.min(longest(app, hold.about.since));
    if end > hold.about.end {
        let lasts = (end - now).to_std().unwrap_or_default();
        let about = About { end, ..hold.about };
        if !store::extend(redis, hold.id, &about, lasts).await? {
            return Err(ProlongError::Gone);
        }
        hold.about = about;
    }
    Ok(place::priced(app, hold, true).await?)
}
