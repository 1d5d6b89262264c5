//! A place in line as the fan carries it: proof of a number that Redis may have forgotten (promise W3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    id::{RoomId, VisitorId},
    visitor::GateSecret,
};

/// A number in a room's line: `epoch · 2³² + n`. Numbers rise with every join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PlaceNumber(u64);

impl PlaceNumber {
    /// The number `n` (from 1) of `epoch`. Epochs stay below 2²⁰, so that a number is exact as a Redis score.
    pub fn new(epoch: u32, n: u32) -> Self {
        Self((u64::from(epoch) << 32) | u64::from(n))
    }

    /// From the integer that stores hold.
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// The integer.
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The epoch of Redis in which it was given.
    pub const fn epoch(self) -> u64 {
        self.0 >> 32
    }
}

impl std::fmt::Display for PlaceNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub room: RoomId,
    /// Whose place it is.
    pub visitor: VisitorId,
    /// The number.
    pub number: PlaceNumber,
}

/// The token for `place`: its number and an HMAC over room, visitor and number. 32 characters.
pub fn sign(place: Place, secret: &GateSecret) -> String {
    let tag = secret.tag("place", &message(place));
    URL_SAFE_NO_PAD.encode([place.number.raw().to_be_bytes().as_slice(), &tag[..16]].concat())
}

/// The place of `visitor` in `room` that `token` proves; `None` when it proves nothing for them.
pub fn verify(token: &str, room: RoomId, visitor: VisitorId, secret: &GateSecret) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (number, tag) = bytes.split_first_chunk::<8>()?;
    let place = Place { room, visitor, number: PlaceNumber::from_raw(u64::from_be_bytes(*number)) };
    let genuine = secret.tag("place", &message(place))[..16].ct_eq(tag);
    bool::from(genuine).then_some(place)
}

fn message(place: Place) -> Vec<u8> {
    let ids: [Uuid; 2] = [place.room.uuid(), place.visitor.uuid()];
    [ids[0].as_bytes().as_slice(), ids[1].as_bytes(), &place.number.raw().to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_proved_for_its_own_visitor_and_room_only() {
        let secret = GateSecret::new(vec![1; 32]).unwrap();
        let (room, visitor) = (RoomId::from(Uuid::from_u128(1)), VisitorId::from(Uuid::from_u128(2)));
        let place = Place { room, visitor, number: PlaceNumber::new(3, 77) };
        let token = sign(place, &secret);
        assert_eq!(verify(&token, room, visitor, &secret), Some(place));
        assert_eq!(verify(&token, room, Uuid::from_u128(9).into(), &secret), None);
        assert_eq!(verify(&token, Uuid::from_u128(9).into(), visitor, &secret), None);
        assert_eq!(place.number.epoch(), 3);
    }
}
