//! One tick of one room: make good what was begun, end what is over, then grant and apply.

use chrono::TimeDelta;
use platform::{
    postgres::{self, Tx},
    telemetry::Chain,
};

use super::{
    Bound, Limits, Snapshot, apply, decide, expire,
    front::{self, store::Front},
    store::{self, Batch},
};
use crate::{
    line::{LineError, epoch::recovery_window},
    mail, metrics, party,
    room::{self, Room, RoomState},
    state::Gate,
};

/// What a tick did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// How many it called.
    pub called: usize,
    /// What kept it from calling more.
    pub bound: Bound,
}

/// Ticks `room`. Any number of gates may do this at any time: PostgreSQL grants each batch before the line hears of it,
/// under the room's lock and with the settings that hold then (promises W1, W2).
///
/// # Errors
/// When a store is away or the line was lost. Nothing is half-done that the next tick does not finish.
pub async fn tick(gate: &Gate, room: &Room) -> Result<Ticked, LineError> {
    let ticked = grant_and_apply(gate, room).await?;
    // Nobody waits longer for their turn because a mail cannot be written.
    if let Err(error) = mail::tell::tell(gate, room).await {
        tracing::warn!(room.id = %room.id, error = %Chain(&error), "those who asked for mails are told later");
    }
    Ok(ticked)
}

async fn grant_and_apply(gate: &Gate, room: &Room) -> Result<Ticked, LineError> {
    apply::apply_rest(gate, room).await?;
    expire::expire(gate, room.id).await?;
    expire::repair(gate, room.id).await?;
    party::finish::finish(gate, room.id).await?;
    let (batch, bound) = call(gate, room).await?;
    let Some(batch) = batch else { return Ok(Ticked { called: 0, bound }) };
    apply::apply(gate, room, &batch).await?;
    ::metrics::counter!(metrics::CALLED).increment(u64::try_from(batch.places.len()).unwrap_or(0));
    Ok(Ticked { called: batch.places.len(), bound })
}

/// Looks at the front of the line, and grants a batch of it. A gate that dies here leaves the batch to the next tick.
///
/// # Errors
/// When a store is away or the line was lost.
pub async fn call(gate: &Gate, room: &Room) -> Result<(Option<Batch>, Bound), LineError> {
    if room.state != RoomState::Open {
        return Ok((None, Bound::State));
    }
    if room.policy.order.draw().is_some() && !gate.draws.is_done(gate, room.id).await? {
        return Ok((None, Bound::State));
    }
    let now = gate.room_clock.now();
    let (grace, want) = (away_after(gate), limits(gate, room).wanted());
    let front = front::store::snapshot(&gate.redis, room.id, now, grace, want).await?;
    ::metrics::counter!(metrics::PARKED).increment(front.parked);
    room::fail::ticked(gate, room).await?;
    if front.places.is_empty() {
        return Ok((None, Bound::Line));
    }
    grant(gate, room, front).await
}

/// Decides under the room's lock, and writes what was decided. `None` where nobody is called.
async fn grant(gate: &Gate, room: &Room, front: Front) -> Result<(Option<Batch>, Bound), LineError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let written = write(gate, &mut tx, room, front).await;
    let (tx, (batch, bound)) = postgres::go_on(tx, written).await?;
    if batch.is_some() {
        postgres::commit(tx).await?;
    } else {
        postgres::rollback(tx).await;
    }
    Ok((batch, bound))
}

async fn write(
    gate: &Gate,
    tx: &mut Tx,
    room: &Room,
    front: Front,
) -> Result<(Option<Batch>, Bound), LineError> {
    let Some(locked) = room::store::lock(tx, room.id).await? else { return Ok((None, Bound::State)) };
    let ledger = store::ledger(tx, room.id, gate.room_clock.now()).await?;
    let was_lost = locked.epoch > 1;
    let recovers =
        was_lost && ledger.epoch_since.is_some_and(|since| ledger.now < since + recovery_window(gate));
    // Somebody granted, or the line moved on, since the snapshot was taken: it says nothing any more.
    if recovers || locked.epoch != front.epoch || ledger.last_tick != front.tick {
        return Ok((None, Bound::State));
    }
    let granted = store::with_slot(tx, room.id, &front.places).await?;
    if !granted.is_empty() {
        tracing::warn!(room.id = %room.id, places = granted.len(), "the line shows places that have a slot");
    }
    let waiting = front.places.into_iter().filter(|spot| !granted.contains(&spot.number)).collect();
    let snapshot = Snapshot { front: waiting, taken: ledger.taken };
    let decision = decide(limits(gate, &locked), &ledger.recent, &snapshot, ledger.now);
    if decision.places.is_empty() {
        return Ok((None, decision.bound));
    }
    let batch = Batch {
        tick: ledger.last_tick + 1,
        epoch: locked.epoch,
        places: decision.places,
        owed: decision.owed,
        claim_window: locked.settings.claim_window,
    };
    let passes: Vec<_> = batch.places.iter().map(|_| gate.ids.next()).collect();
    store::grant(tx, room.id, &batch, &passes, ledger.now).await?;
    Ok((Some(batch), decision.bound))
}

fn limits(gate: &Gate, room: &Room) -> Limits {
    Limits {
        is_calling: room.state == RoomState::Open,
        admit_per_minute: room.settings.admit_per_minute,
        max_active: room.settings.max_active,
        tick: period(gate),
        interval: room.policy.interval,
        shares: room.policy.lanes.shares(),
    }
}

/// How often a room ticks.
pub fn period(gate: &Gate) -> TimeDelta {
    TimeDelta::from_std(gate.config.line.tick).unwrap_or(TimeDelta::seconds(1))
}

fn away_after(gate: &Gate) -> TimeDelta {
    TimeDelta::from_std(gate.config.line.grace_away).unwrap_or(TimeDelta::seconds(30))
}
