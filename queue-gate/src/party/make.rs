//! A fan makes a party, for friends to join.

use platform::postgres;

use super::{Party, PartyError, find, store};
use crate::{
    extractors::Asker,
    line::{self, PlaceState},
    room::Room,
    state::Gate,
};

/// Makes a party around the place of `asker`, or finds the one that they are in.
///
/// # Errors
/// [`PartyError::NoPlace`] without a place in line; [`PartyError::Called`] once it was called.
pub async fn make(gate: &Gate, room: &Room, asker: &Asker) -> Result<Party, PartyError> {
    if let Some(own) = find::find(gate, room, asker.visitor).await? {
        return Ok(own);
    }
    let ask = || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), asker.visitor);
    let standing = line::with_recovery(gate, room.id, ask).await?.ok_or(PartyError::NoPlace)?;
    if !matches!(standing.state, PlaceState::Waiting | PlaceState::Away) {
        return Err(PartyError::Called);
    }
    let (party, now) = (gate.ids.next(), gate.clock.now());
    let mut tx = postgres::begin(&gate.postgres).await?;
    store::insert(&mut tx, room.id, party, standing.number, now).await?;
    if store::add_member(&mut tx, room.id, party, asker.visitor, now).await? {
        postgres::commit(tx).await?;
    } else {
        // A twin of this request was faster: its party it is.
        postgres::rollback(tx).await;
    }
    find::find(gate, room, asker.visitor).await?.ok_or(PartyError::Unknown)
}
