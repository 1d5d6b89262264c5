//! Calling begins.

use contracts::id::{AccountId, RoomId};

use super::{
    Room, Step,
    change::{self, ChangeRoomError},
};
use crate::state::Gate;

/// Calling begins.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`], or [`ChangeRoomError::Illegal`] where the room's state does not allow it.
pub async fn open(gate: &Gate, id: RoomId, actor: AccountId) -> Result<Room, ChangeRoomError> {
    change::step(gate, id, actor, Step::Open, None).await
}
