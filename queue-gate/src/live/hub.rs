//! The waiting fans connected to this process. Each socket has room for one note: the newest. A fan who reads slowly
//! misses frames, never delays or piles them up.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, Utc};
use contracts::{
    frame::RiseReason,
    id::{RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use dashmap::DashMap;
use platform::ids::Ids;
use rand::RngExt;
use tokio::sync::watch;

use super::{Facts, Pace, shape::Shape};
use crate::{
    line::{PlaceState, Standing},
    metrics,
};

/// Into how many shards the sockets of a room are split: a writer locks one at a time.
const SHARDS: usize = 16;
/// Within this many places of the front a fan hears every tick.
const NEAR: u64 = 500;
/// Further back they hear every so many ticks, each in their own.
pub const SELDOM: u64 = 5;

/// The sockets of this process.
#[derive(Debug)]
pub struct Hub {
    /// Names this process, in the records of places, for as long as it runs.
    pub node: u32,
    limit: usize,
    open: AtomicUsize,
    last: AtomicU64,
    rooms: DashMap<RoomId, Arc<Waiting>>,
}

/// The sockets of one room.
#[derive(Debug, Default)]
pub struct Waiting {
    shards: [Mutex<HashMap<u64, Seat>>; SHARDS],
    /// What the last telling saw.
    pub told: Mutex<Told>,
}

/// What the last telling of a room saw.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The shape.
    pub shape: Option<Arc<Shape>>,
    /// How many times fans were told.
    pub count: u64,
    /// The version of the room's settings that they were told.
    pub version: i64,
    /// The prices that fans were told before the last ten tellings, and those of now: each as a member of a frame.
    pub tiers: (Arc<str>, Arc<str>),
}

/// What a socket's task does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing yet.
    Silence,
    /// Sends this frame.
    Frame(String),
    /// Sends this frame, then closes.
    Last(String),
}

/// One socket, as the writers see it.
#[derive(Debug)]
pub struct Seat {
    /// Whose it is.
    pub visitor: VisitorId,
    /// Where they stand; `None` without a place.
    pub place: Option<Held>,
    notes: watch::Sender<Note>,
}

/// The place that a socket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub number: PlaceNumber,
    /// Where it is in its life.
    pub state: PlaceState,
    /// The lane that it is in.
    pub lane: Lane,
    /// The end of the claim window, or of the slot.
    pub ends: Option<DateTime<Utc>>,
    /// How many were ahead in the last frame.
    pub shown: u64,
    /// The line's counts of places that came back and that were restored, when that was shown.
    pub seen: (u64, u64),
    /// Whether the state is newer than the last frame.
    pub is_news: bool,
    /// Whether it came into its lane since the last frame.
    pub is_in_new_lane: bool,
}

impl Hub {
    /// A hub for at most `limit` sockets.
    pub fn new(ids: &Ids, limit: usize) -> Self {
        let node = ids.stream().random_range(1..=u32::MAX);
        Self { node, limit, open: AtomicUsize::new(0), last: AtomicU64::new(0), rooms: DashMap::new() }
    }

    /// The sockets of `room`, which from now on is looked at every tick.
    pub fn room(&self, room: RoomId) -> Arc<Waiting> {
        self.rooms.entry(room).or_default().clone()
    }

    /// The sockets of `room`, if anybody asked for it before.
    pub fn known(&self, room: RoomId) -> Option<Arc<Waiting>> {
        self.rooms.get(&room).map(|waiting| waiting.clone())
    }

    /// Forgets a room that has no sockets.
    pub fn forget(&self, room: RoomId) {
        self.rooms.remove_if(&room, |_, waiting| waiting.is_empty());
    }

    /// How quickly `lane` of `room` is called, as of the last tick.
    pub fn pace(&self, room: RoomId, lane: Lane) -> Pace {
        lock(&self.room(room).told).shape.as_ref().map(|shape| shape.lane(lane).pace).unwrap_or_default()
    }

