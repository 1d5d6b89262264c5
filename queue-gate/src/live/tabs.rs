//! How many connections one visitor has, and which of them give way.

use contracts::id::{RoomId, VisitorId};

use super::{
    hub::{Hub, Note, Outlet, Seat, shard_of},
    wire::Wire,
};
use crate::metrics;

/// A code of our own: the visitor has newer connections.
const CROWDED: u16 = 4409;

impl Hub {
    /// How many seats `visitor` has in `room` beyond `most`. Where `is_enforced` the oldest of them are told to close.
    pub fn make_way(&self, room: RoomId, visitor: VisitorId, most: usize, is_enforced: bool) -> usize {
        let Some(waiting) = self.known(room) else { return 0 };
        let mut shard = waiting.shard(shard_of(visitor));
        let counts = |seat: &Seat| seat.visitor == visitor && !matches!(seat.outlet, Outlet::Crowded);
        let mut ids: Vec<_> = shard.iter().filter(|(_, seat)| counts(seat)).map(|(id, _)| *id).collect();
        // In one shard a newer seat has a larger id.
        ids.sort_unstable();
        let over = ids.len().saturating_sub(most);
        for id in ids.into_iter().take(if is_enforced { over } else { 0 }) {
            if let Some(seat) = shard.get_mut(&id) {
                seat.give_way();
            }
        }
        over
    }
}

impl Seat {
    fn give_way(&mut self) {
        ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "tabs").increment(1);
        match std::mem::replace(&mut self.outlet, Outlet::Crowded) {
            // One that is not open yet is closed when it is.
            Outlet::Opening | Outlet::Crowded => {}
            Outlet::Wire(wire) => close(&wire),
            Outlet::Notes(notes) => {
                // The last word is not overwritten: its reader goes after it anyway.
                notes.send_if_modified(|old| {
                    let is_open = !matches!(old, Note::Last(_));
                    if is_open {
                        *old = Note::Crowded;
                    }
                    is_open
                });
            }
        }
    }
}

/// Closes the socket of somebody who has newer ones.
pub(super) fn close(wire: &Wire) {
    wire.close(CROWDED, "newer tabs");
}
