//! The tickets that one holds, bought or received.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, TicketRef},
    message::EventBrief,
    ticket_code::TicketCode,
};
use platform::postgres::StoreError;

use super::store;
use crate::state::Booking;

/// The most that a list shows.
const LISTED: i64 = 200;

/// A ticket that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What its code says.
    pub code: TicketCode,
    /// What is on.
    pub event: EventBrief,
    /// Where it is.
    pub place: String,
    /// Whom it was sent to, and until when that holds.
    pub on_its_way: Option<(String, DateTime<Utc>)>,
    /// Whether its organizer lets it be sent.
    pub may_be_sent: bool,
}

/// The tickets that `account` holds, the next event first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &Booking, account: AccountId) -> Result<Vec<Held>, StoreError> {
    store::held(&app.postgres, account, None, app.clock.now(), LISTED).await
}

/// One of them; `None` when the account does not hold it.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &Booking, account: AccountId, of: TicketRef) -> Result<Option<Held>, StoreError> {
    Ok(store::held(&app.postgres, account, Some(of), app.clock.now(), 1).await?.pop())
}
