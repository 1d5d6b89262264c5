//! The seed of a draw: from the operating system, sealed until the list is closed, never on any log.

use contracts::{id::RoomId, visitor::GateSecret};
use platform::ids::secret;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The seed of a draw.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

impl Seed {
    /// A new one.
    pub fn new() -> Self {
        Self(secret())
    }

    /// From the bytes that stores hold, or that were published.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Sealed for the draw of `room`: a nonce of 12 bytes, then AES-256-GCM (NIST SP 800-38D) under a key that follows from the
    /// gates' secret. What was sealed for one room opens for no other.
    ///
    /// # Panics
    /// Never: 32 bytes are not too long for it.
    pub fn seal(&self, room: RoomId, secret: &GateSecret) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = platform::ids::secret();
        let mut sealed = self.0.to_vec();
        key(secret)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), about(room), &mut sealed)
            .expect("32 bytes are never too long");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Seed::seal`] made; `None` under another secret, for another room, or where somebody changed a bit.
    pub fn open(sealed: &[u8], room: RoomId, secret: &GateSecret) -> Option<Self> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key(secret).open_in_place(nonce, about(room), &mut sealed).ok()?;
        opened.try_into().ok().map(Self)
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::new()
    }
}

fn key(secret: &GateSecret) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, &secret.key("draw-seed")).expect("a key of 32 bytes");
    LessSafeKey::new(key)
}

fn about(room: RoomId) -> Aad<[u8; 16]> {
    Aad::from(room.uuid().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_seed_opens_with_the_same_secret_for_the_same_room_only() {
        let gate = |byte| GateSecret::new(&[byte; 32]).unwrap();
        let room = |id| RoomId::from(uuid::Uuid::from_u128(id));
        let seed = Seed::new();
        let mut sealed = seed.seal(room(1), &gate(1));
        assert_eq!(sealed.len(), 60);
        assert!(!sealed.windows(8).any(|part| seed.bytes().windows(8).any(|own| own == part)));
        assert_eq!(Seed::open(&sealed, room(1), &gate(1)), Some(seed));
        assert_eq!(Seed::open(&sealed, room(1), &gate(2)), None);
        assert_eq!(Seed::open(&sealed, room(2), &gate(1)), None);
        sealed[20] ^= 1;
        assert_eq!(Seed::open(&sealed, room(1), &gate(1)), None);
        assert_eq!(format!("{:?}", Seed::new()), "Seed");
    }
}
