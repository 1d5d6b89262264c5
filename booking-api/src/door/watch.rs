//! What the doors of an event have counted, for its organizer and for those who work at them.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, TicketId};
use platform::postgres::StoreError;

use super::{
    Cause, Door, Passage,
    close::CloseError,
    store::{self, Counts},
};
use crate::{state::Booking, ticket};

/// The most conflicts that are listed: the newest.
const LISTED: i64 = 200;

/// The doors of an event.
#[derive(Clone, Debug)]
pub struct Doors {
    /// Each with what it counted.
    pub doors: Vec<(Door, Counts)>,
    /// With how many tickets somebody is inside.
    pub inside: i64,
    /// What is wrong, newest first.
    pub conflicts: Vec<Told>,
}

/// A conflict as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is wrong.
    pub cause: Cause,
    /// The ticket.
    pub ticket: TicketId,
    /// Where it is.
    pub place: String,
    /// The scan that was wrong.
    pub late: Passage,
    /// The scan before.
    pub first: Option<Passage>,
    /// When it was found.
    pub found_at: DateTime<Utc>,
}

/// All doors of an event, for its organizer.
///
/// # Errors
/// [`CloseError`]: who may close the doors may look at them.
pub async fn doors(app: &Booking, organizer: AccountId, event: EventId) -> Result<Doors, CloseError> {
    let owner = ticket::store::owner(&app.postgres, event).await?.ok_or(CloseError::Unknown)?;
    if owner != organizer {
        return Err(CloseError::NotYours);
    }
    Ok(Doors {
        doors: store::doors(&app.postgres, event).await?,
        inside: store::inside(&app.postgres, event).await?,
        conflicts: store::scans::conflicts(&app.postgres, event, LISTED).await?,
    })
}

/// What one door has counted, and how many are inside.
///
/// # Errors
/// When the database fails.
pub async fn counts(app: &Booking, event: EventId) -> Result<(Vec<(Door, Counts)>, i64), StoreError> {
    Ok((store::doors(&app.postgres, event).await?, store::inside(&app.postgres, event).await?))
}
