//! Once a tick: the shape of a room's line, what moved in it, and a frame for each fan who should hear.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use contracts::{
    id::VisitorId,
    place::{Lane, PlaceNumber},
};
use platform::telemetry::Chain;

use super::{
    as_told,
    encode::Encoder,
    frame,
    held::SELDOM,
    hub::{SHARDS, Seat, Told, Waiting, lock},
    is_in_line,
    shape::Shape,
    store,
};
use crate::{
    draw,
    forecast::watch,
    line::{self, LineError, PlaceState, restore},
    metrics,
    room::{Room, RoomState},
    state::Gate,
};

/// How many places one call restores, attaches or looks at.
const CHUNK: usize = 1000;
/// For how long the line remembers what moved. Whoever did not look for so long looks at everything.
const MOVES_LAST: TimeDelta = TimeDelta::seconds(50);
/// How far each look goes back behind the last one.
const OVERLAP: TimeDelta = TimeDelta::seconds(2);
/// In a line that stands still, each fan hears of it once in so many turns.
const STILL_TURNS: u64 = 4;
/// Prices and what is left are told every so many tellings.
const TIERS_EVERY: u64 = 2 * SELDOM;

/// How long a node's word that it has a socket holds: some ticks, so that one that is late loses nothing.
pub fn lease(tick: Duration) -> TimeDelta {
    (TimeDelta::from_std(tick).unwrap_or(TimeDelta::seconds(1)) * 4).max(TimeDelta::seconds(5))
}

/// Tells the fans of `room` who are connected here where they stand. While Redis is away they hear nothing new.
pub async fn tell(gate: &Gate, room: &Room) {
    let Some(waiting) = gate.hub.known(room.id) else { return };
    if room.state == RoomState::Closed {
        // Of the last tick that was told, because a frame of an earlier one would not be believed.
        let last = lock(&waiting.told).shape.clone().unwrap_or_default();
        let mut encoder = Encoder::default();
        waiting.for_each(|seat| say(seat, room, &last, "", &mut encoder));
        gate.forecasts.forget(room.id);
        gate.hub.forget(room.id);
        return;
    }
    let room = as_told(room, gate.rooms.is_record_away());
    if let Err(error) = look(gate, &room, &waiting).await {
        tracing::warn!(room.id = %room.id, error = %Chain(&error), "the waiting could not be told");
    }
}

