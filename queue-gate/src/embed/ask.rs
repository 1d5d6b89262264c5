//! What is told of a room, read once a second however many ask.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{frame::Wait, id::RoomId, place::Lane};
use dashmap::DashMap;
use platform::telemetry::Chain;
use tokio::sync::Mutex;

use super::{AGAIN, Public, PublicState, VERSION, queue};
use crate::{
    admission::{front, store},
    forecast::pace::Pace,
    room::{Room, opening},
    state::Gate,
};

/// How long one answer serves everybody.
const KEPT: TimeDelta = TimeDelta::seconds(1);

/// What was told of rooms a moment ago.
#[derive(Debug, Default)]
pub struct Told(DashMap<RoomId, Arc<Mutex<Option<Kept>>>>);

/// When it was read, from which version of the room, and what it said.
type Kept = (DateTime<Utc>, i64, Arc<Public>);

/// What everybody may know of `room`, as of at most a second ago. It says what this gate knows while a store is away.
pub async fn ask(gate: &Gate, room: &Room) -> Arc<Public> {
    // Who asks while it is read waits for that.
    let kept = gate.told.0.entry(room.id).or_default().clone();
    let mut kept = kept.lock().await;
    let now = gate.clock.now();
    if let Some((at, version, told)) = &*kept
        && *version == room.version
        && (TimeDelta::zero()..KEPT).contains(&(now - *at))
    {
        return told.clone();
    }
    let told = Arc::new(read(gate, room).await);
    *kept = Some((now, room.version, told.clone()));
    told
}

async fn read(gate: &Gate, room: &Room) -> Public {
    let state = PublicState::of(room, gate.rooms.is_record_away());
    let waiting = match state {
        PublicState::Free | PublicState::Closed => None,
        _ => waiting(gate, room).await,
    };
    let wait = match (state, waiting) {
        (PublicState::Open, Some(waiting)) => wait(gate, room, &waiting).await,
        _ => None,
    };
    let opens_at = match state {
        PublicState::Open | PublicState::Free => None,
        _ => opens_at(gate, room).await,
    };
    let is_sold = state == PublicState::SoldOut;
    Public {
        v: VERSION,
        room_id: room.id,
        name: room.name.clone(),
        state,
        opens_at,
        waiting: waiting.map(|waiting| waiting.iter().sum()),
        wait,
        why: room.why().filter(|_| state != PublicState::Closed).map(str::to_owned),
        waitlist: room.policy.waitlist.clone().filter(|_| is_sold),
        queue: queue(gate, room),
        again: AGAIN,
    }
}

async fn waiting(gate: &Gate, room: &Room) -> Option<[u64; Lane::COUNT]> {
    let counted = front::store::count(&gate.redis, room.id).await;
    if let Err(error) = &counted {
        tracing::debug!(room.id = %room.id, error = %Chain(error), "a line could not be counted");
    }
    counted.ok().map(|counts| counts.waiting)
}

/// How long somebody is likely to wait who comes into the main lane now: by the pace that this gate has watched, else by the
/// calls of the last minute.
async fn wait(gate: &Gate, room: &Room, waiting: &[u64; Lane::COUNT]) -> Option<Wait> {
    let watched = gate.hub.pace(room.id, Lane::MAIN);
    if let Some(wait) = watched.wait(waiting[Lane::MAIN.index()]) {
        return Some(wait);
    }
    let counted = store::slots(&gate.postgres, room.id, gate.room_clock.now()).await;
    let (.., calls) = counted.ok()?;
    let calls = u32::try_from(calls).unwrap_or(u32::MAX);
    let pace = Pace { calls, over: TimeDelta::seconds(60), unevenness: 1000, leaving: 0 };
    pace.wait(waiting.iter().sum())
}

/// When it opens next: the draw, or the opening that begins next.
async fn opens_at(gate: &Gate, room: &Room) -> Option<DateTime<Utc>> {
    let now = gate.room_clock.now().unwrap_or_else(|| gate.clock.now());
    let planned = opening::store::of_room(&gate.postgres, room.id).await.ok().unwrap_or_default();
    let to_come = planned.into_iter().map(|opening| opening.plan.starts_at);
    let drawn = room.policy.order.draw().and_then(|draw| draw.opens_at);
    to_come.chain(drawn).filter(|at| *at > now).min()
}
