//! Places in line. The line lives in Redis; its numbers are unique for ever, and a fan's signed place proves one that
//! Redis has lost (promise W3).

pub mod epoch;
pub mod handler;
pub mod join;
pub mod leave;
pub mod restore;
pub mod store;
pub mod take;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use platform::postgres::StoreError;

/// Where a place is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceState {
    /// In line.
    Waiting,
    /// Parked: its holder was away. It keeps its number.
    Away,
    /// It is its turn.
    Called,
    /// Its holder has claimed and is inside.
    Inside,
    /// Over.
    Ended,
}

/// Where a place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub number: PlaceNumber,
    /// Where it is in its life.
    pub state: PlaceState,
    /// The lane that it is in.
    pub lane: Lane,
    /// Live places of its lane ahead of it.
    pub ahead: u64,
    /// Live places in its lane, itself included while it waits.
    pub waiting: u64,
    /// The end of the claim window or of the session, while called or inside.
    pub ends: Option<DateTime<Utc>>,
    /// The last tick of the room.
    pub tick: u64,
}

/// Somebody who takes a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joining {
    /// The visitor.
    pub visitor: VisitorId,
    /// The lane that they have a claim to.
    pub lane: Option<Lane>,
    /// Their account, where they are signed in.
    pub account: Option<AccountId>,
}

/// A place that was taken, or found to be held already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Its number.
    pub number: PlaceNumber,
    /// Whether the visitor had it before.
    pub again: bool,
    /// The lane that it is in.
    pub lane: Lane,
    /// Live places of its lane ahead of it.
    pub ahead: u64,
}

/// Why the line could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// This Redis does not hold the line as it was: [`epoch::recover`] it, then ask again.
    #[error("the line was lost by its Redis")]
    Lost,
    /// Too many joins wait already.
    #[error("too many joins at once")]
    Busy,
    /// The store failed. Every question may be asked again.
    #[error("the line could not be asked")]
    Store(#[from] StoreError),
}

impl LineError {
    /// The same, for another of those who asked together.
    pub(crate) fn for_another(&self) -> Self {
        match self {
            Self::Lost => Self::Lost,
            Self::Busy => Self::Busy,
            Self::Store(StoreError::Redis(error)) => Self::Store(StoreError::Redis(error.clone())),
            Self::Store(error) => Self::Store(StoreError::Unexpected(error.to_string())),
        }
    }
}

impl Standing {
    /// Live places behind it.
    pub fn behind(&self) -> u64 {
        self.waiting.saturating_sub(self.ahead + 1)
    }
}

/// How often a verb recovers a lost line and asks again, before it gives up.
const RECOVERIES: u32 = 3;

/// Asks the line of `room`; where it turns out to be lost, recovers it and asks again.
///
/// # Errors
/// What `ask` says, or that the line cannot be recovered at the moment.
pub async fn with_recovery<T, F>(
    gate: &crate::state::Gate,
    room: RoomId,
    mut ask: impl FnMut() -> F + Send,
) -> Result<T, LineError>
where
    F: Future<Output = Result<T, LineError>> + Send,
{
    for _ in 0..RECOVERIES {
        match ask().await {
            Err(LineError::Lost) => epoch::recover(gate, room).await?,
            other => return other,
        }
    }
    ask().await
}
