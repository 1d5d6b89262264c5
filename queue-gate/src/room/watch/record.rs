//! What is put on record of every room that lives: where its numbers stand, and each minute once. Any number of gates do this.

use contracts::id::RoomId;
use platform::telemetry::Chain;

use super::store;
use crate::{
    admission::census,
    line::LineError,
    room::{Room, RoomState},
    state::Gate,
};

/// Records what is due of every room.
pub async fn record_all(gate: &Gate) {
    for room in gate.rooms.all() {
        if room.state == RoomState::Closed {
            continue;
        }
        if let Err(error) = record(gate, &room).await {
            tracing::debug!(room.id = %room.id, error = %Chain(&error), "a room's numbers are not on record");
        }
    }
}

/// Records what is due of `room`.
///
/// # Errors
/// When a store is away: then the next time does, but for a minute that is over by then.
pub async fn record(gate: &Gate, room: &Room) -> Result<(), LineError> {
    let (id, now): (RoomId, _) = (room.id, gate.room_clock.now());
    if let Ok(Some(number)) = store::last_number(&gate.redis, id).await {
        store::mark(&gate.postgres, id, number, now).await?;
    }
    if !store::has_minute(&gate.postgres, id, now).await? {
        let census = census::count(gate, room).await?;
        store::add_minute(&gate.postgres, room, &census, now).await?;
    }
    Ok(())
}
