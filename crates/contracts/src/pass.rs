//! Leave to enter one event, in two shapes: the admission token that a called place is given, and the pass into which
//! the gate exchanges it.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{EventId, PassId, RoomId, VisitorId},
    token::Claims,
};

/// How long an admission token waits for its exchange.
pub const ADMISSION_LASTS: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Why somebody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PassKind {
    /// Called from the line.
    Admitted,
    /// The room was in `bypass` or failed open (promise W6).
    Bypass,
}

/// What a fan gets for claiming a called place: good for one exchange, by the same visitor. Never put in a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmissionToken {
    /// Whose it is.
    pub sub: VisitorId,
    /// Which pass it turns into.
    pub jti: PassId,
    /// The room that gave it.
    pub room: RoomId,
    /// When it was given.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When it lapses; at most [`ADMISSION_LASTS`] later.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

/// Leave to be inside. The gate keeps it in a `__Host-` cookie and looks at it on every guarded request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Whose it is; a request whose visitor cookie names somebody else is refused.
    pub sub: VisitorId,
    /// Its id; a revocation names it.
    pub jti: PassId,
    /// The room that gave it.
    pub room: RoomId,
    /// The event that it opens.
    pub event: EventId,
    /// Why it was given.
    pub kind: PassKind,
    /// When it was given.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// When shopping ends. A hold placed before may still be confirmed after, on an assertion that says so.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Claims for AdmissionToken {
    const TYP: &'static str = "usher-admission+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}

impl Claims for Pass {
    const TYP: &'static str = "usher-pass+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}

/// The name of the cookie that holds the pass to `event`.
pub fn cookie(event: EventId) -> String {
    format!("__Host-usher_pass_{}", event.uuid().simple())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        key::PrivateKey,
        token::{BadToken, sign, verify},
    };

    fn pass(now: DateTime<Utc>) -> Pass {
        let id = Uuid::from_u128(1);
        Pass {
            sub: id.into(),
            jti: id.into(),
            room: id.into(),
            event: id.into(),
            kind: PassKind::Admitted,
            iat: now,
            exp: now + chrono::TimeDelta::minutes(10),
        }
    }

    #[test]
    fn a_pass_holds_until_its_end_and_only_under_its_own_key() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (key, other) = (PrivateKey::from_seed([1; 32]), PrivateKey::from_seed([2; 32]));
        let pass = pass(now);
        let token = sign(&pass, &key);
        let end = pass.exp;
        assert_eq!(verify(&token, &key.public(), now), Ok(pass));
        assert_eq!(verify::<Pass>(&token, &key.public(), end), Err(BadToken::Expired));
        assert_eq!(
            verify::<Pass>(&token, &key.public(), now - chrono::TimeDelta::minutes(1)),
            Err(BadToken::NotYet)
        );
        assert_eq!(verify::<Pass>(&token, &other.public(), now), Err(BadToken::Forged));
        assert!(verify::<Pass>(&token, &other.public().and(key.public()), now).is_ok());
    }

    #[test]
    fn one_kind_of_token_is_never_taken_for_another() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let key = PrivateKey::from_seed([1; 32]);
        let token = sign(&pass(now), &key);
        assert_eq!(verify::<AdmissionToken>(&token, &key.public(), now), Err(BadToken::Forged));
    }
}
