//! Leaving the line.

use contracts::{
    id::{AccountId, RoomId, VisitorId},
    place::PlaceNumber,
};

use super::{LineError, PlaceState, store, with_recovery};
use crate::state::Gate;

/// Takes `visitor` out of the line of `room`, and the place with them unless `keeper` keeps it. Says which place that was and where it stood; one that is called or inside
/// stays, because its slot must end first. `None` where they had no place.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn leave(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    account: Option<AccountId>,
    keeper: Option<VisitorId>,
) -> Result<Option<(PlaceNumber, PlaceState)>, LineError> {
    let ask = || store::leave(&gate.redis, room, gate.room_clock.now(), visitor, account, keeper);
    with_recovery(gate, room, ask).await
}
