//! What a look and a logo of a waiting room are called, and the link by which somebody sees a look before fans do.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    id::RoomId,
    visitor::{GateSecret, TAG},
};

/// A name that follows from what it names: the first 16 bytes of its SHA-256, as 32 hexadecimal digits in lower case. What has
/// such a name never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId([u8; 16]);

impl ContentId {
    /// That of `content`.
    pub fn of(content: &[u8]) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(content)[..16]);
        Self(id)
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

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A text that is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is called by 32 hexadecimal digits in lower case")]
pub struct NoContentId;

impl FromStr for ContentId {
    type Err = NoContentId;

    fn from_str(text: &str) -> Result<Self, NoContentId> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(NoContentId);
        }
        u128::from_str_radix(text, 16).map(|id| Self(id.to_be_bytes())).map_err(|_| NoContentId)
    }
}

impl Serialize for ContentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Signs that whoever has this text may see the pages of `room` in `look` until `until`, to the second; 54 characters. It opens
/// nothing else: no place comes of it.
pub fn sign(room: RoomId, look: ContentId, until: DateTime<Utc>, secret: &GateSecret) -> String {
    let until = until.timestamp().to_be_bytes();
    let tag = tag(room, look, until, secret);
    URL_SAFE_NO_PAD.encode([look.0.as_slice(), &until, &tag].concat())
}

/// The look that `token` shows of `room`; `None` where it is no token of this room, or over by `now`.
pub fn verify(token: &str, room: RoomId, now: DateTime<Utc>, secret: &GateSecret) -> Option<ContentId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (look, rest) = bytes.split_first_chunk()?;
    let (until, proof) = rest.split_first_chunk()?;
    let look = ContentId(*look);
    let is_ours = bool::from(tag(room, look, *until, secret).ct_eq(proof));
    (is_ours && now.timestamp() < i64::from_be_bytes(*until)).then_some(look)
}

fn tag(room: RoomId, look: ContentId, until: [u8; 8], secret: &GateSecret) -> [u8; TAG] {
    let message = [room.uuid().into_bytes().as_slice(), &look.0, &until].concat();
    secret.short_tag("look", &message)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_link_shows_one_look_of_one_room_and_only_until_its_end() {
        let [secret, other] = [1, 2].map(|byte| GateSecret::new(&[byte; 32]).unwrap());
        let [room, foreign] = [1, 2].map(|id| RoomId::from(Uuid::from_u128(id)));
        let (look, now) = (ContentId::of(b"a look"), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let token = sign(room, look, now + TimeDelta::hours(1), &secret);
        assert_eq!(token.len(), 54);
        assert_eq!(verify(&token, room, now, &secret), Some(look));
        assert_eq!(verify(&token, room, now + TimeDelta::minutes(59), &secret), Some(look));
        assert_eq!(verify(&token, room, now + TimeDelta::hours(1), &secret), None, "it is over");
        assert_eq!(verify(&token, foreign, now, &secret), None, "it is another room's");
        assert_eq!(verify(&token, room, now, &other), None, "it is another gate's");
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert_eq!(verify(&URL_SAFE_NO_PAD.encode(forged), room, now, &secret), None, "byte {at}");
        }
        for text in ["", "a", "====", &token[1..]] {
            assert_eq!(verify(text, room, now, &secret), None, "{text}");
        }
    }

    #[test]
    fn a_name_follows_from_what_it_names() {
        let id = ContentId::of(b"a look");
        assert_ne!(id, ContentId::of(b"a book"));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<ContentId>(), Err(NoContentId));
        assert_eq!(serde_json::from_str::<ContentId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }
}
