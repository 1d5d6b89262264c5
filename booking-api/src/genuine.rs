//! Tokens that were found genuine before: whoever asks several times within a session costs one look at each signature.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    key::PublicKeys,
    token::{self, BadToken, Claims},
};
use moka::future::Cache;

/// The most tokens of a kind that are kept in memory; one takes about a kilobyte.
const TOKENS: u64 = 50_000;

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
    pub async fn verify(
        &self,
        token: &str,
        keys: Arc<PublicKeys>,
        now: DateTime<Utc>,
    ) -> Result<C, BadToken> {
        if let Some((of, claims)) = self.0.get(token).await
            && Arc::ptr_eq(&of, &keys)
        {
            token::holds(&claims, now, TimeDelta::zero())?;
            return Ok(claims);
        }
        let claims: C = token::verify(token, &keys, now)?;
        self.0.insert(token.to_owned(), (keys, claims.clone())).await;
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

    #[tokio::test]
    async fn a_token_that_is_known_still_ends_and_does_not_outlive_its_key() {
        let (key, iat) =
            (PrivateKey::from_seed([1; 32]), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (sub, exp) = (Uuid::from_u128(1).into(), iat + TimeDelta::minutes(5));
        let session =
            Session { sub, sid: Uuid::from_u128(2).into(), rot: 0, role: Role::Fan, guest: false, iat, exp };
        let (signed, keys, known) = (token::sign(&session, &key), Arc::new(key.public()), Genuine::default());
        for _ in 0..2 {
            assert_eq!(known.verify(&signed, Arc::clone(&keys), iat).await, Ok(session.clone()));
        }
        assert_eq!(known.verify(&signed, Arc::clone(&keys), exp).await, Err(BadToken::Expired));
        let others = Arc::new(PrivateKey::from_seed([2; 32]).public());
        assert_eq!(known.verify(&signed, others, iat).await, Err(BadToken::Forged));
        let forged = signed.replace('.', ".A");
        assert_eq!(known.verify(&forged, keys, iat).await, Err(BadToken::Forged));
    }
}
