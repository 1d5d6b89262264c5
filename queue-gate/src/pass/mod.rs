//! Leave to enter: what becomes of a place that was called.

pub mod claim;
pub mod exchange;
pub mod handler;
pub mod leave;
pub mod renew;
pub mod revoke;
pub mod store;
pub mod verify;

use contracts::{id::RoomId, place::PlaceNumber};
use platform::telemetry::Chain;

use crate::{
    admission::front::store::{self as front, Outcome},
    state::Gate,
};

/// Tells the line what is written in PostgreSQL already. When Redis is away the room's ticks make it good.
async fn tell_line(gate: &Gate, room: RoomId, place: PlaceNumber, outcome: Outcome) {
    let told = front::settle(&gate.redis, room, gate.room_clock.now(), &[(place, outcome)]).await;
    if let Err(error) = told {
        tracing::warn!(room.id = %room, error = %Chain(&error), "the line will be told later");
    }
}
