//! Who is signed in where. A session gives two tokens: a short one, signed, which every service checks by itself, and a refresh
//! token, which is known to this service alone and is exchanged for the next pair.
//!
//! A refresh token is used once. One that comes a second time is either an answer that was lost, two tabs at once, or a thief:
//!
//! - it gives **the same successor again** for some seconds after its use, and for as long as nobody has shown a short token that
//!   came with the successor (whoever shows one has read the answer);
//! - after that it **ends the session**, for its owner and the thief alike: one of them holds a copy.

pub mod begin;
pub mod confirm;
pub mod end;
pub mod ended;
pub mod handler;
pub mod label;
pub mod purge;
pub mod refresh;
pub mod store;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{AccountId, SessionId},
    session::Role,
};
use hmac::{Hmac, KeyInit, Mac};
use platform::ids::secret;
use sha2::{Digest, Sha256};

/// A refresh token: 256 bits that nobody can guess. Only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; 32]);

/// It stays out of logs.
impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken")
    }
}

impl RefreshToken {
    /// A new one.
    pub fn new() -> Self {
        Self(secret())
    }

    /// Reads what a client sent.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text that a client keeps.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The token after this one. Whoever reads the database knows the salt and not this token, whoever has this token knows no
    /// salt: only both together give the successor, and always the same.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn successor(&self, salt: &[u8; 32]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(b"successor");
        mac.update(salt);
        Self(mac.finalize().into_bytes().into())
    }
}

impl Default for RefreshToken {
    fn default() -> Self {
        Self::new()
    }
}

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// As what, as of now.
    pub role: Role,
    /// Whether the account has no password.
    pub guest: bool,
    /// When it was refreshed last.
    pub used_at: DateTime<Utc>,
    /// It ends then at the latest.
    pub ends_at: DateTime<Utc>,
    /// How often it was refreshed.
    pub rotation: u32,
    /// When that was the last time.
    pub rotated_at: DateTime<Utc>,
    /// Up to which refresh its owner is known to have the tokens.
    pub confirmed: u32,
    /// Whether somebody ended it.
    pub is_ended: bool,
}

/// What a refresh token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It is the newest: the next one is given for it.
    Next,
    /// It was used, but nobody can have used what was given for it: the same is given again.
    Again,
    /// It was used before, by its owner or by somebody else.
    Spent,
    /// The session is over.
    Over,
}

/// How long things of a session last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// A short token.
    pub token: TimeDelta,
    /// A session that nobody uses.
    pub idle: TimeDelta,
    /// A session, however much it is used.
    pub longest: TimeDelta,
    /// A refresh token after its use.
    pub grace: TimeDelta,
}

impl Kept {
    /// What the refresh token with the number `presented` is worth at `now`.
    pub fn judge(&self, presented: u32, lasting: &Lasting, now: DateTime<Utc>) -> Worth {
        if self.is_ended || self.ends_at <= now || self.used_at + lasting.idle <= now {
            return Worth::Over;
        }
        let is_last_but_one = presented.checked_add(1) == Some(self.rotation);
        let is_unread = self.confirmed < self.rotation || now < self.rotated_at + lasting.grace;
        match (presented == self.rotation, is_last_but_one && is_unread) {
            (true, _) => Worth::Next,
            (false, true) => Worth::Again,
            (false, false) => Worth::Spent,
        }
    }
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its owner signed out.
    SignedOut,
    /// Its owner signed out everywhere.
    Everywhere,
    /// Its owner ended it from another one.
    Ended,
    /// The password changed.
    Password,
    /// A refresh token came twice.
    Reused,
    /// The operator gave the account another password.
    Operator,
}

impl Why {
    /// What stands in the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::Everywhere => "everywhere",
            Self::Ended => "ended",
            Self::Password => "password",
            Self::Reused => "reused",
            Self::Operator => "operator",
        }
    }
}

/// A session and its tokens, as they are given.
#[derive(Clone, Debug)]
pub struct Given {
    /// Whose.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// The short token.
    pub token: String,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// How long that is.
    pub lasts: TimeDelta,
    /// The token for the next pair.
    pub refresh: RefreshToken,
    /// Until when it can be used.
    pub refresh_until: DateTime<Utc>,
    /// How long that is.
    pub refresh_lasts: TimeDelta,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LASTING: Lasting = Lasting {
        token: TimeDelta::minutes(15),
        idle: TimeDelta::days(14),
        longest: TimeDelta::days(30),
        grace: TimeDelta::seconds(10),
    };

    fn kept(rotation: u32, confirmed: u32) -> (Kept, DateTime<Utc>) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let kept = Kept {
            id: Uuid::from_u128(1).into(),
            account: Uuid::from_u128(2).into(),
            role: Role::Fan,
            guest: false,
            used_at: now,
            ends_at: now + LASTING.longest,
            rotation,
            rotated_at: now,
            confirmed,
            is_ended: false,
        };
        (kept, now)
    }

    #[test]
    fn a_token_and_its_salt_give_one_successor() {
        let (one, salt) = (RefreshToken([1; 32]), [2; 32]);
        assert_eq!(one.successor(&salt), one.successor(&salt));
        assert_ne!(one.successor(&salt), one.successor(&[3; 32]));
        assert_ne!(one.successor(&salt), RefreshToken([2; 32]).successor(&salt));
        assert_eq!(RefreshToken::parse(&one.text()), Some(one.clone()));
        assert_eq!(RefreshToken::parse("nonsense"), None);
        assert_eq!(format!("{one:?}"), "RefreshToken");
    }

    #[test]
    fn a_spent_token_is_good_for_the_same_again_until_its_successor_is_seen_and_some_seconds_have_passed() {
        let (unseen, now) = kept(3, 2);
        let later = now + TimeDelta::hours(1);
        assert_eq!(unseen.judge(3, &LASTING, later), Worth::Next);
        assert_eq!(unseen.judge(2, &LASTING, later), Worth::Again);
        assert_eq!(unseen.judge(1, &LASTING, now), Worth::Spent);
        let (seen, now) = kept(3, 3);
        let in_seconds = |seconds| now + TimeDelta::seconds(seconds);
        assert_eq!(seen.judge(2, &LASTING, in_seconds(9)), Worth::Again);
        assert_eq!(seen.judge(2, &LASTING, in_seconds(10)), Worth::Spent);
        assert_eq!(seen.judge(3, &LASTING, in_seconds(10)), Worth::Next);
    }

    #[test]
    fn a_session_is_over_at_its_end_and_when_nobody_uses_it() {
        let (kept, now) = kept(0, 0);
        let (idle, longest) = (now + LASTING.idle, now + LASTING.longest);
        assert_eq!(kept.judge(0, &LASTING, idle - TimeDelta::seconds(1)), Worth::Next);
        assert_eq!(kept.judge(0, &LASTING, idle), Worth::Over);
        let used = Kept { used_at: longest - TimeDelta::days(1), ..kept.clone() };
        assert_eq!(used.judge(0, &LASTING, longest - TimeDelta::seconds(1)), Worth::Next);
        assert_eq!(used.judge(0, &LASTING, longest), Worth::Over);
        assert_eq!(Kept { is_ended: true, ..kept }.judge(0, &LASTING, now), Worth::Over);
    }
}