async fn look(gate: &Gate, room: &Room, waiting: &Waiting) -> Result<(), LineError> {
    let Some(placed) = draw::tell::tell(gate, room, waiting).await? else { return Ok(()) };
    attach(gate, room, waiting, placed).await?;
    let last = lock(&waiting.told).clone();
    let (node, now) = ((gate.hub.node, lease(gate.config.line.tick)), gate.room_clock.now());
    let since = last.shape.as_ref().map_or(chrono::DateTime::UNIX_EPOCH, |shape| shape.now - OVERLAP);
    let (mut shape, moved) = store::view(&gate.redis, room.id, now, node, since).await?;
    // What one batch called was worth its whole interval, however short a while ago the first one was.
    for (_, lane) in &mut shape.lanes {
        lane.pace.over = lane.pace.over.max(room.policy.interval.span());
    }
    let is_other = last.shape.as_ref().is_some_and(|last| last.epoch != shape.epoch);
    if is_other {
        bring_back(gate, room, waiting).await?;
    }
    let is_late = last.shape.as_ref().is_none_or(|last| shape.now - last.now > MOVES_LAST);
    if is_late || is_other || !moved.is_empty() {
        let moved: HashSet<_> = moved.into_iter().collect();
        let ours = waiting.numbers(|place| is_late || is_other || moved.contains(&place.number));
        look_at(gate, room, waiting, &ours).await?;
    }
    let away = waiting.numbers(|place| place.state == PlaceState::Away);
    attach(gate, room, waiting, away.into_iter().map(|(_, _, visitor)| visitor).collect()).await?;

    watch::look(gate, room, &mut shape).await;
    let seen = gate.stocks.of(room.id);
    shape.bands = seen.as_ref().and_then(|seen| seen.bands);
    shape.shares = room.policy.lanes.shares();
    let (tiers, news) = tiers(&last, seen.map(|seen| seen.member.clone()).unwrap_or_default());
    let shape = Arc::new(shape);
    let is_changed = last.version != room.version;
    let is_as_before = last.shape.as_ref().is_some_and(|last| shape.is_like(last)) && news.is_empty();
    let still = if is_as_before { last.still + 1 } else { 0 };
    let is_moving = room.state != RoomState::Drained && is_worth_telling(still);
    // Before anybody is told: who listens takes the line's counts from here.
    *lock(&waiting.told) =
        Told { shape: Some(shape.clone()), count: last.count + 1, version: room.version, still, tiers };
    let mut encoder = Encoder::default();
    for shard in 0..SHARDS {
        let mut told = 0;
        waiting.for_each_in(shard, |seat| {
            let is_due = match &mut seat.place {
                // What they were told on opening is newer than this; the next telling is for them.
                Some(place) if place.is_ahead_of(&shape) => {
                    place.is_news = true;
                    false
                }
                Some(place) => is_changed || place.is_news || is_moving && place.is_due(&shape, last.count),
                None => true,
            };
            if is_due {
                say(seat, room, &shape, &news, &mut encoder);
                told += 1;
            }
        });
        ::metrics::counter!(metrics::FRAMES).increment(told);
        // A shard takes a few milliseconds; requests go between.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// The line was lost: the places of live sockets are restored by this process itself, the fans do nothing.
async fn bring_back(gate: &Gate, room: &Room, waiting: &Waiting) -> Result<(), LineError> {
    let places = waiting.numbers(|_| true);
    for chunk in places.chunks(CHUNK) {
        restore::restore_all(gate, room, chunk).await?;
    }
    attach(gate, room, waiting, places.into_iter().map(|(_, _, visitor)| visitor).collect()).await
}

async fn look_at(
    gate: &Gate,
    room: &Room,
    waiting: &Waiting,
    places: &[(PlaceNumber, Lane, VisitorId)],
) -> Result<(), LineError> {
    for chunk in places.chunks(CHUNK) {
        let numbers: Vec<_> = chunk.iter().map(|(number, ..)| *number).collect();
        let standings = line::store::look(&gate.redis, room.id, &numbers).await?;
        let standings: HashMap<_, _> = numbers.into_iter().zip(standings).collect();
        waiting.update(&standings);
    }
    Ok(())
}

async fn attach(
    gate: &Gate,
    room: &Room,
    waiting: &Waiting,
    visitors: Vec<VisitorId>,
) -> Result<(), LineError> {
    let node = (gate.hub.node, lease(gate.config.line.tick));
    for chunk in visitors.chunks(CHUNK) {
        let standings = line::store::attach(&gate.redis, room.id, gate.room_clock.now(), node, chunk).await?;
        for (visitor, standing) in chunk.iter().zip(standings) {
            waiting.seat(*visitor, standing);
        }
    }
    Ok(())
}

/// Whether those are told in their turn to whom nothing happened. In a line that stands still everybody has heard how it
/// stands after one turn; from then on each hears it now and then only, to see that they are still heard of.
fn is_worth_telling(still: u64) -> bool {
    still % (SELDOM * STILL_TURNS) < SELDOM
}

/// Prices and what is left go with the first half of each ten tellings, so that everybody hears of them in their turn, and
/// only where they changed since the ten before. Says what to remember, and what to tell now.
fn tiers(last: &Told, now: Arc<str>) -> ((Arc<str>, Arc<str>), Arc<str>) {
    let (before, told) = match last.count % TIERS_EVERY {
        0 => (last.tiers.1.clone(), now),
        _ => last.tiers.clone(),
    };
    let is_told = last.count % TIERS_EVERY < SELDOM && before != told;
    let news = if is_told { told.clone() } else { Arc::default() };
    ((before, told), news)
}

/// Tells one seat its frame, with `tiers` as one more member where they wait in line. The last frame is told so.
pub fn say(seat: &mut Seat, room: &Room, shape: &Shape, tiers: &str, encoder: &mut Encoder) {
    let facts = seat.place.as_mut().map(|place| place.show(shape));
    let pace = facts.map(|facts| shape.lane(facts.lane).pace).unwrap_or_default();
    // A closed room is told as of its last telling, which may be older than what this fan knows.
    let tick = seat.place.map_or(shape.tick, |place| place.tick);
    let frame = frame(room, tick, facts, pace);
    let is_last = matches!(
        frame.place,
        contracts::frame::PlaceView::Ended { .. } | contracts::frame::PlaceView::Unknown
    );
    let written = encoder.text(|out| {
        serde_json::to_writer(&mut *out, &frame)?;
        if !tiers.is_empty() && is_in_line(&frame.place) && out.pop() == Some(b'}') {
            out.extend_from_slice(tiers.as_bytes());
            out.push(b'}');
        }
        Ok::<_, serde_json::Error>(())
    });
    match written {
        Ok((frame, text)) => seat.tell(frame, text, is_last),
        Err(error) => tracing::error!(%error, "a frame cannot be written"),
    }
}
