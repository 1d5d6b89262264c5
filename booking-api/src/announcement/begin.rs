//! What of a change is worth a mail to everybody.

use chrono::{DateTime, Utc};
use contracts::{id::VenueId, message::EventChange};
use platform::postgres::{StoreError, Tx};

use super::{Announcement, store};
use crate::catalog::event::{Event, Publication};

/// What an event is from now on, as far as who has a ticket must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Where it is.
    pub venue: VenueId,
    /// Whether it takes place.
    pub publication: Publication,
}

/// What is told of a change; `None` where those with tickets need not know.
fn worth_telling(before: &Event, venue: VenueId, now: Now) -> Option<EventChange> {
    let moved = before.facts.starts_at != now.starts_at || venue != now.venue;
    match (before.publication, now.publication) {
        (Publication::Published, Publication::Postponed) => Some(EventChange::Postponed),
        (Publication::Postponed, Publication::Published) => Some(EventChange::Resumed),
        (Publication::Published | Publication::Postponed, Publication::Cancelled) => {
            Some(EventChange::Cancelled)
        }
        (Publication::Published, Publication::Published) => moved.then_some(EventChange::Moved),
        // Of a draft nobody has tickets; of the others it is not known when they take place, or they do not: where they
        // would have been is no news.
        (Publication::Draft | Publication::Cancelled, _)
        | (_, Publication::Draft)
        | (Publication::Postponed, Publication::Postponed) => None,
    }
}

/// Has everybody told who has a ticket, in the transaction that changes the event, under its lock; nobody where they need not
/// know.
///
/// # Errors
/// When the database fails.
pub async fn changed(
    tx: &mut Tx,
    (before, venue): (&Event, VenueId),
    now: Now,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(change) = worth_telling(before, venue, now) else { return Ok(()) };
    begin(tx, (before, venue), change, at).await
}

/// Has everybody told who has a ticket but did not buy it: the others hear of their refund.
///
/// # Errors
/// When the database fails.
pub async fn called_off(
    tx: &mut Tx,
    (before, venue): (&Event, VenueId),
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    begin(tx, (before, venue), EventChange::CalledOff, at).await
}

async fn begin(
    tx: &mut Tx,
    (before, venue): (&Event, VenueId),
    change: EventChange,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let announcement = Announcement {
        event: before.id,
        version: before.version + 1,
        change,
        was_starts_at: before.facts.starts_at,
        was_venue: venue,
        at,
    };
    store::insert(tx, &announcement).await
}