    /// How many sockets are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Takes a seat in `room` for a socket of `visitor`. `None` when the hub is full.
    pub fn enter(
        &self,
        room: RoomId,
        visitor: VisitorId,
        place: Option<Held>,
    ) -> Option<(u64, watch::Receiver<Note>)> {
        let taken = self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
            (open < self.limit).then_some(open + 1)
        });
        taken.ok()?;
        ::metrics::gauge!(metrics::SOCKETS).increment(1);
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let (notes, read) = watch::channel(Note::Silence);
        self.room(room).shard(id).insert(id, Seat { visitor, place, notes });
        Some((id, read))
    }

    /// Gives a seat up. Says which place it was about, where no other socket of this process is about the same.
    pub fn leave(&self, room: RoomId, id: u64) -> Option<PlaceNumber> {
        let waiting = self.known(room)?;
        let seat = waiting.shard(id).remove(&id)?;
        self.open.fetch_sub(1, Ordering::Relaxed);
        ::metrics::gauge!(metrics::SOCKETS).decrement(1);
        let number = seat.place?.number;
        let is_shared = waiting.any(|seat| seat.place.is_some_and(|place| place.number == number));
        (!is_shared).then_some(number)
    }
}

impl Waiting {
    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        !self.any(|_| true)
    }

    fn any(&self, holds: impl Fn(&Seat) -> bool) -> bool {
        self.shards.iter().any(|shard| lock(shard).values().any(&holds))
    }

    /// Calls `visit` for every seat, one shard at a time.
    pub fn for_each(&self, mut visit: impl FnMut(&mut Seat)) {
        for shard in &self.shards {
            lock(shard).values_mut().for_each(&mut visit);
        }
    }

    /// Says where places stand now, to the seats that are about them.
    pub fn update(&self, standings: &HashMap<PlaceNumber, Option<Standing>>) {
        self.for_each(|seat| {
            let Some(place) = &mut seat.place else { return };
            match standings.get(&place.number) {
                Some(Some(standing)) => place.moved(standing),
                Some(None) => seat.place = None,
                None => {}
            }
        });
    }

    /// Says where a visitor stands now, to all their seats.
    pub fn seat(&self, visitor: VisitorId, standing: Option<Standing>) {
        self.for_each(|seat| {
            if seat.visitor == visitor {
                match (&mut seat.place, standing) {
                    (Some(place), Some(standing)) if place.number == standing.number => {
                        place.moved(&standing);
                    }
                    (place, standing) => *place = standing.map(Held::new),
                }
            }
        });
    }

    /// The numbers of all seats for which `wanted` holds, each once, with their lanes and whose they are.
    pub fn numbers(&self, wanted: impl Fn(&Held) -> bool) -> Vec<(PlaceNumber, Lane, VisitorId)> {
        let mut numbers = HashSet::new();
        self.for_each(|seat| {
            if let Some(place) = seat.place.filter(|place| wanted(place)) {
                numbers.insert((place.number, place.lane, seat.visitor));
            }
        });
        numbers.into_iter().collect()
    }

    fn shard(&self, id: u64) -> MutexGuard<'_, HashMap<u64, Seat>> {
        let index = usize::try_from(id).unwrap_or(0) % SHARDS;
        lock(&self.shards[index])
    }
}

impl Seat {
    /// Leaves `note` for the socket, in place of one that it did not read yet.
    pub fn leave_note(&self, note: Note) {
        ::metrics::counter!(metrics::FRAMES).increment(1);
        // The last word is not overwritten: the socket closes after it.
        self.notes.send_if_modified(|old| {
            let is_open = !matches!(old, Note::Last(_));
            if is_open {
                *old = note;
            }
            is_open
        });
    }
}

impl Held {
    /// A place as it stands, of which nothing was shown.
    pub fn new(standing: Standing) -> Self {
        Self {
            number: standing.number,
            state: standing.state,
            lane: standing.lane,
            ends: standing.ends,
            shown: u64::MAX,
            seen: (u64::MAX, u64::MAX),
            is_news: true,
            is_in_new_lane: false,
        }
    }

    fn moved(&mut self, standing: &Standing) {
        self.is_news |= (self.state, self.ends, self.lane) != (standing.state, standing.ends, standing.lane);
        self.is_in_new_lane |= self.lane != standing.lane;
        (self.state, self.ends, self.lane) = (standing.state, standing.ends, standing.lane);
    }

    /// Whether the holder hears of this telling: news at once, the front always, others in their turn.
    pub fn is_due(&self, shape: &Shape, telling: u64) -> bool {
        let waits = matches!(self.state, PlaceState::Waiting | PlaceState::Away);
        self.is_news
            || waits
                && (shape.lane(self.lane).ahead(self.number) < NEAR
                    || (telling + self.number.raw()).is_multiple_of(SELDOM))
    }

