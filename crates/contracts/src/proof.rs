//! Proof of work before a place in line: a challenge that the gate signs and keeps no memory of, and the text that answers
//! it.
//!
//! A challenge is a text of 36 characters. It is answered by the text `CHALLENGE.N`, N being 1 to 18 decimal digits, whose
//! SHA-256 begins with as many zero bits as the challenge says; or, by those who cannot calculate, by the challenge alone
//! once its wait is over. Everything hashed fits into one block of SHA-256 (55 bytes).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    id::{RoomId, VisitorId},
    visitor::{GateSecret, TAG},
};

/// How long a challenge may be answered once its wait is over.
pub const LASTS: TimeDelta = TimeDelta::minutes(2);
/// By how much the clock of the gate that gave a challenge may be ahead of that of the gate that checks it.
pub const SKEW: TimeDelta = TimeDelta::seconds(5);
/// The most zero bits that a challenge may ask for: 16 million hashes on average.
pub const HARDEST: u8 = 24;
/// The most digits of a number that answers one.
const DIGITS: usize = 18;

/// What is asked of somebody who wants a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Makes it another one than the last.
    pub nonce: u32,
    /// When it was given, to the second.
    pub given: DateTime<Utc>,
    /// How many zero bits the hash begins with.
    pub difficulty: u8,
    /// After how many seconds the challenge alone will do.
    pub wait: u16,
}

/// How a challenge was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// By work.
    Solved,
    /// By having waited.
    Waited,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// The challenge is not one that we gave to this visitor for this room.
    Foreign,
    /// It was given too long ago, or by a clock too far ahead.
    Expired,
    /// The hash does not begin with enough zero bits.
    TooEasy,
    /// The challenge alone, before its wait is over.
    TooEarly,
}

impl Challenge {
    /// The text of the challenge of `visitor` in `room`.
    pub fn sign(self, room: RoomId, visitor: VisitorId, secret: &GateSecret) -> String {
        let head = self.head();
        let tag = tag(room, visitor, &head, secret);
        URL_SAFE_NO_PAD.encode([head.as_slice(), &tag].concat())
    }

    /// From when on the challenge alone will do.
    pub fn wait_until(self) -> DateTime<Utc> {
        self.given + TimeDelta::seconds(self.wait.into())
    }

    /// Until when it may be answered.
    pub fn expires(self) -> DateTime<Utc> {
        self.wait_until() + LASTS
    }

    fn head(self) -> [u8; 11] {
        let mut head = [0; 11];
        head[..4].copy_from_slice(&self.nonce.to_be_bytes());
        head[4..8].copy_from_slice(&u32::try_from(self.given.timestamp()).unwrap_or(0).to_be_bytes());
        head[8] = self.difficulty;
        head[9..].copy_from_slice(&self.wait.to_be_bytes());
        head
    }

    fn of(head: &[u8; 11]) -> Option<Self> {
        let [n0, n1, n2, n3, g0, g1, g2, g3, difficulty, w0, w1] = *head;
        Some(Self {
            nonce: u32::from_be_bytes([n0, n1, n2, n3]),
            given: DateTime::from_timestamp(u32::from_be_bytes([g0, g1, g2, g3]).into(), 0)?,
            difficulty,
            wait: u16::from_be_bytes([w0, w1]),
        })
    }
}

fn tag(room: RoomId, visitor: VisitorId, head: &[u8; 11], secret: &GateSecret) -> [u8; TAG] {
    let ids = [room.uuid().into_bytes(), visitor.uuid().into_bytes()].concat();
    secret.short_tag("proof", &[ids.as_slice(), head].concat())
}

/// How many zero bits the SHA-256 of `text` begins with.
pub fn zero_bits(text: &str) -> u32 {
    let hash = Sha256::digest(text.as_bytes());
    let zeros = hash.iter().take_while(|byte| **byte == 0).count();
    let rest = hash.get(zeros).map_or(0, |byte| byte.leading_zeros());
    8 * u32::try_from(zeros).unwrap_or(0) + rest
}

/// Checks the `proof` of `visitor` for `room`. How much work it holds is judged by the challenge, which is signed, and by
/// nothing else: a difficulty that has risen since makes no proof worthless that somebody has begun to calculate.
///
/// # Errors
/// [`Flaw`]: a fresh challenge helps.
pub fn verify(
    proof: &str,
    room: RoomId,
    visitor: VisitorId,
    secret: &GateSecret,
    now: DateTime<Utc>,
) -> Result<Answered, Flaw> {
    let (text, number) = match proof.split_once('.') {
        Some((text, number)) => (text, Some(number)),
        None => (proof, None),
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Flaw::Foreign)?;
    let (head, given_tag) = bytes.split_first_chunk::<11>().ok_or(Flaw::Foreign)?;
    if !bool::from(tag(room, visitor, head, secret).as_slice().ct_eq(given_tag)) {
        return Err(Flaw::Foreign);
    }
    let challenge = Challenge::of(head).ok_or(Flaw::Foreign)?;
    if now >= challenge.expires() || challenge.given > now + SKEW {
        return Err(Flaw::Expired);
    }
    match number {
        Some(number) => {
            let is_number =
                (1..=DIGITS).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit());
            let is_enough = is_number && zero_bits(proof) >= challenge.difficulty.into();
            if is_enough { Ok(Answered::Solved) } else { Err(Flaw::TooEasy) }
        }
        None if now >= challenge.wait_until() => Ok(Answered::Waited),
        None => Err(Flaw::TooEarly),
    }
}

