//! An organizer says who may take a place.

use super::Entry;
use crate::{
    room::change::{self, Ask, ChangeRoomError, Changed, Entry as LogEntry},
    state::Gate,
};

/// Says who may take a place in a room from now on. Places that were taken stay.
///
/// # Errors
/// [`ChangeRoomError::NoVersion`] without a version, in the body or in `ask`; [`ChangeRoomError::Stale`] where somebody was
/// faster.
pub async fn set(
    gate: &Gate,
    ask: &Ask,
    version: Option<i64>,
    entry: Entry,
) -> Result<Changed, ChangeRoomError> {
    change::change_read(gate, ask, version, move |room| {
        let detail = serde_json::json!({ "from": room.policy.entry, "to": entry });
        room.policy.entry = entry;
        Ok(LogEntry { kind: "entrySet", detail })
    })
    .await
}
