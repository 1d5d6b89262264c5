//! A granted batch is told to the line, and marked. Both may happen twice.

use contracts::id::RoomId;
use platform::postgres;

use super::{
    front,
    store::{self, Batch},
};
use crate::{line::LineError, room::Room, state::Gate};

/// Applies `batch`: calls its places in the line, then begins their claim windows in PostgreSQL.
///
/// # Errors
/// When a store is away. The batch stays unapplied, and the next tick tries again; nobody else is called before.
pub async fn apply(gate: &Gate, room: &Room, batch: &Batch) -> Result<(), LineError> {
    let now = gate.room_clock.now();
    let told = front::store::apply(&gate.redis, room.id, now, batch).await?;
    let mut tx = postgres::begin(&gate.postgres).await?;
    // A line that the room has left (failed over, and still answering here) cannot say who was called: the one that the
    // room lives in is told by its own gates. The lock keeps the epoch as it is until the mark is written.
    if store::epoch(&mut tx, room.id).await? != Some(told.epoch) {
        postgres::rollback(tx).await;
        return Err(LineError::Lost);
    }
    if store::mark_applied(&mut tx, room.id, batch, &told, now).await? {
        postgres::commit(tx).await?;
    } else {
        postgres::rollback(tx).await;
    }
    Ok(())
}

/// Applies the batch that an earlier tick granted and could not apply, if there is one.
///
/// # Errors
/// As [`apply`].
pub async fn apply_rest(gate: &Gate, room: &Room) -> Result<(), LineError> {
    match store::unapplied(&gate.postgres, room.id).await? {
        Some(batch) => {
            let id: RoomId = room.id;
            tracing::info!(room.id = %id, batch.tick = batch.tick, "a batch is applied again");
            apply(gate, room, &batch).await
        }
        None => Ok(()),
    }
}
