//! The intervals in which a room's order and caps (promises W1, W2) are suspended because everybody is let through: written
//! in the transaction of the change that begins or ends them, and counted apart.

pub mod count;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use platform::postgres::{StoreError, Tx};
use serde_json::{Value, json};

use super::Room;

/// How long a pass lives that was given while everybody was let through. It is not renewed afterwards.
pub const LAPSES: TimeDelta = contracts::assertion::LASTS;

/// What is said of a room that failed open.
pub const NOBODY_CALLS: &str = "No gate could call anybody for 10 seconds.";

/// Why a line is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The organizer said so.
    Bypass,
    /// No gate could call anybody, and the room's policy says to let everybody through then.
    FailedOpen,
}

impl Cause {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::FailedOpen => "failed_open",
        }
    }
}

/// Why the line of `room` is suspended; `None` while it is not.
pub fn cause(room: &Room) -> Option<Cause> {
    if room.failed_open_at.is_some() {
        return Some(Cause::FailedOpen);
    }
    room.lets_all_through().then_some(Cause::Bypass)
}

/// Ends the interval that `before` was in and begins the one that `after` is in, where they differ. Says what the log is to
/// say of the one that ended.
///
/// # Errors
/// When the database is away.
pub async fn follow(
    tx: &mut Tx,
    before: &Room,
    after: &Room,
    now: Option<DateTime<Utc>>,
) -> Result<Option<Value>, StoreError> {
    let (old, new) = (cause(before), cause(after));
    if old == new {
        return Ok(None);
    }
    let mut told = None;
    if old.is_some()
        && let Some(ended) = store::end(tx, after.id, now).await?
    {
        told = Some(json!({
            "cause": ended.cause, "since": ended.began_at, "until": ended.ended_at,
            "lapsedBy": ended.ended_at + LAPSES, "visitors": ended.visitors,
        }));
    }
    if let Some(new) = new {
        let reason = after.why().unwrap_or(NOBODY_CALLS);
        store::begin(tx, after.id, new, reason, now).await?;
    }
    Ok(told)
}
