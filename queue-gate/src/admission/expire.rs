//! Slots whose time is over, by a written transition; and the line brought in step with what is written.

use contracts::{id::RoomId, place::PlaceNumber};

use super::{
    front::store::{self as line, Outcome},
    store::{self, Ended, Fate},
};
use crate::{
    line::LineError,
    metrics,
    pass::{revoke::Ending, verify::CONFIRM_WITHIN},
    state::Gate,
};

/// The most places that one tick brings in step.
const REPAIR: u32 = 1000;

/// Ends the slots of `room` whose time is over. A no-show parks its place.
///
/// # Errors
/// When a store is away; what was written stays written, and the line is brought in step by [`repair`].
pub async fn expire(gate: &Gate, room: RoomId) -> Result<(), LineError> {
    let ended = store::expire(&gate.postgres, room, gate.room_clock.now()).await?;
    settle(gate, room, &ended).await
}

/// Tells the line of slots of `room` that have ended, and revokes their passes here at once.
///
/// # Errors
/// When Redis is away.
pub async fn settle(gate: &Gate, room: RoomId, ended: &[Ended]) -> Result<(), LineError> {
    for slot in ended {
        ::metrics::counter!(metrics::SLOTS_ENDED, "cause" => slot.cause.clone()).increment(1);
        if let Some(until) = slot.until {
            gate.revoked.add_as(slot.pass, Ending::of(&slot.cause), until + CONFIRM_WITHIN);
        }
    }
    let outcome = |slot: &Ended| {
        let outcome = if slot.cause == "no_show" { Outcome::NoShow } else { Outcome::Over };
        (slot.place, outcome)
    };
    let outcomes: Vec<(PlaceNumber, Outcome)> = ended.iter().map(outcome).collect();
    line::settle(&gate.redis, room, gate.room_clock.now(), &outcomes).await
}

/// Finds places that the line shows as called or inside though their time is over, and writes into it what PostgreSQL
/// knows of them: an earlier settling may have been lost on the way.
///
/// # Errors
/// When a store is away.
pub async fn repair(gate: &Gate, room: RoomId) -> Result<(), LineError> {
    let now = gate.room_clock.now();
    let overdue = line::overdue(&gate.redis, room, now, REPAIR).await?;
    if overdue.is_empty() {
        return Ok(());
    }
    let fates = store::fates(&gate.postgres, room, &overdue).await?;
    let outcome = |(place, fate)| match fate {
        Fate::Called => None,
        Fate::Inside(until) => Some((place, Outcome::Inside(until + CONFIRM_WITHIN))),
        Fate::NoShow => Some((place, Outcome::NoShow)),
        Fate::Over => Some((place, Outcome::Over)),
    };
    let outcomes: Vec<_> = fates.into_iter().filter_map(outcome).collect();
    line::settle(&gate.redis, room, now, &outcomes).await
}
