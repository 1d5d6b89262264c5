//! Leaving: the shop, or a turn that one does not want.

use contracts::{
    id::{PassId, RoomId},
    place::PlaceNumber,
};
use platform::postgres::StoreError;

use super::{revoke::Ending, store, tell_line, verify::CONFIRM_WITHIN};
use crate::{admission::front::store::Outcome, state::Gate};

/// Ends the slot behind `pass`: it is free at once, and the pass holds nowhere after a second. Leaving twice is no error.
///
/// # Errors
/// When the store is away; leave again.
pub async fn leave(gate: &Gate, room: RoomId, pass: PassId) -> Result<(), StoreError> {
    if let Some(ended) = store::leave(&gate.postgres, room, pass, gate.room_clock.now()).await? {
        let forget_at = ended.until.unwrap_or_else(|| gate.clock.now()) + CONFIRM_WITHIN;
        gate.revoked.add_as(pass, Ending::Revoked, forget_at);
        tell_line(gate, room, ended.place, Outcome::Over).await;
    }
    Ok(())
}

/// Ends the called slot of `place`: its holder does not want the turn.
///
/// # Errors
/// When the store is away; decline again.
pub async fn decline(gate: &Gate, room: RoomId, place: PlaceNumber) -> Result<(), StoreError> {
    if store::decline(&gate.postgres, room, place, gate.room_clock.now()).await? {
        tell_line(gate, room, place, Outcome::Over).await;
    }
    Ok(())
}
