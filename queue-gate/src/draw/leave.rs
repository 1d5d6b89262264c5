//! Leaving the lobby.

use contracts::{
    id::{RoomId, VisitorId},
    lobby::PlaceId,
};

use super::store::line::{self, Left};
use crate::{
    line::{LineError, with_recovery},
    state::Gate,
};

/// Takes `visitor` out of the lobby of `room`. An entry that is being drawn is left there: it can be given up as a place.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn leave(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<Left, LineError> {
    let place = PlaceId::of(room, visitor, &gate.keys.secret);
    with_recovery(gate, room, || line::leave(&gate.redis, room, place, visitor)).await
}