/// The proof for `challenge`: takes 2^`difficulty` hashes on average.
pub fn solve(challenge: &str, difficulty: u8) -> String {
    let mut number = 0_u64;
    loop {
        let proof = format!("{challenge}.{number}");
        if zero_bits(&proof) >= difficulty.into() {
            return proof;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn secret() -> GateSecret {
        GateSecret::new(&[1; 32]).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn room() -> RoomId {
        Uuid::from_u128(1).into()
    }

    fn visitor() -> VisitorId {
        Uuid::from_u128(2).into()
    }

    fn given(difficulty: u8) -> String {
        Challenge { nonce: 7, given: at(0), difficulty, wait: 30 }.sign(room(), visitor(), &secret())
    }

    fn check(proof: &str, now: DateTime<Utc>) -> Result<Answered, Flaw> {
        verify(proof, room(), visitor(), &secret(), now)
    }

    #[test]
    fn work_answers_a_challenge_for_its_own_visitor_and_room_only() {
        let proof = solve(&given(10), 10);
        assert!(proof.len() <= 55, "one block of SHA-256");
        assert_eq!(check(&proof, at(1)), Ok(Answered::Solved));
        assert_eq!(check(&proof, at(1)), Ok(Answered::Solved), "the same again does no harm");
        let other = Uuid::from_u128(9);
        assert_eq!(verify(&proof, room(), other.into(), &secret(), at(1)), Err(Flaw::Foreign));
        assert_eq!(verify(&proof, other.into(), visitor(), &secret(), at(1)), Err(Flaw::Foreign));
        let another = GateSecret::new(&[2; 32]).unwrap();
        assert_eq!(verify(&proof, room(), visitor(), &another, at(1)), Err(Flaw::Foreign));
    }

    #[test]
    fn too_little_work_is_none() {
        let challenge = given(16);
        let easy =
            (0..1_000_000).map(|n| format!("{challenge}.{n}")).find(|proof| zero_bits(proof) == 8).unwrap();
        assert_eq!(check(&easy, at(1)), Err(Flaw::TooEasy));
        let proof = solve(&challenge, 16);
        for number in ["", ".", ".-1", ".1 ", ".x", ".1234567890123456789"] {
            assert_eq!(check(&format!("{challenge}.{number}"), at(1)), Err(Flaw::TooEasy), "{number:?}");
        }
        assert_eq!(check(&proof, at(1)), Ok(Answered::Solved));
    }

    #[test]
    fn nothing_in_a_challenge_can_be_changed() {
        let challenge = given(16);
        for index in 0..challenge.len() {
            let mut bytes = challenge.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(bytes).unwrap();
            assert_eq!(check(&format!("{forged}.1"), at(1)), Err(Flaw::Foreign), "{forged}");
        }
        for nonsense in ["", ".", "x", "é", &challenge[..35], &format!("{challenge}AAAA")] {
            assert_eq!(check(nonsense, at(60)), Err(Flaw::Foreign), "{nonsense:?}");
        }
    }

    #[test]
    fn the_challenge_alone_will_do_after_the_wait() {
        let challenge = given(20);
        assert_eq!(check(&challenge, at(29)), Err(Flaw::TooEarly));
        assert_eq!(check(&challenge, at(30)), Ok(Answered::Waited));
        assert_eq!(check(&challenge, at(149)), Ok(Answered::Waited));
        assert_eq!(check(&challenge, at(150)), Err(Flaw::Expired));
    }

    #[test]
    fn clocks_may_differ_by_a_little() {
        let proof = solve(&given(4), 4);
        assert_eq!(check(&proof, at(-5)), Ok(Answered::Solved));
        assert_eq!(check(&proof, at(-6)), Err(Flaw::Expired), "given in the future");
        assert_eq!(check(&proof, at(149)), Ok(Answered::Solved));
        assert_eq!(check(&proof, at(150)), Err(Flaw::Expired));
    }

    #[test]
    fn zeros_are_counted_from_the_front() {
        // SHA-256("") = e3b0c442…, SHA-256("a") = ca978112…: no zero in front.
        assert_eq!((zero_bits(""), zero_bits("a")), (0, 0));
        let text = (0..1_000_000).map(|n: u32| n.to_string()).find(|text| zero_bits(text) >= 12).unwrap();
        let hash = Sha256::digest(text.as_bytes());
        assert!(hash[0] == 0 && hash[1] < 16, "{hash:?}");
    }
}
