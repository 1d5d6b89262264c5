//! The steps that an organizer takes: each a step of [`Step`], with a reason where fans are to read one.

pub mod handler;

use super::{
    MESSAGE_MAX, Step,
    change::{self, Ask, ChangeRoomError, Changed},
    check_text,
};
use crate::state::Gate;

/// Takes `step`. Pausing, bypassing and rejecting take a reason, which fans read; who is called or inside stays so.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] where the reason is empty or too long, [`ChangeRoomError::Illegal`] where the room's state
/// does not allow the step.
pub async fn take(
    gate: &Gate,
    ask: &Ask,
    step: Step,
    reason: Option<String>,
) -> Result<Changed, ChangeRoomError> {
    if let Some(reason) = &reason {
        check_text("reason", reason, MESSAGE_MAX)?;
    }
    change::step(gate, ask, step, reason).await
}
