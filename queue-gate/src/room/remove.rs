//! A room that never opened is taken away: it is closed, and shown no more. What happened to it stays on its log.

use platform::postgres;

use super::{
    IllegalStep, RoomState, Step,
    change::{self, Ask, ChangeRoomError, Changed, Entry},
    store,
};
use crate::state::Gate;

/// Removes a room that never opened, and whose event is guarded no longer then.
///
/// # Errors
/// [`ChangeRoomError::Illegal`] where it was open at any time: close it, so that its history stays to be seen.
pub async fn remove(gate: &Gate, ask: &Ask) -> Result<Changed, ChangeRoomError> {
    let (mut tx, before) = change::begin(gate, ask).await?;
    let was_open = store::was_open(&mut tx, before.id).await?;
    if was_open || !matches!(before.state, RoomState::Scheduled | RoomState::Lobby) {
        postgres::rollback(tx).await;
        return Err(IllegalStep { from: before.state, step: Step::Remove }.into());
    }
    let mut after = before.clone();
    after.take(Step::Close, None)?;
    let detail = serde_json::json!({ "from": before.state.name(), "to": after.state.name() });
    let entry = Entry { kind: Step::Remove.name(), detail };
    store::mark_removed(&mut tx, &after).await?;
    change::finish(gate, ask, tx, before, after, entry).await
}
