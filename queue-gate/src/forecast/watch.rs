//! Once a tick a room: what moved since, who was called, and what those who wait are told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use contracts::{id::RoomId, place::PlaceNumber};
use dashmap::DashMap;
use platform::{postgres::StoreError, telemetry::Chain};
use rand::RngExt;

use super::{
    history::{History, Look},
    sample::{Given, Samples, Score},
    store,
};
use crate::{
    live::{hub::lock, shape::Shape},
    room::{Room, RoomState},
    state::Gate,
};

/// At which places, counted from the front, forecasts are scored; and at the end of the line, where fans join.
const RANKS: [usize; 3] = [9, 99, 999];
/// The most batches that are read at a time; the rest comes with the next tick.
const BATCHES: i64 = 300;
/// How long the record may take to say who was called.
const PATIENCE: Duration = Duration::from_millis(300);

/// What this gate knows of the lines of all rooms in which fans wait here.
#[derive(Debug, Default)]
pub struct Forecasts(DashMap<RoomId, Arc<Mutex<Watched>>>);

/// What this gate knows of one line.
#[derive(Debug, Default)]
struct Watched {
    history: History,
    samples: Samples,
    /// The last batch that was counted; none before the first look.
    tick: Option<i64>,
    /// How many were called since this gate began to count.
    called: u64,
    last: Option<End>,
    /// Whether this gate made the room's last tick: one of them is enough to take samples.
    has_turn: bool,
    written: Score,
}

/// The end of the line, as a look saw it.
#[derive(Clone, Copy, Debug)]
struct End {
    epoch: u64,
    number: u64,
    returned: u64,
    restored: u64,
}

impl Forecasts {
    fn of(&self, room: RoomId) -> Arc<Mutex<Watched>> {
        self.0.entry(room).or_default().clone()
    }

    /// Notes that this gate made a tick of `room`.
    pub fn took_turn(&self, room: RoomId) {
        lock(&self.of(room)).has_turn = true;
    }

    /// Forgets a room that is over.
    pub fn forget(&self, room: RoomId) {
        self.0.remove(&room);
    }
}

/// Looks at the line of `room`, and writes into its shape how it moves. Where there are lanes, each moves as it did in the last
/// minute: who leaves and how unevenly it goes is measured for a line of one lane.
pub async fn look(gate: &Gate, room: &Room, shape: &mut Shape) {
    let watched = gate.forecasts.of(room.id);
    let last = i64::try_from(shape.tick).unwrap_or(i64::MAX);
    let after = *lock(&watched).tick.get_or_insert(last);
    // Those who wait are told in time, whoever answers late.
    let read = store::called(&gate.postgres, room.id, after, last, BATCHES);
    let called = match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(called)) if !gate.rooms.is_record_away() => called,
        answer => {
            tracing::debug!(room.id = %room.id, ?answer, "nobody knows who was called");
            lock(&watched).tell(shape);
            return;
        }
    };
    let score = {
        let mut watched = lock(&watched);
        watched.take_in(room, shape, &called);
        watched.tell(shape);
        if std::mem::take(&mut watched.has_turn) && room.state == RoomState::Open {
            watched.sample(shape, |of| gate.ids.stream().random_range(0..of.max(1)));
        }
        let score = watched.samples.score();
        (score != watched.written).then_some(score)
    };
    if let Some(score) = score {
        match write(gate, room.id, score).await {
            Ok(()) => lock(&watched).written = score,
            Err(error) => tracing::debug!(room.id = %room.id, error = %Chain(&error), "a score waits"),
        }
    }
}

async fn write(gate: &Gate, room: RoomId, score: Score) -> Result<(), StoreError> {
    store::write_score(&gate.postgres, room, gate.hub.node, score).await
}

impl Watched {
    fn take_in(&mut self, room: &Room, shape: &Shape, called: &[store::Called]) {
        let stopped = self.history.stopped();
        for batch in called {
            self.tick = Some(batch.tick);
            self.called += u64::try_from(batch.places.len()).unwrap_or(0);
            for place in &batch.places {
                self.samples.called(*place, batch.at, stopped);
            }
        }
        let waiting = shape.lanes.iter().map(|(_, lane)| lane.waiting).sum::<u64>();
        let end = End {
            epoch: shape.epoch,
            number: shape.lanes.iter().filter_map(|(_, lane)| lane.last_number()).max().unwrap_or_default(),
            returned: shape.returned,
            restored: shape.restored,
        };
        let came = self.last.replace(end).filter(|last| last.epoch == end.epoch).map(|last| {
            let joined = if last.number == 0 { waiting } else { end.number.saturating_sub(last.number) };
            joined
                + (end.returned - last.returned.min(end.returned))
                + (end.restored - last.restored.min(end.restored))
        });
        self.history.add(Look {
            at: shape.now,
            is_open: room.state == RoomState::Open,
            tick: self.tick.unwrap_or_default(),
            called: self.called,
            waiting,
            // After a loss nobody knows who came and who stayed.
            stayed: waiting.saturating_sub(came.unwrap_or(0)),
        });
    }

    /// Writes how the line moves; by the calls of the last minute alone while this gate has not watched it for long.
    fn tell(&self, shape: &mut Shape) {
        let seen = self.history.pace();
        if let [(_, lane)] = shape.lanes.as_mut_slice()
            && seen.calls > 0
            && seen.over >= lane.pace.over
        {
            lane.pace = seen;
        }
    }

    fn sample(&mut self, shape: &Shape, mut chance: impl FnMut(u64) -> u64) {
        for (_, lane) in &shape.lanes {
            let front = RANKS.iter().filter_map(|rank| lane.front.get(*rank)).copied();
            for number in front.chain(lane.last_number()) {
                let place = PlaceNumber::from_raw(number);
                if let Some(wait) = lane.pace.wait(lane.ahead(place)) {
                    let (at, stopped) = (shape.now, self.history.stopped());
                    self.samples.offer(Given { place, at, stopped, wait }, &mut chance);
                }
            }
        }
    }
}
