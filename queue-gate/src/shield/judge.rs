//! Whether somebody may take a new place, get a challenge, or open one more live connection.

use std::net::IpAddr;

use contracts::{
    id::VisitorId,
    lobby, place,
    proof::{self, Answered, Challenge, Flaw},
};
use rand::RngExt;

use super::{
    Measure, Mode, Network,
    budget::{Kind, Spent},
};
use crate::{
    draw::{self, enter::Entered},
    line::{self, LineError},
    metrics,
    room::Room,
    state::Gate,
};

/// Who asks, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    /// The visitor.
    pub visitor: VisitorId,
    /// The address, behind all proxies that are trusted.
    pub address: IpAddr,
}

/// A challenge that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text to answer.
    pub text: String,
    /// What it asks for.
    pub challenge: Challenge,
}

/// Why somebody does not get a new place.
#[derive(Debug, thiserror::Error)]
pub enum NoPlaceYet {
    /// A proof is asked for, and none was sent or it has a flaw.
    #[error("a proof is asked for")]
    Proof {
        /// What is wrong with the one that was sent.
        flaw: Option<Flaw>,
        /// What to answer next.
        given: Given,
    },
    /// The address or its network has taken its part.
    #[error("a budget is spent")]
    Spent(Spent),
    /// The line could not be asked.
    #[error("the line could not be asked")]
    Line(#[from] LineError),
}

/// Whether `who` may join `room` with this `proof`. Who holds a place or an entry already always may, and who proves by
/// `token` that they had one: they paid for it (promise W3).
///
/// # Errors
/// [`NoPlaceYet`]; no place was taken.
pub async fn may_join(
    gate: &Gate,
    room: &Room,
    who: Who,
    proof: Option<&str>,
    token: Option<&str>,
) -> Result<(), NoPlaceYet> {
    let shield = &room.policy.shield;
    if shield.proof == Mode::Off && shield.joins == Mode::Off {
        return Ok(());
    }
    let (visitor, secret) = (who.visitor, &gate.keys.secret);
    let proves = |token: &str| {
        place::verify(token, room.id, visitor, secret).is_some()
            || lobby::verify(token, room.id, visitor, secret).is_some()
    };
    if token.is_some_and(proves) || holds(gate, room, visitor).await? {
        return Ok(());
    }
    check_proof(gate, room, who, proof)?;
    spend(gate, room, who, Measure::Joins, Kind::Joins).map_err(NoPlaceYet::Spent)
}

/// Whether `visitor` has a place in the line of `room`, or an entry in its draw. For the few seconds in which a lobby is
/// closed and not drawn yet the draw does not tell late comers from its entries, so all of them count as such.
async fn holds(gate: &Gate, room: &Room, visitor: VisitorId) -> Result<bool, LineError> {
    if room.policy.order.draw().is_some() {
        let has = draw::enter::look(gate, room.id, visitor).await?;
        if matches!(has, Entered::Lobby { .. } | Entered::Drawing { .. }) {
            return Ok(true);
        }
    }
    let ask = || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), visitor);
    Ok(line::with_recovery(gate, room.id, ask).await?.is_some())
}

/// Notes that `who` took a new place in `room`: what is asked of the next ones follows from how many do.
pub fn joined(gate: &Gate, room: &Room, who: Who) {
    if room.policy.shield.proof != Mode::Off {
        let now = gate.clock.now();
        gate.shields.remember(room, |memory| memory.came(Network::of(who.address), now));
    }
}

/// A challenge for `who`, as hard as the demand makes it.
///
/// # Errors
/// When their address or network got all that it gets for the moment.
pub fn challenge(gate: &Gate, room: &Room, who: Who) -> Result<Given, Spent> {
    spend(gate, room, who, Measure::Challenges, Kind::Challenges)?;
    let (shield, now) = (&room.policy.shield, gate.clock.now());
    let network = Network::of(who.address);
    let challenge = Challenge {
        nonce: gate.ids.stream().random(),
        given: now,
        difficulty: gate.shields.remember(room, |memory| memory.difficulty(shield, Some(network), now)),
        wait: shield.wait,
    };
    Ok(Given { text: challenge.sign(room.id, who.visitor, &gate.keys.secret), challenge })
}

fn check_proof(gate: &Gate, room: &Room, who: Who, proof: Option<&str>) -> Result<(), NoPlaceYet> {
    let mode = room.policy.shield.proof;
    // A code is worth more than a sum, and guessing one is slow: a room that takes one asks for nothing else.
    if mode == Mode::Off || room.policy.entry.code {
        return Ok(());
    }
    let outcome = match proof {
        Some(proof) => {
            proof::verify(proof, room.id, who.visitor, &gate.keys.secret, gate.clock.now()).map_err(Some)
        }
        None => Err(None),
    };
    // Waiting costs nothing, so only so many of one place may do it: the others calculate.
    let too_many = match outcome {
        Ok(Answered::Waited) => gate.shields.budgets.take(Kind::Waits, room.id, who.address).err(),
        _ => None,
    };
    gate.shields.remember(room, |memory| match too_many {
        Some(_) => memory.counts.proofs.too_many_waits += 1,
        None => memory.counts.proofs.note(outcome),
    });
    note(gate, room, who, Measure::Proof, outcome.is_err() || too_many.is_some());
    match (mode, outcome, too_many) {
        (Mode::Enforce, _, Some(spent)) => Err(NoPlaceYet::Spent(spent)),
        (Mode::Enforce, Err(flaw), _) => {
            let given = challenge(gate, room, who).map_err(NoPlaceYet::Spent)?;
            Err(NoPlaceYet::Proof { flaw, given })
        }
        _ => Ok(()),
    }
}

/// Whether `who` may open one more live connection.
///
/// # Errors
/// When their address or network opened as many as it may for the moment.
pub fn may_listen(gate: &Gate, room: &Room, who: Who) -> Result<(), Spent> {
    spend(gate, room, who, Measure::Sockets, Kind::Sockets)
}

/// Looks how many live connections `who` has after one more was opened. Where they are too many the oldest gives way: it
/// is the tab that was left behind, or the connection of a phone that has changed its network meanwhile.
pub fn make_way(gate: &Gate, room: &Room, who: Who) {
    let mode = room.policy.shield.tabs;
    if mode == Mode::Off {
        return;
    }
    let most = usize::try_from(gate.shields.tabs.get()).unwrap_or(usize::MAX);
    let is_enforced = mode == Mode::Enforce;
    let over = gate.hub.make_way(room.id, who.visitor, most, is_enforced);
    note(gate, room, who, Measure::Tabs, over > 0);
}

/// Takes one of `kind` from the budgets of the who, where `measure` is not off.
fn spend(gate: &Gate, room: &Room, who: Who, measure: Measure, kind: Kind) -> Result<(), Spent> {
    let mode = room.policy.shield.mode(measure);
    if mode == Mode::Off {
        return Ok(());
    }
    let taken = gate.shields.budgets.take(kind, room.id, who.address);
    note(gate, room, who, measure, taken.is_err());
    if mode == Mode::Enforce { taken } else { Ok(()) }
}

fn note(gate: &Gate, room: &Room, who: Who, measure: Measure, is_refused: bool) {
    let outcome = match (is_refused, room.policy.shield.mode(measure)) {
        (false, _) => "passed",
        (true, Mode::Enforce) => "refused",
        (true, _) => "wouldRefuse",
    };
    ::metrics::counter!(metrics::SHIELD, "measure" => measure.name(), "outcome" => outcome).increment(1);
    let network = Network::of(who.address);
    gate.shields.remember(room, |memory| memory.counts.note(measure, network, is_refused));
}
