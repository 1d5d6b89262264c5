//! A place in line as the fan carries it: proof of a number that Redis may have forgotten (promise W3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    id::{RoomId, VisitorId},
    visitor::{GateSecret, TAG},
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

/// One of a room's lanes, by the number under which keys, records and tokens know it. Its name and its share are the
/// room's; 0 is `main`, which every room has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "u8", into = "u8")]
pub struct Lane(u8);

impl Lane {
    /// The lane of everybody who has no claim to another.
    pub const MAIN: Self = Self(0);
    /// How many lanes a room has at most.
    pub const COUNT: usize = 8;

    /// The lane with this number, from 0 to 7.
    pub fn new(number: u8) -> Option<Self> {
        (usize::from(number) < Self::COUNT).then_some(Self(number))
    }

    /// Every lane that a room may have.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map_while(Self::new)
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its number, to index with.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl From<Lane> for u8 {
    fn from(lane: Lane) -> Self {
        lane.0
    }
}

impl TryFrom<u8> for Lane {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("a room has no lane {number}"))
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
    /// The lane that it is in, or was in when this was signed.
    pub lane: Lane,
}

/// The token for `place`: its number and an HMAC over room, visitor and number, 32 characters; in another lane than
/// `main` the lane too, 34 characters.
pub fn sign(place: Place, secret: &GateSecret) -> String {
    let tag = tag(place, secret);
    let number = place.number.raw().to_be_bytes();
    let lane = [place.lane.number()];
    let lane = if place.lane == Lane::MAIN { &[] } else { lane.as_slice() };
    URL_SAFE_NO_PAD.encode([number.as_slice(), lane, &tag].concat())
}

/// The place of `visitor` in `room` that `token` proves; `None` when it proves nothing for them.
pub fn verify(token: &str, room: RoomId, visitor: VisitorId, secret: &GateSecret) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    let (lane, proof) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    let lane = match lane {
        [] => Lane::MAIN,
        [lane] => Lane::new(*lane).filter(|lane| *lane != Lane::MAIN)?,
        _ => return None,
    };
    let number = PlaceNumber::from_raw(u64::from_be_bytes(*number));
    let place = Place { room, visitor, number, lane };
    bool::from(tag(place, secret).ct_eq(proof)).then_some(place)
}

fn tag(place: Place, secret: &GateSecret) -> [u8; TAG] {
    let ids: [Uuid; 2] = [place.room.uuid(), place.visitor.uuid()];
    let mut message =
        [ids[0].as_bytes().as_slice(), ids[1].as_bytes(), &place.number.raw().to_be_bytes()].concat();
    if place.lane == Lane::MAIN {
        return secret.short_tag("place", &message);
    }
    message.push(place.lane.number());
    secret.short_tag("place in a lane", &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_proved_for_its_own_visitor_and_room_only() {
        let secret = GateSecret::new(&[1; 32]).unwrap();
        let (room, visitor) = (RoomId::from(Uuid::from_u128(1)), VisitorId::from(Uuid::from_u128(2)));
        let place = Place { room, visitor, number: PlaceNumber::new(3, 77), lane: Lane::MAIN };
        let token = sign(place, &secret);
        assert_eq!(verify(&token, room, visitor, &secret), Some(place));
        assert_eq!(verify(&token, room, Uuid::from_u128(9).into(), &secret), None);
        assert_eq!(verify(&token, Uuid::from_u128(9).into(), visitor, &secret), None);
        assert_eq!(place.number.epoch(), 3);
    }

    #[test]
    fn a_place_names_its_lane_and_nobody_changes_it() {
        let secret = GateSecret::new(&[1; 32]).unwrap();
        let (room, visitor) = (RoomId::from(Uuid::from_u128(1)), VisitorId::from(Uuid::from_u128(2)));
        let number = PlaceNumber::new(3, 77);
        let of = |lane| Place { room, visitor, number, lane };
        for lane in Lane::all() {
            let token = sign(of(lane), &secret);
            assert_eq!(token.len(), if lane == Lane::MAIN { 32 } else { 34 });
            assert_eq!(verify(&token, room, visitor, &secret), Some(of(lane)));
        }
        // The number and the tag of one lane, under the name of another or of none.
        let bytes = URL_SAFE_NO_PAD.decode(sign(of(Lane(2)), &secret)).unwrap();
        for lane in [&[][..], &[0], &[1], &[8], &[2, 2]] {
            let forged = URL_SAFE_NO_PAD.encode([&bytes[..8], lane, &bytes[9..]].concat());
            assert_eq!(verify(&forged, room, visitor, &secret), None, "{lane:?}");
        }
        let main = URL_SAFE_NO_PAD.decode(sign(of(Lane::MAIN), &secret)).unwrap();
        let raised = URL_SAFE_NO_PAD.encode([&main[..8], &[1], &main[8..]].concat());
        assert_eq!(verify(&raised, room, visitor, &secret), None);
        assert_eq!(verify("", room, visitor, &secret), None);
    }
}
