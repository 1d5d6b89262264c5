//! Entering the lobby of a draw, and finding what became of the entry.

use contracts::{
    id::{RoomId, VisitorId},
    lobby::{self, PlaceId},
    place::Lane,
};

use super::{
    known::Claim,
    store::line::{self, Ask, ByLane, Entrant, Had, Has, Stage},
};
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
        /// The lane that it comes into.
        lane: Lane,
        /// Whether another device of their account made it.
        is_shared: bool,
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
        /// So many of the draw are not in the line yet, and in their lanes will be in front of whoever came late.
        left: ByLane,
    },
    /// Nothing.
    Nothing,
}

/// Enters `visitor` into the lobby of `room`, once, or says what they have. The entry comes into the lane of their `claim`,
/// unless it is for one before that already; an account that the claim names has one entry. A `token` proves an entry that the
/// line has lost, and its lane. A place that was drawn and lost with the line comes back from the list, token or not.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn enter(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    token: Option<&str>,
    claim: Claim,
) -> Result<Entered, LineError> {
    match token.and_then(|token| lobby::verify(token, room, visitor, &gate.keys.secret)) {
        Some((_, lane)) => {
            let claim = Claim { lane: better(gate, room, claim.lane, lane), ..claim };
            asked(gate, room, visitor, Ask::Prove, claim).await
        }
        None => asked(gate, room, visitor, Ask::Enter, claim).await,
    }
}

/// The lane of somebody who has a claim to one and proved another.
fn better(gate: &Gate, room: RoomId, claimed: Option<Lane>, proved: Lane) -> Option<Lane> {
    let known = gate.rooms.get(room);
    known.map_or(Some(proved), |room| room.policy.lanes.better(claimed, Some(proved)))
}

/// What `visitor` has in `room`; nothing is changed but for a drawn place that was lost.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn look(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<Entered, LineError> {
    asked(gate, room, visitor, Ask::Look, Claim::default()).await
}

/// Enters `visitor` again where `token` proves an entry in the draw of `room`.
///
/// # Errors
/// When a store is away; safe to repeat.
pub async fn prove(gate: &Gate, room: &Room, visitor: VisitorId, token: &str) -> Result<(), LineError> {
    let proved = lobby::verify(token, room.id, visitor, &gate.keys.secret);
    if let Some((_, lane)) = proved.filter(|_| room.policy.order.draw().is_some()) {
        let claim = Claim { lane: Some(lane), ..gate.draws.claim(room.id, visitor) };
        asked(gate, room.id, visitor, Ask::Prove, claim).await?;
    }
    Ok(())
}

async fn asked(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    ask: Ask,
    claim: Claim,
) -> Result<Entered, LineError> {
    let own = PlaceId::of(room, visitor, &gate.keys.secret);
    let entrant = Entrant { place: own, visitor, claim };
    let shares = gate.rooms.get(room).map(|room| room.policy.lanes.shares()).unwrap_or_default();
    let lobby = with_recovery(gate, room, || gate.entries.ask(room, ask, shares, entrant)).await?;
    let (entries, tick) = (lobby.entries, lobby.tick);
    let nothing = Had { has: Has::Nothing, lane: Lane::MAIN, of_other: None };
    let Had { has, lane, of_other } = lobby.has.first().copied().unwrap_or(nothing);
    let (place, is_shared) = (of_other.unwrap_or(own), of_other.is_some());
    if matches!(has, Has::New | Has::Entry) {
        gate.draws.remember(room, visitor, Claim { lane: Some(lane), ..claim }, is_shared);
    }
    Ok(match has {
        Has::New => Entered::Lobby { place, entries, again: false, tick, lane, is_shared },
        Has::Entry => Entered::Lobby { place, entries, again: true, tick, lane, is_shared },
        Has::Drawing => Entered::Drawing { place, entries, tick },
        Has::Line if lobby.stage == Stage::Frozen && ask == Ask::Look => {
            Entered::Drawing { place, entries, tick }
        }
        Has::Line => Entered::Line { left: lobby.left },
        Has::Record => {
            bring_back(gate, room, place, visitor).await?;
            Entered::Line { left: ByLane::default() }
        }
        Has::Nothing => Entered::Nothing,
    })
}

/// Brings a drawn place back that Redis lost: the list in the record proves it.
async fn bring_back(gate: &Gate, room: RoomId, place: PlaceId, visitor: VisitorId) -> Result<(), LineError> {
    let (drawn, room) = (gate.draws.list(gate, room).await?, gate.rooms.get(room));
    let found = drawn.and_then(|drawn| Some((drawn.number(place)?, drawn.entry(place)?.lane())));
    if let (Some((number, lane)), Some(room)) = (found, room) {
        restore::restore_all(gate, &room, &[(number, lane, visitor)]).await?;
    }
    Ok(())
}

/// Enters those again who had a live connection when the lobby was lost. Where another device of somebody's account made the
/// entry, it is entered again from there; where the room asks for accounts, only whose account this gate knows.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn again(gate: &Gate, room: &Room, visitors: &[VisitorId]) -> Result<(), LineError> {
    /// How many in one call.
    const CHUNK: usize = 1000;
    let (id, secret, shares) = (room.id, &gate.keys.secret, room.policy.lanes.shares());
    let takes_all = room.policy.entry.account.is_none();
    let is_own = |visitor: &VisitorId| {
        !gate.draws.is_shared(id, *visitor) && (takes_all || gate.draws.claim(id, *visitor).account.is_some())
    };
    let own: Vec<_> = visitors.iter().copied().filter(is_own).collect();
    for chunk in own.chunks(CHUNK) {
        let entrant = |visitor: &VisitorId| Entrant {
            place: PlaceId::of(id, *visitor, secret),
            visitor: *visitor,
            claim: gate.draws.claim(id, *visitor),
        };
        let entrants: Vec<_> = chunk.iter().map(entrant).collect();
        line::enter(&gate.redis, id, Ask::Prove, &shares, &entrants).await?;
    }
    Ok(())
}
