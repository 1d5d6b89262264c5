//! Keys with which programs act for an organizer: how they are written, and what the gate makes of one for the services.
//!
//! A key is `usk_`, a prefix of twelve hex digits by which it is found and told apart in lists, `_`, and a secret of 64 hex
//! digits of which only a hash is kept. The gate exchanges it at booking-api for a token that holds a minute, which it alone and the
//! services behind it ever see; so a key is looked up in one place.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, OrganizerKeyId},
    team::{Grant, Permission, Scope},
    token::Claims,
};

/// What every key begins with, so that one that leaked is known for what it is.
pub const BEGINS: &str = "usk_";
/// Where the gate exchanges a key. No path of the gate leads there.
pub const EXCHANGE_PATH: &str = "/internal/key";
/// How long what it is exchanged for holds.
pub const LASTS: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

/// What a key was exchanged for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizerKey {
    /// Which key.
    pub jti: OrganizerKeyId,
    /// The organizer for whom it acts.
    pub sub: AccountId,
    /// Who made it.
    pub by: AccountId,
    /// What it may do.
    pub may: Vec<Permission>,
    /// For which events.
    pub scope: Scope,
    /// When it was exchanged.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When this ends.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Claims for OrganizerKey {
    const TYP: &'static str = "usher-key+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}

impl OrganizerKey {
    /// What whoever has it may do.
    pub fn grant(&self) -> Grant {
        Grant { organizer: self.sub, may: self.may.clone(), scope: self.scope.clone() }
    }
}

/// The prefix and the secret of a key that is written as one.
pub fn parse(text: &str) -> Option<(&str, &str)> {
    let (prefix, secret) = text.strip_prefix(BEGINS)?.split_once('_')?;
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (prefix.len() == 12 && secret.len() == 64 && is_hex(prefix) && is_hex(secret)).then_some((prefix, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written_and_nothing_else_is() {
        let (prefix, secret) = ("0123456789ab", "0f".repeat(32));
        assert_eq!(parse(&format!("usk_{prefix}_{secret}")), Some((prefix, secret.as_str())));
        for wrong in [
            format!("usk_{prefix}{secret}"),
            format!("usk_{prefix}_{secret}0"),
            format!("usk_{prefix}_{}", secret.to_uppercase()),
            format!("{prefix}_{secret}"),
            "usk__".to_owned(),
        ] {
            assert_eq!(parse(&wrong), None, "{wrong}");
        }
    }
}
