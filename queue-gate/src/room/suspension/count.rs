//! Who was let through without a turn: gathered in memory, written down once a second.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use contracts::id::{RoomId, VisitorId};
use platform::telemetry::Chain;

use super::store;
use crate::{metrics, state::Gate};

/// How many visitors a room's suspension tells apart; beyond, each request counts as one.
const KNOWN_MAX: usize = 1_000_000;

/// The visitors whom this gate let through, by room.
#[derive(Debug, Default)]
pub struct LetThrough(Mutex<HashMap<RoomId, Seen>>);

#[derive(Debug, Default)]
struct Seen {
    visitors: HashSet<VisitorId>,
    unwritten: i64,
}

impl LetThrough {
    /// Notes that `visitor` was let through in `room`.
    pub fn note(&self, room: RoomId, visitor: VisitorId) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = rooms.entry(room).or_default();
        if seen.visitors.len() >= KNOWN_MAX || seen.visitors.insert(visitor) {
            seen.unwritten += 1;
            ::metrics::counter!(metrics::LET_THROUGH).increment(1);
        }
    }

    fn take(&self) -> Vec<(RoomId, i64)> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.iter_mut().map(|(room, seen)| (*room, std::mem::take(&mut seen.unwritten))).collect()
    }

    fn give_back(&self, room: RoomId, visitors: i64) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.entry(room).or_default().unwritten += visitors;
    }

    fn forget(&self, room: RoomId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&room);
    }
}

/// Writes down how many were let through since the last time, and forgets the visitors of intervals that are over.
pub async fn write_down(gate: &Gate) {
    for (room, visitors) in gate.let_through.take() {
        if visitors > 0
            && let Err(error) = store::add_visitors(&gate.postgres, room, visitors).await
        {
            tracing::warn!(room.id = %room, error = %Chain(&error), "who was let through is counted later");
            gate.let_through.give_back(room, visitors);
        } else if !gate.rooms.get(room).is_some_and(|room| room.lets_all_through()) {
            gate.let_through.forget(room);
        }
    }
}
