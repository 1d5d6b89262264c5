//! An entry in the lobby of a draw, as the fan carries it: proof of having been there before the draw. It has no number;
//! the draw gives one.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use subtle::ConstantTimeEq;

use crate::{
    id::{RoomId, VisitorId},
    place::Lane,
    visitor::{GateSecret, TAG},
};

/// What an entry is called where everybody may read it: 16 bytes, written as 32 hexadecimal digits in lower case. It
/// follows from room and visitor under the gate's secret, so the same visitor has the same one however often they ask,
/// and nobody without the secret can tell whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId([u8; 16]);

impl PlaceId {
    /// That of `visitor` in the draw of `room`.
    pub fn of(room: RoomId, visitor: VisitorId, secret: &GateSecret) -> Self {
        Self(secret.short_tag("lobby", &[room.uuid().into_bytes(), visitor.uuid().into_bytes()].concat()))
    }

    /// From the bytes that stores hold.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PlaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A text that names no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlaceId;

impl fmt::Display for NoPlaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place id has 32 hexadecimal digits in lower case")
    }
}

impl std::error::Error for NoPlaceId {}

impl FromStr for PlaceId {
    type Err = NoPlaceId;

    fn from_str(text: &str) -> Result<Self, NoPlaceId> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(NoPlaceId);
        }
        u128::from_str_radix(text, 16).map(|id| Self(id.to_be_bytes())).map_err(|_| NoPlaceId)
    }
}

impl Serialize for PlaceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlaceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The token for the entry of `visitor` in the draw of `room`, which is to come into `lane`. 43 characters, in another lane
/// than `main` 44; a signed place has 32 or 34.
pub fn sign(room: RoomId, visitor: VisitorId, lane: Lane, secret: &GateSecret) -> String {
    let id = PlaceId::of(room, visitor, secret);
    let number = [lane.number()];
    let shown = if lane == Lane::MAIN { &[] } else { number.as_slice() };
    URL_SAFE_NO_PAD.encode([id.0.as_slice(), shown, &tag(room, visitor, (id, lane), secret)].concat())
}

/// The entry of `visitor` in the draw of `room` that `token` proves, and its lane; `None` when it proves nothing for them.
pub fn verify(token: &str, room: RoomId, visitor: VisitorId, secret: &GateSecret) -> Option<(PlaceId, Lane)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, rest) = bytes.split_first_chunk::<16>()?;
    let (lane, proof) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    let lane = match lane {
        [] => Lane::MAIN,
        [lane] => Lane::new(*lane).filter(|lane| *lane != Lane::MAIN)?,
        _ => return None,
    };
    let entry = (PlaceId(*id), lane);
    bool::from(tag(room, visitor, entry, secret).ct_eq(proof)).then_some(entry)
}

fn tag(room: RoomId, visitor: VisitorId, (id, lane): (PlaceId, Lane), secret: &GateSecret) -> [u8; TAG] {
    let mut message = [room.uuid().into_bytes(), visitor.uuid().into_bytes(), id.0].concat();
    if lane == Lane::MAIN {
        return secret.short_tag("lobby-entry", &message);
    }
    message.push(lane.number());
    secret.short_tag("lobby-entry in a lane", &message)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::place;

    #[test]
    fn an_entry_is_proved_for_its_own_visitor_and_room_only() {
        let secret = GateSecret::new(&[1; 32]).unwrap();
        let (room, visitor) = (RoomId::from(Uuid::from_u128(1)), VisitorId::from(Uuid::from_u128(2)));
        let token = sign(room, visitor, Lane::MAIN, &secret);
        assert_eq!(token.len(), 43);
        let id = PlaceId::of(room, visitor, &secret);
        assert_eq!(verify(&token, room, visitor, &secret), Some((id, Lane::MAIN)));
        assert_eq!(verify(&token, room, Uuid::from_u128(9).into(), &secret), None);
        assert_eq!(verify(&token, Uuid::from_u128(9).into(), visitor, &secret), None);
        assert_eq!(place::verify(&token, room, visitor, &secret), None, "it has no number");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<PlaceId>(), Err(NoPlaceId));
        assert_eq!(serde_json::from_str::<PlaceId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }

    #[test]
    fn an_entry_names_its_lane_and_nobody_changes_it() {
        let secret = GateSecret::new(&[1; 32]).unwrap();
        let (room, visitor) = (RoomId::from(Uuid::from_u128(1)), VisitorId::from(Uuid::from_u128(2)));
        let id = PlaceId::of(room, visitor, &secret);
        for lane in Lane::all() {
            let token = sign(room, visitor, lane, &secret);
            assert_eq!(verify(&token, room, visitor, &secret), Some((id, lane)));
            assert_eq!(place::verify(&token, room, visitor, &secret), None, "it has no number");
            // The same id and tag, under the name of another lane or of none.
            let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            let proof = &bytes[bytes.len() - TAG..];
            for other in [&[][..], &[1], &[2], &[7], &[8], &[0], &[2, 2]] {
                let forged = URL_SAFE_NO_PAD.encode([&bytes[..16], other, proof].concat());
                assert!(
                    forged == token || verify(&forged, room, visitor, &secret).is_none(),
                    "{lane:?} {other:?}"
                );
            }
        }
    }
}
