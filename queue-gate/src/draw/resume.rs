//! A line that was lost begins anew: where its draw was stands in the record.

use contracts::id::RoomId;

use super::{
    Phase,
    store::{
        line::{self, Stage},
        record,
    },
};
use crate::{line::LineError, state::Gate};

/// Tells the Redis called `run_id`, before an epoch begins there, how far the draw of `room` is: a closed lobby does not open
/// again for those who come late. `false` when it is another Redis by now.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn resume(gate: &Gate, room: RoomId, run_id: &str) -> Result<bool, LineError> {
    let stage = match record::phase(&gate.postgres, room).await? {
        None | Some(Phase::Committed) => return Ok(true),
        Some(Phase::Opened) => Stage::Restoring,
        Some(Phase::Frozen | Phase::Drawn) => Stage::Frozen,
        Some(Phase::Done) => Stage::Done,
    };
    line::resume(&gate.redis, room, run_id, stage).await
}
