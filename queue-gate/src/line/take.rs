//! A fan takes a place, by whatever gives them a claim to one.

use contracts::place::{self, Lane, Place, PlaceNumber};

use super::{LineError, join, restore};
use crate::{extractors::Asker, room::Room, state::Gate};

/// A place that was taken, or found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub number: PlaceNumber,
    /// The lane that it is in.
    pub lane: Lane,
    /// Live places of its lane ahead of it.
    pub ahead: u64,
    /// Whether it is new.
    pub is_new: bool,
    /// The place, signed, for the fan to carry.
    pub token: String,
}

/// Takes a place in the line of `room`, once for each visitor, in the lane of the asker's account where one takes it. A
/// `proof` of a place that the line has lost brings that one back.
///
/// # Errors
/// When the line cannot be asked; the place may be held all the same, so take it again.
pub async fn take(gate: &Gate, room: &Room, asker: &Asker, proof: Option<&str>) -> Result<Taken, LineError> {
    let restored = match proof {
        Some(token) => restore::restore(gate, room, asker.visitor, token).await?,
        None => None,
    };
    let lane = asker.session.as_ref().and_then(|session| room.policy.lanes.of_account(session.role));
    let joined = join::join(gate, room, asker.visitor, lane).await?;
    let place = Place { room: room.id, visitor: asker.visitor, number: joined.number, lane: joined.lane };
    Ok(Taken {
        number: joined.number,
        lane: joined.lane,
        ahead: joined.ahead,
        is_new: !joined.again && restored.is_none(),
        token: place::sign(place, &gate.keys.secret),
    })
}
