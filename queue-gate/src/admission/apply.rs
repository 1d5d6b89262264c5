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
    let window = room.settings.claim_window;
    let (may_return, visitors) = front::store::apply(&gate.redis, room.id, now, batch, window).await?;
    let found: Vec<_> = batch.places.iter().copied().zip(visitors).collect();
    let mut tx = postgres::begin(&gate.postgres).await?;
    if store::mark_applied(&mut tx, room.id, batch.tick, &found, may_return, now).await? {
        postgres::commit(tx).await?;
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
