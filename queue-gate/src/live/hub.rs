//! The waiting fans connected to this process. Whoever tells them something writes to their sockets itself, shard by
//! shard. A fan who reads slowly misses frames, never delays or piles them up.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use contracts::{
    id::{RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use dashmap::DashMap;
use platform::ids::Ids;
use rand::RngExt;
use tokio::sync::watch;

use super::{
    Pace,
    held::Held,
    shape::Shape,
    tabs,
    wire::{Watched, Wire},
};
use crate::{line::Standing, metrics};

/// Into how many shards the sockets of a room are split: a writer locks one at a time.
pub const SHARDS: usize = 64;
/// The sockets of this process.
#[derive(Debug)]
pub struct Hub {
    /// Names this process, in the records of places, for as long as it runs.
    pub node: u32,
    limit: usize,
    open: AtomicUsize,
    last: AtomicU64,
    rooms: DashMap<RoomId, Arc<Waiting>>,
    /// The sockets that need looking after.
    pub watched: Arc<Watched>,
    /// Whether somebody looks after them.
    is_kept: AtomicBool,
}

/// The sockets of one room.
#[derive(Debug)]
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
    /// How many tellings in a row found the line as it was before: it stands still.
    pub still: u64,
    /// The prices that fans were told before the last ten tellings, and those of now: each as a member of a frame.
    pub tiers: (Arc<str>, Arc<str>),
}

/// What a listener does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing yet.
    Silence,
    /// Sends this frame.
    Frame(String),
    /// Sends this frame, then closes.
    Last(String),
    /// Closes: the visitor has newer connections.
    Crowded,
}

/// One socket, as the writers see it.
#[derive(Debug)]
pub struct Seat {
    /// Whose it is.
    pub visitor: VisitorId,
    /// Where they stand; `None` without a place.
    pub place: Option<Held>,
    pub(super) outlet: Outlet,
}

/// The way to a fan.
#[derive(Debug)]
pub(super) enum Outlet {
    /// A socket that is not open yet.
    Opening,
    /// A socket.
    Wire(Arc<Wire>),
    /// Somebody who fetches the newest note.
    Notes(watch::Sender<Note>),
    /// None any more: it gave way to newer ones of the same visitor.
    Crowded,
}

