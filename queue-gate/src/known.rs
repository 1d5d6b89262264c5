//! Tokens that were found genuine before: a fan's pass and session come with each request, and a signature costs more to check than
//! all else that a request takes here.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    key::PublicKeys,
    token::{self, BadToken, Claims},
};
use dashmap::DashMap;

/// The most tokens of a kind that are kept; one takes about a kilobyte. Nobody fills this but with tokens that we signed.
const MOST: usize = 50_000;

/// Tokens of one kind, by their whole text, with the keys that they were checked against.
#[derive(Debug)]
pub struct Known<C>(DashMap<Box<str>, (Arc<PublicKeys>, C)>);

impl<C> Default for Known<C> {
    fn default() -> Self {
        Self(DashMap::new())
    }
}

impl<C: Claims + Clone> Known<C> {
    /// As [`token::verify_within`]. Of a token that is known only the time is looked at, as long as the keys stay the same.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn verify_within(
        &self,
        token: &str,
        keys: &Arc<PublicKeys>,
        now: DateTime<Utc>,
        grace: TimeDelta,
    ) -> Result<C, BadToken> {
        let known = self.0.get(token).filter(|known| Arc::ptr_eq(&known.0, keys));
        if let Some(claims) = known.map(|known| known.1.clone()) {
            token::holds(&claims, now, grace)?;
            return Ok(claims);
        }
        let claims: C = token::verify_within(token, keys, now, grace)?;
        if self.0.len() < MOST {
            self.0.insert(token.into(), (Arc::clone(keys), claims.clone()));
        }
        Ok(claims)
    }

    /// Forgets those that hold no longer at `now`, `grace` after their end, or were checked against other keys. To be called now and
    /// then.
    pub fn forget(&self, keys: &Arc<PublicKeys>, now: DateTime<Utc>, grace: TimeDelta) {
        self.0.retain(|_, (of, claims)| Arc::ptr_eq(of, keys) && token::holds(claims, now, grace).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use contracts::{
        key::PrivateKey,
        session::{Role, Session},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_pass_that_is_known_still_ends_and_does_not_outlive_its_key() {
        let (key, iat) =
            (PrivateKey::from_seed([1; 32]), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (sub, exp) = (Uuid::from_u128(1).into(), iat + TimeDelta::minutes(5));
        let session =
            Session { sub, sid: Uuid::from_u128(2).into(), rot: 0, role: Role::Fan, guest: false, iat, exp };
        let (signed, keys, known) = (token::sign(&session, &key), Arc::new(key.public()), Known::default());
        let none = TimeDelta::zero();
        for _ in 0..2 {
            assert_eq!(known.verify_within(&signed, &keys, iat, none), Ok(session.clone()));
        }
        assert_eq!(known.verify_within(&signed, &keys, exp, none), Err(BadToken::Expired));
        assert!(known.verify_within(&signed, &keys, exp, TimeDelta::seconds(1)).is_ok());
        let others = Arc::new(PrivateKey::from_seed([2; 32]).public());
        assert_eq!(known.verify_within(&signed, &others, iat, none), Err(BadToken::Forged));
        let forged = signed.replace('.', ".A");
        assert_eq!(known.verify_within(&forged, &keys, iat, none), Err(BadToken::Forged));
        known.forget(&keys, iat, none);
        assert_eq!(known.0.len(), 1);
        known.forget(&keys, exp, none);
        assert_eq!(known.0.len(), 0);
    }
}
