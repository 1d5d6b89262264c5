//! The link by which friends join a party: the party's id with an HMAC, so that nobody joins by guessing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    id::{PartyId, RoomId},
    visitor::{GateSecret, TAG},
};

/// What the link of `party` in `room` carries: 43 characters.
pub fn sign(room: RoomId, party: PartyId, secret: &GateSecret) -> String {
    let tag = tag(room, party, secret);
    URL_SAFE_NO_PAD.encode([party.uuid().as_bytes().as_slice(), &tag].concat())
}

/// The party in `room` that a link names; `None` when it is not one that we gave.
pub fn verify(link: &str, room: RoomId, secret: &GateSecret) -> Option<PartyId> {
    let bytes = URL_SAFE_NO_PAD.decode(link).ok()?;
    let (id, proof) = bytes.split_first_chunk::<16>()?;
    let party = PartyId::from(Uuid::from_bytes(*id));
    bool::from(tag(room, party, secret).ct_eq(proof)).then_some(party)
}

fn tag(room: RoomId, party: PartyId, secret: &GateSecret) -> [u8; TAG] {
    secret.short_tag("party", &[room.uuid().as_bytes().as_slice(), party.uuid().as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_its_own_party_in_its_own_room_only() {
        let secret = GateSecret::new(&[1; 32]).unwrap();
        let (room, party) = (RoomId::from(Uuid::from_u128(1)), PartyId::from(Uuid::from_u128(2)));
        let link = sign(room, party, &secret);
        assert_eq!(link.len(), 43);
        assert_eq!(verify(&link, room, &secret), Some(party));
        assert_eq!(verify(&link, Uuid::from_u128(3).into(), &secret), None);
        assert_eq!(verify(&link, room, &GateSecret::new(&[2; 32]).unwrap()), None);
        assert_eq!(verify(&link[..42], room, &secret), None);
        assert_eq!(verify(&Uuid::from_u128(2).to_string(), room, &secret), None);
    }
}
