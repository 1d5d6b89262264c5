//! Calling goes on after a pause.

use contracts::id::{AccountId, RoomId};

use super::{
    Room, Step,
    change::{self, ChangeRoomError},
};
use crate::state::Gate;

/// Calling goes on after a pause.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`], or [`ChangeRoomError::Illegal`] where the room's state does not allow it.
pub async fn resume(gate: &Gate, id: RoomId, actor: AccountId) -> Result<Room, ChangeRoomError> {
    change::step(gate, id, actor, Step::Resume, None).await
}
