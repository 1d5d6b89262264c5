//! Which Redis a line lives in. When it was restarted, failed over or wiped, the line begins a new epoch: numbers go on
//! above all given before, what PostgreSQL knows of called places is written back, and fans bring their own.

pub mod store;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use contracts::id::RoomId;
use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};
use store::Raised;

use super::LineError;
use crate::{
    draw, metrics, party,
    room::{Room, RoomState},
    state::Gate,
};

/// How often another gate's recovery is waited for, and how long each time.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);
/// How many places are written back in one call.
const CHUNK: usize = 1000;

/// Makes the line of `room` whole again: raises its epoch by compare-and-set in PostgreSQL (to a Redis that was never
/// left before), writes the places that were called back, and begins the epoch in Redis. Any number of gates may do
/// this at once; a line that is whole is left alone.
///
/// # Errors
/// When a store is away, the room is gone, or Redis is one that the room has left.
pub async fn recover(gate: &Gate, room: RoomId) -> Result<(), LineError> {
    let _one_at_a_time = gate.recovering.lock().await;
    // One gate at a time as well: who finds an epoch raised and not begun cannot tell a gate that is at it from a Redis
    // that was wiped, and would raise another. The lock goes with the connection of a gate that dies.
    let mut turn = postgres::begin(&gate.postgres).await?;
    store::take_turn(&mut turn, room).await?;
    let begun = begin(gate, room).await;
    postgres::rollback(turn).await;
    begun
}

async fn begin(gate: &Gate, room: RoomId) -> Result<(), LineError> {
    for _ in 0..TRIES {
        let Some(epoch) = store::current(&gate.postgres, room).await? else {
            return Err(StoreError::Unexpected(format!("room {room} is gone")).into());
        };
        let health = store::health(&gate.redis, room).await?;
        if health.is_whole() {
            return Ok(());
        }
        match raise(gate, room, epoch, &health.run_id).await? {
            Raised::To { epoch, last_tick } => {
                if write_back(gate, room, &health.run_id).await?
                    && draw::resume::resume(gate, room, &health.run_id).await?
                    && store::begin(&gate.redis, room, epoch, &health.run_id, last_tick).await?
                {
                    ::metrics::counter!(metrics::EPOCHS).increment(1);
                    tracing::warn!(room.id = %room, room.epoch = epoch, "the line begins a new epoch");
                    return Ok(());
                }
            }
            // Another gate is at it.
            Raised::ByAnother => tokio::time::sleep(PAUSE).await,
            Raised::Left => {
                tracing::warn!(room.id = %room, redis.run = health.run_id, "the line has left this Redis for another");
                return Err(LineError::Lost);
            }
        }
    }
    Err(LineError::Busy)
}

/// Bars the lines of rooms that live in another Redis by now than the one that this gate talks to (a master that was
/// failed over and does not know it): from then on it refuses every script, so nobody is given a place there. What is
/// granted needs no bar, because a grant names the epoch.
pub async fn fence(gate: &Gate) {
    let risen = |room: &Arc<Room>| gate.fenced.get(&room.id).is_none_or(|seen| *seen < room.epoch);
    let rooms: Vec<_> =
        gate.rooms.all().into_iter().filter(|room| room.state != RoomState::Closed && risen(room)).collect();
    let bars = rooms.iter().map(async |room| match bar(gate, room.id).await {
        Ok(()) => drop(gate.fenced.insert(room.id, room.epoch)),
        Err(error) => tracing::debug!(room.id = %room.id, error = %Chain(&error), "looked at again later"),
    });
    futures_util::future::join_all(bars).await;
}

async fn bar(gate: &Gate, room: RoomId) -> Result<(), LineError> {
    let Some((epoch, run_id)) = store::home(&gate.postgres, room).await? else { return Ok(()) };
    if store::fence(&gate.redis, room, epoch, &run_id).await? {
        tracing::error!(room.id = %room, room.epoch = epoch, "this gate talks to a Redis that the line has left");
    }
    Ok(())
}

async fn raise(gate: &Gate, room: RoomId, epoch: u32, run_id: &str) -> Result<Raised, LineError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let raised = store::raise(&mut tx, room, epoch, run_id, gate.room_clock.now()).await?;
    if let Raised::To { epoch, .. } = raised {
        store::log_raised(&mut tx, room, epoch, run_id).await?;
        postgres::commit(tx).await?;
    } else {
        postgres::rollback(tx).await;
    }
    Ok(raised)
}

/// `false` when Redis changed once more meanwhile.
async fn write_back(gate: &Gate, room: RoomId, run_id: &str) -> Result<bool, LineError> {
    let called = store::called_before(&gate.postgres, room).await?;
    for chunk in called.chunks(CHUNK) {
        if !store::project(&gate.redis, room, run_id, chunk).await? {
            return Ok(false);
        }
    }
    let merged = party::store::merged(&gate.postgres, room).await?;
    for chunk in merged.chunks(CHUNK) {
        if !store::remerge(&gate.redis, room, run_id, chunk).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How long calling waits after `room` lost its line, so that the fans in front can come back first.
pub fn recovery_window(gate: &Gate) -> TimeDelta {
    TimeDelta::from_std(gate.config.line.recovery).unwrap_or(TimeDelta::zero())
}
