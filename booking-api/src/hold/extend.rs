//! Letting a hold last as long as its payment may.

use std::time::Duration;

use chrono::TimeDelta;
use platform::postgres::StoreError;

use super::{About, Hold, store};
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
