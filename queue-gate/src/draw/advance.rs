//! The draw, step by step. What is to be done next follows from the stores alone, and every step may be done twice, by
//! several gates, or be broken off anywhere: whoever comes next goes on (promise W5).

use contracts::id::RoomId;
use platform::postgres;

use super::{
    Phase, Piece, Seed,
    known::Drawn,
    list_of,
    store::{
        line::{self, Stage},
        record::{self, Draw},
    },
};
use crate::{
    line::{LineError, epoch::recovery_window},
    room,
    state::Gate,
};

/// How much is done at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Entries read by one call of Redis.
    pub slice: usize,
    /// Calls for one row of PostgreSQL.
    pub slices: usize,
    /// Rows at most in one step.
    pub rows: usize,
    /// Places written by one call of Redis.
    pub write: usize,
    /// Calls at most in one step.
    pub writes: usize,
}

impl Portion {
    /// What keeps each call of Redis well below 10 ms, and each step well below the time for which a gate leads.
    pub const USUAL: Self = Self { slice: 2000, slices: 20, rows: 8, write: 500, writes: 200 };
}

/// What comes after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next step.
    Step,
    /// Something that a step cannot do: the organizer, the fans, another gate.
    Wait,
    /// Nothing: the draw is over.
    Over,
}

/// Takes the next step of the draw of `room`, whose fans are called or would be.
///
/// # Errors
/// When a store is away, or the line was lost. Take the step again.
pub async fn step(gate: &Gate, room: RoomId, portion: Portion) -> Result<Next, LineError> {
    let now = gate.room_clock.now();
    let Some(draw) = record::get(&gate.postgres, room, now).await? else { return Ok(Next::Over) };
    match draw.phase {
        Phase::Committed => {
            // Where nobody ever came there is no line yet: asking begins one.
            line::status(&gate.redis, room).await?;
            let opened = record::open(&gate.postgres, room, now).await?;
            Ok(if opened { Next::Step } else { Next::Wait })
        }
        Phase::Opened => close(gate, room, &draw, portion).await,
        Phase::Frozen if draw.lacks_beacon() => Ok(Next::Wait),
        Phase::Frozen => reveal(gate, room, &draw).await,
        Phase::Drawn => write(gate, room, &draw, portion).await,
        Phase::Done => {
            let entries = draw.list.map_or(0, |list| list.entries);
            line::finish(&gate.redis, room, entries).await?;
            Ok(Next::Over)
        }
    }
}

/// Closes the lobby in Redis, copies it, and writes its digest.
async fn close(gate: &Gate, room: RoomId, draw: &Draw, portion: Portion) -> Result<Next, LineError> {
    if draw.recovers(recovery_window(gate)) {
        return Ok(Next::Wait);
    }
    let (stage, entries, epoch) = line::freeze(&gate.redis, room).await?;
    if stage != Stage::Frozen || epoch != draw.line_epoch {
        return Ok(Next::Step);
    }
    let copied = record::copied(&gate.postgres, room, epoch).await?;
    let row = portion.slice * portion.slices;
    let missing: Vec<_> = (0..entries).step_by(row).filter(|first| !copied.contains(first)).collect();
    for first in missing.iter().take(portion.rows) {
        let mut piece = Piece::default();
        for slice in (*first..entries.min(first + row)).step_by(portion.slice) {
            line::slice(&gate.redis, room, (slice, portion.slice), &mut piece).await?;
        }
        record::copy(&gate.postgres, room, epoch, *first, &piece).await?;
    }
    if missing.len() > portion.rows {
        return Ok(Next::Step);
    }
    freeze(gate, room, epoch).await
}

