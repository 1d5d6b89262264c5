//! The line is told of merges that stand in PostgreSQL. A place that was called in between undoes its merge.

use contracts::id::RoomId;
use platform::postgres;

use super::store::{self, Merge};
use crate::{
    line::{self, LineError},
    mail,
    state::Gate,
};

/// Tells the line of `room` of every merge that it was not told of. To be called by every tick.
///
/// # Errors
/// When a store is away; the next tick tries again.
pub async fn finish(gate: &Gate, room: RoomId) -> Result<(), LineError> {
    for merge in store::unapplied(&gate.postgres, room).await? {
        tell(gate, room, &merge).await?;
    }
    Ok(())
}

/// Tells the line of one merge. `false` where one of its places was called: then it is undone.
///
/// # Errors
/// When a store is away.
pub async fn tell(gate: &Gate, room: RoomId, merge: &Merge) -> Result<bool, LineError> {
    let ask = || line::store::merge(&gate.redis, room, gate.room_clock.now(), merge);
    let is_merged = line::with_recovery(gate, room, ask).await?;
    if let Some(given_up) = merge.given_up {
        let mut tx = postgres::begin(&gate.postgres).await?;
        if is_merged {
            store::applied(&mut tx, room, given_up, gate.clock.now()).await?;
            mail::store::follow(&mut tx, room, given_up, merge.into).await?;
        } else {
            store::undo(&mut tx, room, given_up).await?;
        }
        postgres::commit(tx).await?;
    }
    Ok(is_merged)
}
