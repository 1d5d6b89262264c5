//! The room ends: nobody is called any more, and its event is guarded no longer. Who is inside stays inside.

use contracts::id::{AccountId, RoomId};

use super::{
    Room, Step,
    change::{self, ChangeRoomError},
};
use crate::state::Gate;

/// The room ends: nobody is called any more, and its event is guarded no longer. Who is inside stays inside.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`], or [`ChangeRoomError::Illegal`] where the room's state does not allow it.
pub async fn close(gate: &Gate, id: RoomId, actor: AccountId) -> Result<Room, ChangeRoomError> {
    change::step(gate, id, actor, Step::Close, None).await
}
