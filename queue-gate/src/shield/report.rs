//! What the shield of a room saw and refused: the counts of all gates.

use contracts::id::{AccountId, RoomId};
use platform::postgres::StoreError;

use super::{count::Counts, store};
use crate::{
    room::{self, Room},
    state::Gate,
};

/// How a shield stands.
#[derive(Clone, Debug)]
pub struct Report {
    /// The room, with its shield.
    pub room: Room,
    /// What all gates counted since it was changed last, to the second.
    pub counts: Counts,
    /// The zero bits that this gate asks for at the moment, of a network from which few come.
    pub difficulty: u8,
    /// How many new places a minute this gate gave of late.
    pub per_minute: u64,
}

/// Reports on the shield of a room of `owner`; `None` where there is no such room.
///
/// # Errors
/// When a store is away.
pub async fn report(gate: &Gate, room: RoomId, owner: AccountId) -> Result<Option<Report>, StoreError> {
    let Some(room) = room::store::get(&gate.postgres, room, owner).await? else { return Ok(None) };
    let (shield, now) = (&room.policy.shield, gate.clock.now());
    gate.shields.write_down(gate).await?;
    let counts = Counts::sum(shield.since, store::read(&gate.redis, room.id).await?.iter());
    let (difficulty, per_minute) = gate
        .shields
        .look(room.id, |memory| (memory.difficulty(shield, None, now), memory.per_minute(now)))
        .unwrap_or((shield.easiest, 0));
    Ok(Some(Report { room, counts, difficulty, per_minute }))
}
