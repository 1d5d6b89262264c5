//! Signed tokens: JSON Web Tokens (RFC 7519) with one algorithm, `EdDSA`, and a `typ` for each kind (RFC 8725 section 3.11).

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Serialize, de::DeserializeOwned};

use crate::key::{PrivateKey, PublicKeys};

/// How far the clocks of two machines may differ before a token that just began or just ended is judged wrongly.
pub const CLOCK_SKEW: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// A kind of token: what it claims, and the `typ` that keeps one kind from being taken for another.
pub trait Claims: Serialize + DeserializeOwned {
    /// The `typ` in the head of the token.
    const TYP: &'static str;

    /// When the token begins to hold.
    fn issued_at(&self) -> DateTime<Utc>;

    /// When it ends.
    fn expires_at(&self) -> DateTime<Utc>;
}

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not a token of this kind, or not signed by a key we know.
    #[error("the token is not genuine")]
    Forged,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It lies in the future by more than [`CLOCK_SKEW`].
    #[error("the token is not valid yet")]
    NotYet,
}

/// Signs `claims`.
///
/// # Panics
/// Never: claims are structs of ids and numbers, and the key is an Ed25519 key.
pub fn sign<C: Claims>(claims: &C, key: &PrivateKey) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(C::TYP.to_owned());
    header.kid = Some(key.kid().to_owned());
    jsonwebtoken::encode(&header, claims, &key.encoding())
        .expect("claims serialize and the key is an Ed25519 key")
}

/// As [`verify`], but a token that ended less than `grace` ago still counts; the caller looks at its end.
///
/// # Errors
/// As [`verify`].
pub fn verify_within<C: Claims>(
    token: &str,
    keys: &PublicKeys,
    now: DateTime<Utc>,
    grace: chrono::TimeDelta,
) -> Result<C, BadToken> {
    let claims: C = open(token, keys)?;
    holds(&claims, now, grace)?;
    Ok(claims)
}

/// Whether claims that were found genuine hold at `now`, or ended less than `grace` ago.
///
/// # Errors
/// [`BadToken`], but never that it is forged.
pub fn holds<C: Claims>(claims: &C, now: DateTime<Utc>, grace: chrono::TimeDelta) -> Result<(), BadToken> {
    if claims.issued_at() > now + CLOCK_SKEW {
        return Err(BadToken::NotYet);
    }
    if claims.expires_at() + grace <= now {
        return Err(BadToken::Expired);
    }
    Ok(())
}

/// The claims of `token`, if a key of `keys` signed it, it is of this kind, and it holds at `now`.
///
/// # Errors
/// [`BadToken`]: what the bearer should do (ask anew, or wait) differs.
pub fn verify<C: Claims>(token: &str, keys: &PublicKeys, now: DateTime<Utc>) -> Result<C, BadToken> {
    verify_within(token, keys, now, chrono::TimeDelta::zero())
}

/// The claims of a genuine token of this kind, whenever it holds.
fn open<C: Claims>(token: &str, keys: &PublicKeys) -> Result<C, BadToken> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken::Forged)?;
    // No critical extension is understood here, and RFC 7515 section 4.1.11 then asks for a refusal.
    if header.typ.as_deref() != Some(C::TYP) || header.crit.is_some() {
        return Err(BadToken::Forged);
    }
    let key = header.kid.as_deref().and_then(|kid| keys.decoding(kid)).ok_or(BadToken::Forged)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    // Time is a parameter here, and the library's is the system's.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    validation.validate_aud = false;
    Ok(jsonwebtoken::decode::<C>(token, &key, &validation).map_err(|_| BadToken::Forged)?.claims)
}