impl Hub {
    /// A hub for at most `limit` sockets.
    pub fn new(ids: &Ids, limit: usize) -> Self {
        let node = ids.stream().random_range(1..=u32::MAX);
        Self {
            node,
            limit,
            open: AtomicUsize::new(0),
            last: AtomicU64::new(0),
            rooms: DashMap::new(),
            watched: Arc::default(),
            is_kept: AtomicBool::new(false),
        }
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

    /// How many wait in each lane of `room`, as of the last tick; `None` before the first.
    pub fn waiting(&self, room: RoomId) -> Option<Vec<(Lane, u64)>> {
        let shape = lock(&self.room(room).told).shape.clone()?;
        Some(shape.lanes.iter().map(|(lane, shape)| (*lane, shape.waiting)).collect())
    }

    /// How quickly `lane` of `room` is called, as of the last tick.
    pub fn pace(&self, room: RoomId, lane: Lane) -> Pace {
        lock(&self.room(room).told).shape.as_ref().map(|shape| shape.lane(lane).pace).unwrap_or_default()
    }

    /// How many sockets are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Takes a seat in `room` for somebody who fetches notes. `None` when the hub is full.
    pub fn enter(
        &self,
        room: RoomId,
        visitor: VisitorId,
        place: Option<Held>,
    ) -> Option<(u64, watch::Receiver<Note>)> {
        let (notes, read) = watch::channel(Note::Silence);
        Some((self.sit(room, Seat { visitor, place, outlet: Outlet::Notes(notes) })?, read))
    }

    /// Takes a seat in `room` for a socket that is about to open: [`Hub::connect`] it then. `None` when the hub is full.
    pub fn reserve(&self, room: RoomId, visitor: VisitorId, place: Option<Held>) -> Option<u64> {
        self.sit(room, Seat { visitor, place, outlet: Outlet::Opening })
    }

    fn sit(&self, room: RoomId, seat: Seat) -> Option<u64> {
        let taken = self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
            (open < self.limit).then_some(open + 1)
        });
        taken.ok()?;
        ::metrics::gauge!(metrics::SOCKETS).increment(1);
        let id = self.last.fetch_add(1, Ordering::Relaxed) * SHARDS_OF_ID + shard_of(seat.visitor);
        self.room(room).shard(id).insert(id, seat);
        Some(id)
    }

    /// From now on the fan at seat `id` is told over `wire`.
    pub fn connect(&self, room: RoomId, id: u64, wire: Arc<Wire>) {
        if let Some(seat) = self.room(room).shard(id).get_mut(&id) {
            if matches!(seat.outlet, Outlet::Crowded) {
                return tabs::close(&wire);
            }
            seat.outlet = Outlet::Wire(wire);
            // What was said in between was said to nobody.
            if let Some(place) = &mut seat.place {
                place.is_news = true;
            }
        }
    }

    /// Gives a seat up. Says which place it was about, where no other socket of this process is about the same.
    pub fn leave(&self, room: RoomId, id: u64) -> Option<PlaceNumber> {
        let waiting = self.known(room)?;
        let mut shard = waiting.shard(id);
        let seat = shard.remove(&id)?;
        self.open.fetch_sub(1, Ordering::Relaxed);
        ::metrics::gauge!(metrics::SOCKETS).decrement(1);
        let number = seat.place?.number;
        // All seats of a visitor are in one shard, and a place has one visitor.
        let is_shared = shard.values().any(|seat| seat.place.is_some_and(|place| place.number == number));
        (!is_shared).then_some(number)
    }

    /// Whether the caller is the first who asks: then it is to look after the sockets.
    pub fn is_first(&self) -> bool {
        !self.is_kept.swap(true, Ordering::Relaxed)
    }

    /// Calls `visit` for every open socket in the shards for which `wanted` holds.
    pub fn wires(&self, wanted: impl Fn(usize) -> bool, visit: impl Fn(&Arc<Wire>)) {
        let rooms: Vec<_> = self.rooms.iter().map(|room| room.clone()).collect();
        for room in rooms {
            for (_, shard) in room.shards.iter().enumerate().filter(|(index, _)| wanted(*index)) {
                for seat in lock(shard).values() {
                    if let Outlet::Wire(wire) = &seat.outlet {
                        visit(wire);
                    }
                }
            }
        }
    }
}

/// As many as there are shards, as part of a seat's id: the id says the shard.
const SHARDS_OF_ID: u64 = 64;

/// The shard that all seats of `visitor` are in.
pub(super) fn shard_of(visitor: VisitorId) -> u64 {
    let [.., last] = visitor.uuid().into_bytes();
    u64::from(last) % SHARDS_OF_ID
}

impl Default for Waiting {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), told: Mutex::default() }
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
        for shard in 0..SHARDS {
            self.for_each_in(shard, &mut visit);
        }
    }

    /// Calls `visit` for every seat of one shard.
    pub fn for_each_in(&self, shard: usize, visit: impl FnMut(&mut Seat)) {
        if let Some(shard) = self.shards.get(shard) {
            lock(shard).values_mut().for_each(visit);
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
        let shard = usize::try_from(shard_of(visitor)).unwrap_or(0);
        self.for_each_in(shard, |seat| {
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

    pub(super) fn shard(&self, id: u64) -> MutexGuard<'_, HashMap<u64, Seat>> {
        let index = usize::try_from(id).unwrap_or(0) % SHARDS;
        lock(&self.shards[index])
    }
}

impl Seat {
    /// Tells the fan something: a frame, and the same as text. One that was not taken yet is replaced; the last one is
    /// not, and the fan is left after it.
    pub fn tell(&self, frame: &[u8], text: &[u8], last: bool) {
        match &self.outlet {
            Outlet::Opening | Outlet::Crowded => {}
            Outlet::Wire(wire) => wire.push(frame, last),
            Outlet::Notes(notes) => {
                let text = String::from_utf8_lossy(text).into_owned();
                let note = if last { Note::Last(text) } else { Note::Frame(text) };
                notes.send_if_modified(|old| {
                    let is_open = !matches!(old, Note::Last(_));
                    if is_open {
                        *old = note;
                    }
                    is_open
                });
            }
        }
    }
}

/// A lock that a panic elsewhere does not take away.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
