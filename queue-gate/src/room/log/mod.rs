//! What happened to a room, in order: for its organizer with everything, for everybody without identities. Each entry is
//! chained to the one before it, by a trigger and under the room's lock.

pub mod handler;
pub mod public;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, RoomId};
use serde::Serialize;
use serde_json::Value;

use super::change::ChangeRoomError;
use crate::state::Gate;

/// The most entries in one answer.
pub const LIMIT: i64 = 500;

/// One entry of a room's log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Its number; later entries have larger ones.
    pub entry: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; the gate itself where absent.
    pub actor: Option<AccountId>,
    /// What happened.
    pub kind: String,
    /// The particulars.
    pub detail: Value,
    /// SHA-256 of the hash before and of this entry's content, in hex.
    pub hash: String,
}

/// What the chain of a log says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// How many entries there are.
    pub entries: i64,
    /// The hash of the last one, in hex; it stands for all of them.
    pub head: Option<String>,
    /// The first entry that does not follow from those before it; absent where all do.
    pub broken_at: Option<i64>,
    /// Whether all entries follow from one another.
    pub is_intact: bool,
}

/// The entries of a room of `actor` after the entry `after`, oldest first, at most `limit`.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`].
pub async fn log(
    gate: &Gate,
    id: RoomId,
    actor: AccountId,
    after: i64,
) -> Result<Vec<LogEntry>, ChangeRoomError> {
    let room = own(gate, id, actor).await?;
    Ok(store::log(&gate.postgres, room, after, LIMIT).await?)
}

/// Works the chain of a room's log out again and compares.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`].
pub async fn verify(gate: &Gate, id: RoomId, actor: AccountId) -> Result<Chain, ChangeRoomError> {
    let room = own(gate, id, actor).await?;
    Ok(store::verify(&gate.postgres, room).await?)
}

/// The room called `id`, if it is the organizer's.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`].
pub async fn own(gate: &Gate, id: RoomId, actor: AccountId) -> Result<RoomId, ChangeRoomError> {
    let room = super::store::get(&gate.postgres, id, actor).await?;
    room.map(|room| room.id).ok_or(ChangeRoomError::UnknownRoom(id))
}
