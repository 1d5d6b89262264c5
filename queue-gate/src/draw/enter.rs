//! Entering the lobby of a draw, and finding what became of the entry.

use contracts::{
    id::{RoomId, VisitorId},
    lobby::{self, PlaceId},
    place::Lane,
};

use super::store::line::{self, Ask, Has, Stage};
use crate::{
    line::{LineError, restore, with_recovery},
    room::Room,
    state::Gate,
};

/// What a visitor has in a room with a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// An entry in the lobby.
    Lobby {
        /// Which.
        place: PlaceId,
        /// Entries so far.
        entries: u64,
        /// Whether they had it before.
        again: bool,
        /// The last tick of the room.
        tick: u64,
    },
    /// An entry that is being drawn, or nobody knows for the moment.
    Drawing {
        /// Which.
        place: PlaceId,
        /// Entries in the draw.
        entries: u64,
        /// The last tick of the room.
        tick: u64,
    },
    /// A place in the line, or none yet: the line knows.
    Line {
        /// So many of the draw are not in the line yet, and will be in front of whoever came late.
        left: u64,
    },
    /// Nothing.
    Nothing,
}

/// Enters `visitor` into the lobby of `room`, once, or says what they have. A `token` proves an entry that the line has lost.
/// A place that was drawn and lost with the line comes back from the list, token or not.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn enter(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    token: Option<&str>,
) -> Result<Entered, LineError> {
    let proof = token.and_then(|token| lobby::verify(token, room, visitor, &gate.keys.secret));
    let ask = if proof.is_some() { Ask::Prove } else { Ask::Enter };
    asked(gate, room, visitor, ask).await
}

/// What `visitor` has in `room`; nothing is changed but for a drawn place that was lost.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn look(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<Entered, LineError> {
    asked(gate, room, visitor, Ask::Look).await
}

/// Enters `visitor` again where `token` proves an entry in the draw of `room`.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn prove(gate: &Gate, room: &Room, visitor: VisitorId, token: &str) -> Result<(), LineError> {
    let proved = lobby::verify(token, room.id, visitor, &gate.keys.secret).is_some();
    if proved && room.policy.order.draw().is_some() {
        asked(gate, room.id, visitor, Ask::Prove).await?;
    }
    Ok(())
}

async fn asked(gate: &Gate, room: RoomId, visitor: VisitorId, ask: Ask) -> Result<Entered, LineError> {
    let place = PlaceId::of(room, visitor, &gate.keys.secret);
    let lobby = with_recovery(gate, room, || gate.entries.ask(room, ask, (place, visitor))).await?;
    let (entries, tick) = (lobby.entries, lobby.tick);
    Ok(match lobby.has.first().copied().unwrap_or(Has::Nothing) {
        Has::New => Entered::Lobby { place, entries, again: false, tick },
        Has::Entry => Entered::Lobby { place, entries, again: true, tick },
        Has::Drawing => Entered::Drawing { place, entries, tick },
        Has::Line if lobby.stage == Stage::Frozen && ask == Ask::Look => {
            Entered::Drawing { place, entries, tick }
        }
        Has::Line => Entered::Line { left: lobby.left },
        Has::Record => {
            bring_back(gate, room, place, visitor).await?;
            Entered::Line { left: 0 }
        }
        Has::Nothing => Entered::Nothing,
    })
}

/// Brings a drawn place back that Redis lost: the list in the record proves it.
async fn bring_back(gate: &Gate, room: RoomId, place: PlaceId, visitor: VisitorId) -> Result<(), LineError> {
    let drawn = gate.draws.list(gate, room).await?;
    let (number, room) = (drawn.and_then(|drawn| drawn.number(place)), gate.rooms.get(room));
    if let (Some(number), Some(room)) = (number, room) {
        restore::restore_all(gate, &room, &[(number, Lane::MAIN, visitor)]).await?;
    }
    Ok(())
}

/// Enters those again who had a live connection when the lobby was lost.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn again(gate: &Gate, room: RoomId, visitors: &[VisitorId]) -> Result<(), LineError> {
    /// How many in one call.
    const CHUNK: usize = 1000;
    let secret = &gate.keys.secret;
    for chunk in visitors.chunks(CHUNK) {
        let entries: Vec<_> =
            chunk.iter().map(|visitor| (PlaceId::of(room, *visitor, secret), *visitor)).collect();
        line::enter(&gate.redis, room, Ask::Prove, &entries).await?;
    }
    Ok(())
}
