//! Tokens that were found genuine before: a session or a pass comes with each request, and its signature costs more to check than all
//! else that a small request takes. Whoever asks several times costs one look at each signature.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    key::PublicKeys,
    token::{self, BadToken, Claims},
};
use quick_cache::sync::Cache;

/// The most tokens of a kind that are kept in memory; one takes about a kilobyte.
const TOKENS: usize = 50_000;

/// Tokens of one kind, by their whole text, with the keys that they were checked against.
pub struct Genuine<C>(Cache<String, (Arc<PublicKeys>, C)>);

impl<C: Clone + Send + Sync + 'static> Default for Genuine<C> {
    fn default() -> Self {
        Self(Cache::new(TOKENS))
    }
}

impl<C: Claims + Clone + Send + Sync + 'static> Genuine<C> {
    /// The claims of `token`, if one of `keys` signed it and it holds at `now`. Of a token that is known only the time is
    /// looked at, as long as the keys stay the same.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn verify(&self, token: &str, keys: &Arc<PublicKeys>, now: DateTime<Utc>) -> Result<C, BadToken> {
        self.verify_within(token, keys, now, TimeDelta::zero())
    }

    /// As [`Self::verify`], of tokens that are good for `grace` after their end.
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
        if let Some((of, claims)) = self.0.get(token)
            && Arc::ptr_eq(&of, keys)
        {
            token::holds(&claims, now, grace)?;
            return Ok(claims);
        }
        let claims: C = token::verify_within(token, keys, now, grace)?;
        self.0.insert(token.to_owned(), (Arc::clone(keys), claims.clone()));
        Ok(claims)
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
    fn a_token_that_is_known_still_ends_and_does_not_outlive_its_key() {
        let (key, iat) =
            (PrivateKey::from_seed([1; 32]), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (sub, exp) = (Uuid::from_u128(1).into(), iat + TimeDelta::minutes(5));
        let session =
            Session { sub, sid: Uuid::from_u128(2).into(), rot: 0, role: Role::Fan, guest: false, iat, exp };
        let (signed, keys, known) = (token::sign(&session, &key), Arc::new(key.public()), Genuine::default());
        for _ in 0..2 {
            assert_eq!(known.verify(&signed, &keys, iat), Ok(session.clone()));
        }
        assert_eq!(known.verify(&signed, &keys, exp), Err(BadToken::Expired));
        assert!(known.verify_within(&signed, &keys, exp, TimeDelta::seconds(1)).is_ok());
        let others = Arc::new(PrivateKey::from_seed([2; 32]).public());
        assert_eq!(known.verify(&signed, &others, iat), Err(BadToken::Forged));
        let forged = signed.replace('.', ".A");
        assert_eq!(known.verify(&forged, &keys, iat), Err(BadToken::Forged));
    }
}
