//! The one shape of every change to a room: lock it, decide, write it with its log entry, in one transaction.

use contracts::id::{AccountId, RoomId};
use platform::postgres::{self, StoreError};
use serde_json::Value;

use super::{IllegalStep, Room, Step, WrongSetting, store};
use crate::state::Gate;

/// Why a room was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRoomError {
    /// There is none with this id that belongs to the caller.
    #[error("no room {0} of this organizer")]
    UnknownRoom(RoomId),
    /// Its state does not allow it.
    #[error("the step is not allowed")]
    Illegal(#[from] IllegalStep),
    /// Somebody changed it since the caller read it.
    #[error("the settings are at version {now}")]
    Stale {
        /// The version that holds now.
        now: i64,
    },
    /// A value lies outside its bounds.
    #[error("a setting is outside its bounds")]
    Wrong(#[from] WrongSetting),
    /// The store failed; nothing was changed, unless the outcome of the commit is unknown.
    #[error("changing the room failed")]
    Store(#[from] StoreError),
}

/// What a change leaves in the log.
#[derive(Debug)]
pub struct Entry {
    /// What happened.
    pub kind: &'static str,
    /// The particulars.
    pub detail: Value,
}

/// Changes the room called `id`, on behalf of its owner `actor`, as `decide` says. Every change raises the version,
/// holds from the commit on for every grant, and is seen by every gate within a second (promise W7).
///
/// # Errors
/// Those of `decide`, and [`ChangeRoomError::UnknownRoom`].
pub(super) async fn change(
    gate: &Gate,
    id: RoomId,
    actor: AccountId,
    decide: impl FnOnce(&mut Room) -> Result<Entry, ChangeRoomError> + Send,
) -> Result<Room, ChangeRoomError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let locked = store::lock(&mut tx, id).await?.filter(|room| room.owner == actor);
    let mut room = locked.ok_or(ChangeRoomError::UnknownRoom(id))?;
    let entry = decide(&mut room)?;
    room.version += 1;
    store::update(&mut tx, &room).await?;
    store::append_log(&mut tx, id, Some(actor), entry.kind, &entry.detail).await?;
    postgres::commit(tx).await?;
    gate.rooms.put(room.clone());
    tracing::info!(room.id = %id, room.version = room.version, "a room was {}", entry.kind);
    Ok(room)
}

/// Takes one step in the life of the room called `id`.
///
/// # Errors
/// [`ChangeRoomError`].
pub(super) async fn step(
    gate: &Gate,
    id: RoomId,
    actor: AccountId,
    step: Step,
    reason: Option<String>,
) -> Result<Room, ChangeRoomError> {
    change(gate, id, actor, move |room| {
        let from = room.state;
        room.state = from.after(step)?;
        let detail = serde_json::json!({ "from": from.name(), "to": room.state.name(), "reason": reason });
        room.pause_reason = reason;
        Ok(Entry { kind: step.name(), detail })
    })
    .await
}
