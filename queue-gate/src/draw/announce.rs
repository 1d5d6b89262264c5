//! A draw is announced: its seed is chosen, its commitment published, the seed sealed.

use chrono::{DateTime, Utc};
use contracts::id::RoomId;
use platform::postgres::{StoreError, Tx};

use super::{Announced, BEACON_MAX, Order, Seed, commitment, store::record};
use crate::{
    room::{WrongSetting, check_text},
    state::Gate,
};

/// What an organizer says of a new draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewDraw {
    /// A public value of the future that shall go into it, in words.
    pub beacon: Option<String>,
    /// When the lobby is to close, for the fans to read.
    pub opens_at: Option<DateTime<Utc>>,
}

impl NewDraw {
    /// Whether all is in its bounds.
    ///
    /// # Errors
    /// [`WrongSetting`] when it is not.
    pub fn check(&self) -> Result<(), WrongSetting> {
        self.beacon.as_deref().map_or(Ok(()), |beacon| check_text("beacon", beacon, BEACON_MAX))
    }
}

/// Chooses the seed of a draw for `room`, seals it, and says what is published of it.
pub fn announce(gate: &Gate, room: RoomId, new: NewDraw) -> (Order, Vec<u8>) {
    let seed = Seed::new();
    let sealed = seed.seal(room, &gate.keys.secret);
    let commitment = hex::encode(commitment(&seed));
    (Order::Draw(Announced { commitment, beacon: new.beacon, opens_at: new.opens_at }), sealed)
}

/// Writes the draw of a new room, in the room's own transaction.
///
/// # Errors
/// When the database is away.
pub async fn write(tx: &mut Tx, room: RoomId, order: &Order, sealed: &[u8]) -> Result<(), StoreError> {
    let Some(announced) = order.draw() else { return Ok(()) };
    let commitment = hex::decode(&announced.commitment)
        .map_err(|_| StoreError::Unexpected("a commitment is not hex".to_owned()))?;
    record::insert(tx, room, &commitment, sealed, announced.beacon.as_deref()).await
}
