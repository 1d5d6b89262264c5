//! What happened to a room, in order.

use contracts::id::{AccountId, RoomId};

use super::{
    change::ChangeRoomError,
    store::{self, LogEntry},
};
use crate::state::Gate;

/// The most entries in one answer.
pub const LIMIT: i64 = 500;

/// The entries after the entry `after`, oldest first, at most [`LIMIT`].
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`].
pub async fn log(
    gate: &Gate,
    id: RoomId,
    actor: AccountId,
    after: i64,
) -> Result<Vec<LogEntry>, ChangeRoomError> {
    let room = store::get(&gate.postgres, id, actor).await?;
    let room = room.ok_or(ChangeRoomError::UnknownRoom(id))?;
    Ok(store::log(&gate.postgres, room.id, after, LIMIT).await?)
}
