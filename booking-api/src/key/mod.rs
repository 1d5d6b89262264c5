//! Keys with which programs act for an organizer: made by an owner, with some of the permissions, for a time.

pub mod exchange;
pub mod handler;
pub mod make;
pub mod revoke;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{AccountId, EventId, OrganizerKeyId},
    organizer_key::BEGINS,
    team::{Permission, Scope},
};
use platform::ids::secret;
use sha2::{Digest, Sha256};

/// How long a key holds at most.
pub const LONGEST: TimeDelta = TimeDelta::days(400);
/// How many keys of an organizer hold at a time.
pub const KEYS_MAX: i64 = 100;

/// What a key may do, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub may: Vec<Permission>,
    /// For which events.
    pub scope: Scope,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

impl Terms {
    /// The events that it names.
    pub fn events(&self) -> &[EventId] {
        match &self.scope {
            Scope::All => &[],
            Scope::Events(events) => events,
        }
    }
}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: OrganizerKeyId,
    /// For whom it acts.
    pub organizer: AccountId,
    /// Who made it.
    pub by: AccountId,
    /// Its beginning.
    pub prefix: String,
    /// What is kept of its secret.
    pub hash: Vec<u8>,
    /// What it may do, and until when.
    pub terms: Terms,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub used_at: Option<DateTime<Utc>>,
    /// Since when it is good no longer.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Kept {
    /// Whether `secret` is the key's, and the key holds at `now`.
    pub fn opens(&self, secret: &str, now: DateTime<Utc>) -> bool {
        self.hash == hash(secret) && self.revoked_at.is_none() && now < self.terms.ends_at
    }
}

/// A new key, which is told once.
#[derive(Clone)]
pub struct New {
    /// Its beginning.
    pub prefix: String,
    secret: String,
}

/// It stays out of logs.
impl std::fmt::Debug for New {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "New({})", self.prefix)
    }
}

impl New {
    /// One that nobody can guess.
    pub fn make() -> Self {
        Self { prefix: hex(&secret::<6>()), secret: hex(&secret::<32>()) }
    }

    /// The whole key.
    pub fn text(&self) -> String {
        format!("{BEGINS}{}_{}", self.prefix, self.secret)
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        hash(&self.secret)
    }
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use contracts::organizer_key::parse;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_opens_with_its_own_secret_until_it_ends_or_is_revoked() {
        let new = New::make();
        let text = new.text();
        let (prefix, secret) = parse(&text).unwrap();
        assert_eq!(prefix, new.prefix);
        assert!(!format!("{new:?}").contains(secret));
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let terms = Terms {
            name: "tills".to_owned(),
            may: vec![Permission::Sell],
            scope: Scope::All,
            ends_at: now + TimeDelta::hours(1),
        };
        let kept = Kept {
            id: Uuid::from_u128(1).into(),
            organizer: Uuid::from_u128(2).into(),
            by: Uuid::from_u128(2).into(),
            prefix: new.prefix.clone(),
            hash: new.hash(),
            terms,
            made_at: now,
            used_at: None,
            revoked_at: None,
        };
        assert!(kept.opens(secret, now));
        assert!(!kept.opens(&"0".repeat(64), now));
        assert!(!kept.opens(secret, now + TimeDelta::hours(1)));
        assert!(!Kept { revoked_at: Some(now), ..kept }.opens(secret, now));
    }
}
