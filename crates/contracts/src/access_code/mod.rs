//! The codes that organizers give out: how they are written, and how stores keep them. A store keeps a keyed hash, so
//! that nobody reads codes out of a database.

pub mod import;

use crate::{id::RoomId, visitor::GateSecret};

/// The shortest and the longest code, in characters that count.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 6..=64;
/// How many characters of a code its organizer is shown.
const HINT: usize = 3;

/// A code in its normal form: capital letters and digits. Spaces and hyphens do not count, small letters are capital ones.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code(String);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code")
    }
}

impl Code {
    /// Reads a code; `None` for a text that is none.
    pub fn parse(text: &str) -> Option<Self> {
        let counts = |letter: &char| !matches!(letter, ' ' | '-' | '\t');
        let code: String = text.chars().filter(counts).map(|letter| letter.to_ascii_uppercase()).collect();
        let is_code = LENGTHS.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_code.then_some(Self(code))
    }

    /// The last characters, by which an organizer tells codes apart.
    pub fn hint(&self) -> &str {
        &self.0[self.0.len() - HINT..]
    }

    /// The code itself, to be hashed: it belongs into no log and no table.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of the access code of a room.
    pub fn hash(&self, room: RoomId, secret: &GateSecret) -> [u8; 32] {
        hash(room, &self.0, secret)
    }
}

/// The hash of `code`, which is in its normal form, for `room`. The same code in two rooms has two hashes.
pub fn hash(room: RoomId, code: &str, secret: &GateSecret) -> [u8; 32] {
    secret.tag("access code", &[room.uuid().as_bytes(), code.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_written() {
        let code = Code::parse("ABCD1234").unwrap();
        for text in ["abcd1234", " ABCD-1234 ", "ab cd 12 34"] {
            assert_eq!(Code::parse(text).as_ref(), Some(&code), "{text}");
        }
        assert_eq!(code.hint(), "234");
        assert_eq!(format!("{code:?}"), "Code");
        for text in ["", "ABC12", "ABCD_1234", "ÄBCD1234", &"A".repeat(65)] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_is_another_in_another_room_and_under_another_secret() {
        let secret = |byte| GateSecret::new(&[byte; 32]).unwrap();
        let room = |id| RoomId::from(Uuid::from_u128(id));
        let one = hash(room(1), "ABC123", &secret(1));
        assert_eq!(one, hash(room(1), "ABC123", &secret(1)));
        assert_ne!(one, hash(room(2), "ABC123", &secret(1)));
        assert_ne!(one, hash(room(1), "ABC124", &secret(1)));
        assert_ne!(one, hash(room(1), "ABC123", &secret(2)));
    }
}
