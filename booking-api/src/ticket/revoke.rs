//! The list of codes that no door accepts any more, signed so that a scanner needs no network to believe it.

use chrono::TimeDelta;
use contracts::{id::EventId, revocation::Revocations, token};
use platform::postgres::StoreError;

use super::store;
use crate::state::Booking;

/// The most entries of one part.
const PART: i64 = 10_000;
/// For how long a scanner may rely on what it was told.
const LASTS: TimeDelta = TimeDelta::hours(24);

/// A part of the list, and its signed form.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it says.
    pub said: Revocations,
    /// The same, signed.
    pub token: String,
    /// Whether there is more after it.
    pub more: bool,
}

/// What came onto the list of `event` after version `since`.
///
/// # Errors
/// When the database fails.
pub async fn revocations(app: &Booking, event: EventId, since: u64) -> Result<Part, StoreError> {
    let entries = store::revocations(&app.catalog, event, since, PART).await?;
    let now = app.clock.now();
    let said = Revocations {
        event,
        since,
        version: entries.last().map_or(since, |last| last.version),
        revoked: entries.iter().map(|entry| (entry.ticket.number(), entry.serial)).collect(),
        iat: now,
        exp: now + LASTS,
    };
    let more = i64::try_from(entries.len()).is_ok_and(|count| count == PART);
    Ok(Part { token: token::sign(&said, &app.keys.ticket), said, more })
}
