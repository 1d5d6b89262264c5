//! Letting a hold last longer: as long as its payment may, or for a fan who needs a little more time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, HoldRef};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{
    About, Hold,
    find::{self, FindError},
    place::{self, Priced},
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

/// Until when a hold may last that was placed at `since`, however often its fan asks.
pub fn longest(app: &Booking, since: DateTime<Utc>) -> DateTime<Utc> {
    since + TimeDelta::from_std(app.config.hold_longest.max(app.config.hold_lasts)).unwrap_or_default()
}

/// Lets the hold last as long from now as a new one would, but not past [`longest`]; there it stays as it is.
///
/// # Errors
/// [`FindError`].
#[instrument(name = "hold.extend", skip_all, fields(hold.id = %of.hold))]
pub async fn prolong(app: &Booking, account: AccountId, of: HoldRef) -> Result<Priced, FindError> {
    let mut hold = find::own(app, account, of).await?;
    let now = app.clock.now();
    let fresh = now + TimeDelta::from_std(app.config.hold_lasts).unwrap_or_default();
    let end = fresh.min(longest(app, hold.about.since));
    // What the waitlist offers is kept until the end of the offer, and no longer.
    let end = if hold.about.offer.is_some() { hold.about.end } else { end };
    if end > hold.about.end {
        let lasts = (end - now).to_std().unwrap_or_default();
        let about = About { end, ..hold.about };
        if !store::extend(&mut app.redis.clone(), hold.id, &about, lasts).await? {
            return Err(FindError::Gone);
        }
        hold.about = about;
    }
    Ok(place::priced(app, hold, true).await?)
}