/// Publishes the digest of what was copied. The line must still be in the epoch in which it was.
async fn freeze(gate: &Gate, room: RoomId, epoch: u32) -> Result<Next, LineError> {
    let pieces = record::pieces(&gate.postgres, room).await?;
    let count = pieces.len();
    let drawn = tokio::task::spawn_blocking(move || Drawn::undrawn(list_of(&pieces)));
    let drawn = drawn.await.map_err(|_| unexpected("a list could not be sorted"))?;
    let entries = u32::try_from(drawn.list.len()).map_err(|_| unexpected("a list is too long"))?;
    let mut tx = postgres::begin(&gate.postgres).await?;
    let locked = room::store::lock(&mut tx, room).await?;
    if locked.is_none_or(|room| room.epoch != epoch) {
        postgres::rollback(tx).await;
        return Ok(Next::Step);
    }
    let now = gate.room_clock.now();
    if record::freeze(&mut tx, room, (entries, &drawn.digest), count, now).await? {
        let digest = hex::encode(drawn.digest);
        let detail = serde_json::json!({ "entries": entries, "digest": digest });
        room::store::append_log(&mut tx, room, None, "drawFrozen", &detail).await?;
        postgres::commit(tx).await?;
        tracing::info!(room.id = %room, draw.entries = entries, draw.digest = digest, "a lobby is closed");
        gate.draws.put(room, drawn).await;
    } else {
        postgres::rollback(tx).await;
    }
    Ok(Next::Step)
}

/// Opens the seed and publishes it. The digest is published by now.
async fn reveal(gate: &Gate, room: RoomId, draw: &Draw) -> Result<Next, LineError> {
    let seed = Seed::open(&draw.sealed, room, &gate.keys.secret)
        .filter(|seed| super::commitment(seed) == draw.commitment)
        .ok_or_else(|| unexpected("the seed of a draw cannot be opened with the secret of this gate"))?;
    let mut tx = postgres::begin(&gate.postgres).await?;
    if record::reveal(&mut tx, room, &seed, gate.room_clock.now()).await? {
        let detail =
            serde_json::json!({ "seed": hex::encode(seed.bytes()), "beaconValue": draw.beacon_value });
        room::store::append_log(&mut tx, room, None, "drawn", &detail).await?;
        postgres::commit(tx).await?;
    } else {
        postgres::rollback(tx).await;
    }
    Ok(Next::Step)
}

/// Puts the places into the line in the order that was drawn; after the last one, calling may begin.
async fn write(gate: &Gate, room: RoomId, draw: &Draw, portion: Portion) -> Result<Next, LineError> {
    let drawn = gate.draws.list(gate, room).await?.ok_or_else(|| unexpected("a draw has no list"))?;
    let epoch = draw.epoch.ok_or_else(|| unexpected("a draw has no epoch"))?;
    let status = line::status(&gate.redis, room).await?;
    if status.epoch != draw.line_epoch {
        return Ok(Next::Step);
    }
    let (mut done, all) = (status.drawn, u64::try_from(drawn.list.len()).unwrap_or(u64::MAX));
    for _ in 0..portion.writes {
        if done >= all {
            break;
        }
        let next = drawn.from_rank(usize::try_from(done).unwrap_or(usize::MAX), portion.write);
        done = line::write(&gate.redis, room, gate.room_clock.now(), (done, epoch), next).await?;
    }
    if done >= all {
        finish(gate, room, status.epoch).await?;
    }
    Ok(Next::Step)
}

/// Notes that the draw is in the line of `epoch`. Where the line was lost meanwhile it is written again.
async fn finish(gate: &Gate, room: RoomId, epoch: u32) -> Result<(), LineError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let locked = room::store::lock(&mut tx, room).await?;
    if locked.is_some_and(|room| room.epoch == epoch)
        && record::finish(&mut tx, room, gate.room_clock.now()).await?
    {
        postgres::commit(tx).await?;
        tracing::info!(room.id = %room, "a draw is done");
    } else {
        postgres::rollback(tx).await;
    }
    Ok(())
}

fn unexpected(what: &str) -> LineError {
    postgres::StoreError::Unexpected(what.to_owned()).into()
}
