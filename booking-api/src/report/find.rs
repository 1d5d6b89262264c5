//! Putting the tables together.

use contracts::{
    id::{AccountId, EventId, OrderId},
    money::Currency,
};
use platform::postgres::StoreError;

use super::{Report, Row, store};
use crate::{
    offer::own::{NotOwned, own},
    state::Booking,
};

/// How many orders are read at once.
const AT_ONCE: i64 = 500;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no such event, or it is another organizer's.
    #[error(transparent)]
    Event(#[from] NotOwned),
    /// The database failed.
    #[error("reading orders failed")]
    Store(#[from] StoreError),
}

/// What the amounts of one's own event are in, and the clock of its venue.
///
/// # Errors
/// [`ReportError`].
pub async fn frame(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
) -> Result<(Currency, String), ReportError> {
    own(&app.catalog, organizer, event).await?;
    Ok(store::frame(&app.catalog, event).await?.ok_or(NotOwned::Unknown)?)
}

/// The sales of one's own event.
///
/// # Errors
/// [`ReportError`].
pub async fn report(app: &Booking, organizer: AccountId, event: EventId) -> Result<Report, ReportError> {
    let (currency, time_zone) = frame(app, organizer, event).await?;
    let rows = store::sales(&app.catalog, event, &time_zone).await?;
    Ok(Report { currency, time_zone, rows })
}

/// The next tickets after the order `after`; none when there are no more. The caller has asked for the [`frame`].
///
/// # Errors
/// When the database fails.
pub async fn page(app: &Booking, event: EventId, after: Option<OrderId>) -> Result<Vec<Row>, StoreError> {
    store::rows(&app.catalog, event, after, AT_ONCE).await
}
