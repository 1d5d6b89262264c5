//! Slots that booking-api needs no longer.

use std::collections::HashMap;

use super::{expire, store};
use crate::{line::LineError, state::Gate};

/// How many releases one transaction consumes.
const AT_ONCE: i64 = 500;

/// Consumes the releases that wait, and says how many slots they ended. Any number of gates may do this.
///
/// # Errors
/// When a store is away. Slots are ended all the same; the line is brought in step by the room's next ticks.
pub async fn consume(gate: &Gate) -> Result<usize, LineError> {
    let ended = store::consume_releases(&gate.postgres, gate.room_clock.now(), AT_ONCE).await?;
    let count = ended.len();
    let mut by_room: HashMap<_, Vec<_>> = HashMap::new();
    for slot in ended {
        by_room.entry(slot.room).or_default().push(slot);
    }
    for (room, ended) in by_room {
        expire::settle(gate, room, &ended).await?;
    }
    Ok(count)
}
