//! A friend joins a party by its link.

use chrono::{DateTime, Utc};
use contracts::{
    id::{PartyId, RoomId},
    party,
    place::PlaceNumber,
};
use platform::postgres::{self, StoreError, Tx};

use super::{
    Party, PartyError, Plan, find, finish, plan,
    store::{self, Merge},
};
use crate::{
    extractors::Asker,
    line::{self, Standing, take::refused_account},
    room::Room,
    state::Gate,
};

/// How often a friend tries whose party moves to another place in the same moment.
const TRIES: u32 = 5;

/// What a friend has who joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The party.
    pub party: Party,
    /// The place that all of it share.
    pub place: Standing,
}

/// Lets `asker` join the party that `link` names: they share its place from now on, and of two places the better stays.
/// That stands in PostgreSQL before the line hears of it, and every tick tells the line what it was not told. Joining twice
/// changes nothing.
///
/// # Errors
/// [`PartyError`].
pub async fn join(gate: &Gate, room: &Room, asker: &Asker, link: &str) -> Result<Joined, PartyError> {
    let party = party::verify(link, room.id, &gate.keys.secret).ok_or(PartyError::Unknown)?;
    if let Some(refused) = refused_account(room, asker) {
        return Err(refused.into());
    }
    for _ in 0..TRIES {
        if store::of(&gate.postgres, room.id, asker.visitor).await? == Some(party) {
            return again(gate, room, asker, party).await;
        }
        let kept = store::get(&gate.postgres, room.id, party).await?.ok_or(PartyError::Unknown)?;
        let theirs = line::store::look(&gate.redis, room.id, &[kept.place]).await?;
        let theirs = theirs.into_iter().next().flatten().ok_or(PartyError::Unknown)?;
        let plan = plan(theirs, stand(gate, room, asker).await?, &room.policy.lanes.shares())?;
        if !write(gate, room, asker, party, kept.place, plan).await? {
            continue;
        }
        let merge = Merge {
            visitor: asker.visitor,
            given_up: plan.given_up,
            into: plan.kept.number,
            lane: plan.kept.lane,
        };
        if !finish::tell(gate, room.id, &merge).await? {
            // Without a place of their own nothing was merged, and nothing else undoes it.
            if plan.given_up.is_none() {
                remove(gate, room, asker).await?;
            }
            return Err(PartyError::Called);
        }
        return joined(gate, room, asker).await;
    }
    Err(PartyError::Called)
}

/// Writes the membership, and what becomes of the places. `false` where the party is at another place by now.
async fn write(
    gate: &Gate,
    room: &Room,
    asker: &Asker,
    party: PartyId,
    place: PlaceNumber,
    plan: Plan,
) -> Result<bool, PartyError> {
    let now = gate.clock.now();
    let mut tx = postgres::begin(&gate.postgres).await?;
    let added = add(&mut tx, room.id, asker, party, place, now).await;
    let (mut tx, is_added) = postgres::go_on(tx, added).await?;
    if !is_added {
        postgres::rollback(tx).await;
        return Ok(false);
    }
    store::merge(&mut tx, room.id, party, asker.visitor, &plan, now).await?;
    postgres::commit(tx).await?;
    Ok(true)
}

/// Adds a member, under the party's lock. `false` where the party is at another place by now.
async fn add(
    tx: &mut Tx,
    room: RoomId,
    asker: &Asker,
    party: PartyId,
    place: PlaceNumber,
    now: DateTime<Utc>,
) -> Result<bool, PartyError> {
    let locked = store::lock(tx, room, party).await?.ok_or(PartyError::Unknown)?;
    if locked.members == 0 {
        return Err(PartyError::Unknown);
    }
    if locked.place != place {
        return Ok(false);
    }
    if locked.members >= locked.limit {
        return Err(PartyError::Full(locked.limit));
    }
    if !store::leave_empty(tx, room, asker.visitor).await? {
        return Err(PartyError::InAnother);
    }
    Ok(store::add_member(tx, room, party, asker.visitor, now).await?)
}

/// Whoever is in the party already holds its place, or is given it: an earlier answer may have been lost on the way.
async fn again(gate: &Gate, room: &Room, asker: &Asker, party: PartyId) -> Result<Joined, PartyError> {
    finish::finish(gate, room.id).await?;
    if stand(gate, room, asker).await?.is_none() {
        let kept = store::get(&gate.postgres, room.id, party).await?.ok_or(PartyError::Unknown)?;
        let (now, visitor) = (gate.room_clock.now(), asker.visitor);
        let lane = contracts::place::Lane::MAIN;
        let merge = Merge { visitor, given_up: None, into: kept.place, lane };
        line::store::merge(&gate.redis, room.id, now, &merge).await?;
    }
    joined(gate, room, asker).await
}

async fn joined(gate: &Gate, room: &Room, asker: &Asker) -> Result<Joined, PartyError> {
    let party = find::find(gate, room, asker.visitor).await?.ok_or(PartyError::Called)?;
    let place = stand(gate, room, asker).await?.ok_or(PartyError::Unknown)?;
    Ok(Joined { party, place })
}

async fn stand(gate: &Gate, room: &Room, asker: &Asker) -> Result<Option<Standing>, PartyError> {
    let ask = || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), asker.visitor);
    Ok(line::with_recovery(gate, room.id, ask).await?)
}

async fn remove(gate: &Gate, room: &Room, asker: &Asker) -> Result<(), StoreError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    store::remove_member(&mut tx, room.id, asker.visitor, None).await?;
    postgres::commit(tx).await
}
