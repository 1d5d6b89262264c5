//! An access code as stores keep it: a keyed hash, so that nobody reads codes out of a database.

use crate::{id::RoomId, visitor::GateSecret};

/// The hash of `code`, which is in its normal form, for `room`. The same code in two rooms has two hashes.
pub fn hash(room: RoomId, code: &str, secret: &GateSecret) -> [u8; 32] {
    secret.tag("access code", &[room.uuid().as_bytes(), code.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_another_in_another_room_and_under_another_secret() {
        let secret = |byte| GateSecret::new(vec![byte; 32]).unwrap();
        let room = |id| RoomId::from(Uuid::from_u128(id));
        let one = hash(room(1), "ABC123", &secret(1));
        assert_eq!(one, hash(room(1), "ABC123", &secret(1)));
        assert_ne!(one, hash(room(2), "ABC123", &secret(1)));
        assert_ne!(one, hash(room(1), "ABC124", &secret(1)));
        assert_ne!(one, hash(room(1), "ABC123", &secret(2)));
    }
}
