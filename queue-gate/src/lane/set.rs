//! An organizer says which lanes a room has.

use super::Wanted;
use crate::{
    room::change::{self, Ask, ChangeRoomError, Changed, Entry},
    state::Gate,
};

/// Gives a room these lanes, in this order. The next batch is shared out by them.
///
/// # Errors
/// [`ChangeRoomError::NoVersion`] without a version, in the body or in `ask`; [`ChangeRoomError::Stale`] where somebody was
/// faster; [`ChangeRoomError::Wrong`] where these are no set of lanes, or one that there was is missing.
pub async fn set(
    gate: &Gate,
    ask: &Ask,
    version: Option<i64>,
    wanted: Vec<Wanted>,
) -> Result<Changed, ChangeRoomError> {
    change::change_read(gate, ask, version, move |room| {
        let lanes = room.policy.lanes.with(&wanted)?;
        let detail = serde_json::json!({ "from": room.policy.lanes, "to": lanes });
        room.policy.lanes = lanes;
        Ok(Entry { kind: "lanesSet", detail })
    })
    .await
}
