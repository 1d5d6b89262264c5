//! The code on a ticket: it proves itself at the door, without a network.
//!
//! `base64url(version ‖ event ‖ ticket ‖ order ‖ serial ‖ signature).kid` — version 1; the signature is Ed25519 over
//! all bytes before it. `serial` rises when a ticket is transferred, so that the old code is told from the new one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    id::{EventId, OrderId, TicketId},
    key::{PrivateKey, PublicKeys},
};

/// What a genuine code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketCode {
    /// The event.
    pub event: EventId,
    /// The seat or unit.
    pub ticket: TicketId,
    /// The order that bought it.
    pub order: OrderId,
    /// The issue of this ticket, from 1.
    pub serial: u32,
}

const VERSION: u8 = 1;
const BODY: usize = 1 + 16 + 4 + 16 + 4;

impl TicketCode {
    /// The text for the QR code.
    pub fn sign(self, key: &PrivateKey) -> String {
        let mut bytes = self.body();
        let signature = key.sign(&bytes);
        bytes.extend_from_slice(&signature);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(bytes), key.kid())
    }

    /// What `text` says, if a key of `keys` signed it.
    pub fn verify(text: &str, keys: &PublicKeys) -> Option<Self> {
        let (code, kid) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(code).ok()?;
        let (body, signature) = bytes.split_at_checked(BODY)?;
        let signature = <[u8; 64]>::try_from(signature).ok()?;
        if !keys.verify(kid, body, &signature) || body[0] != VERSION {
            return None;
        }
        let uuid = |from: usize| Uuid::from_slice(&body[from..from + 16]).ok();
        let int = |from: usize| <[u8; 4]>::try_from(&body[from..from + 4]).ok().map(u32::from_be_bytes);
        Some(Self {
            event: uuid(1)?.into(),
            ticket: TicketId::new(int(17)?)?,
            order: uuid(21)?.into(),
            serial: int(37)?,
        })
    }

    fn body(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(BODY + 64);
        bytes.push(VERSION);
        bytes.extend_from_slice(self.event.uuid().as_bytes());
        bytes.extend_from_slice(&self.ticket.number().to_be_bytes());
        bytes.extend_from_slice(self.order.uuid().as_bytes());
        bytes.extend_from_slice(&self.serial.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_proves_itself_and_no_byte_of_it_can_be_changed() {
        let key = PrivateKey::from_seed([3; 32]);
        let code = TicketCode {
            event: Uuid::from_u128(1).into(),
            ticket: TicketId::new(12).unwrap(),
            order: Uuid::from_u128(2).into(),
            serial: 1,
        };
        let text = code.sign(&key);
        assert_eq!(TicketCode::verify(&text, &key.public()), Some(code));
        let (bytes, kid) = text.split_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(bytes).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let forged = format!("{}.{kid}", URL_SAFE_NO_PAD.encode(other));
            assert_eq!(TicketCode::verify(&forged, &key.public()), None, "byte {at}");
        }
    }
}