    /// Takes in that `ahead` are ahead, by the time of these counts of the line. It is shown, but never more than before
    /// unless the place came into another lane, earlier fans came back or the line was restored since: then it is told why.
    pub fn settle(&mut self, ahead: u64, seen: (u64, u64)) -> Option<RiseReason> {
        // A line that was lost counts anew. The largest number stands for counts that nobody knows yet.
        let differs = |now, before| now != before && before != u64::MAX && now != u64::MAX;
        let reason = match () {
            () if ahead <= self.shown => None,
            () if self.is_in_new_lane => Some(RiseReason::LaneChanged),
            () if differs(seen.1, self.seen.1) => Some(RiseReason::LineRestored),
            () if differs(seen.0, self.seen.0) => Some(RiseReason::EarlierFansReturned),
            () => None,
        };
        if ahead < self.shown || reason.is_some() {
            self.shown = ahead;
        }
        self.seen = seen;
        self.is_in_new_lane = false;
        reason
    }

    /// What to show. `ahead` is never more than what was shown before, unless the place came into another lane, earlier
    /// fans came back, or the line was restored since: then it is told why.
    pub fn show(&mut self, shape: &Shape) -> Facts {
        let lane = shape.lane(self.lane);
        let reason = self.settle(lane.ahead(self.number), (shape.returned, shape.restored));
        self.is_news = false;
        let (number, state, ends) = (self.number, self.state, self.ends);
        let chance = shape.bands.map(|bands| bands.chance(self.shown));
        let behind = lane.behind(number);
        Facts { number, state, lane: self.lane, ahead: self.shown, behind, ends, reason, chance }
    }
}

/// A lock that a panic elsewhere does not take away.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::shape::LaneShape;

    fn shape(line: &[u64], returned: u64, restored: u64) -> Shape {
        let waiting = u64::try_from(line.len()).unwrap();
        let lane = LaneShape { front: line.to_vec(), waiting, ..LaneShape::default() };
        Shape { returned, restored, lanes: vec![(Lane::MAIN, lane)], ..Shape::default() }
    }

    fn held(number: u64) -> Held {
        let number = PlaceNumber::from_raw(number);
        let (state, lane) = (PlaceState::Waiting, Lane::MAIN);
        Held::new(Standing { number, state, lane, ahead: 0, waiting: 0, ends: None, tick: 0 })
    }

    #[test]
    fn a_position_rises_only_with_a_reason() {
        let mut place = held(10);
        let first = place.show(&shape(&[7, 8, 9, 10], 0, 0));
        assert_eq!((first.ahead, first.reason), (3, None));
        assert_eq!(place.show(&shape(&[9, 10, 11], 0, 0)).ahead, 1);
        let clamped = place.show(&shape(&[7, 8, 9, 10], 0, 0));
        assert_eq!((clamped.ahead, clamped.reason), (1, None));
        let risen = place.show(&shape(&[7, 8, 9, 10], 2, 0));
        assert_eq!((risen.ahead, risen.reason), (3, Some(RiseReason::EarlierFansReturned)));
        let restored = place.show(&shape(&[6, 7, 8, 9, 10], 2, 1));
        assert_eq!((restored.ahead, restored.reason), (4, Some(RiseReason::LineRestored)));
    }

    #[test]
    fn a_place_in_another_lane_is_told_why_more_are_ahead() {
        let members = Lane::new(1).unwrap();
        let lane = |line: &[u64]| LaneShape { front: line.to_vec(), waiting: 3, ..LaneShape::default() };
        let shape = Shape {
            lanes: vec![(Lane::MAIN, lane(&[9, 10])), (members, lane(&[1, 2, 3, 10]))],
            ..Shape::default()
        };
        let mut place = held(10);
        assert_eq!(place.show(&shape).ahead, 1);
        let standing = Standing {
            number: place.number,
            state: place.state,
            lane: members,
            ahead: 3,
            waiting: 4,
            ends: None,
            tick: 0,
        };
        place.moved(&standing);
        assert!(place.is_news);
        let told = place.show(&shape);
        assert_eq!((told.lane, told.ahead, told.reason), (members, 3, Some(RiseReason::LaneChanged)));
        assert_eq!(place.show(&shape).reason, None);
    }

    #[test]
    fn the_front_hears_every_tick_and_the_back_in_turn() {
        let line: Vec<u64> = (1..=900).collect();
        let shape = shape(&line, 0, 0);
        let (mut near, mut far) = (held(100), held(800));
        near.show(&shape);
        far.show(&shape);
        assert!((0..10).all(|telling| near.is_due(&shape, telling)));
        assert_eq!((0..10).filter(|telling| far.is_due(&shape, *telling)).count(), 2);
    }
}
