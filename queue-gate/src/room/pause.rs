//! Calling stops, and the waiting are told why.

use contracts::id::{AccountId, RoomId};

use super::{
    MESSAGE_MAX, Room, Step,
    change::{self, ChangeRoomError},
    check_text,
};
use crate::state::Gate;

/// Stops calling until somebody resumes, and shows `reason` to the waiting. Who is called or inside stays so.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] where the reason is empty or too long; else as every step.
pub async fn pause(
    gate: &Gate,
    id: RoomId,
    actor: AccountId,
    reason: String,
) -> Result<Room, ChangeRoomError> {
    check_text("reason", &reason, MESSAGE_MAX)?;
    change::step(gate, id, actor, Step::Pause, Some(reason)).await
}
