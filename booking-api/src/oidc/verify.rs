//! Whether an ID token is genuine, for us, and of this attempt (OpenID Connect Core 1.0 section 3.1.3.7). Pure.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;

use super::{Provider, Said};

/// How far the clock of a provider may differ from ours.
const CLOCKS: TimeDelta = TimeDelta::seconds(60);
/// The longest name that a provider may have for somebody (section 2).
const SUBJECT_MAX: usize = 255;
/// The shortest modulus of RSA, in bytes.
const RSA_MIN: usize = 256;

/// What the token must be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Of whom.
    pub provider: &'a Provider,
    /// What it must repeat.
    pub nonce: &'a str,
    /// When it was asked for: it is not older.
    pub since: DateTime<Utc>,
}

/// Why a token says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIdToken {
    /// It names a key that is not among those that we know.
    #[error("it is signed by a key that is not known")]
    UnknownKey,
    /// It is no token, or one by an algorithm that we do not take.
    #[error("it is no token that we take")]
    NotTaken,
    /// Its signature is not right.
    #[error("its signature is wrong")]
    Forged,
    /// It is of another issuer.
    #[error("it is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another client")]
    Audience,
    /// It is over, or of another time.
    #[error("it does not hold now")]
    Time,
    /// It is of another attempt.
    #[error("it is of another attempt")]
    Nonce,
    /// It names nobody.
    #[error("it names nobody")]
    Subject,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Truth>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some providers write it as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Bool(bool),
    Text(String),
}

/// What the token says, if a key of `keys` signed it and it is what is expected.
///
/// # Errors
/// [`BadIdToken`].
pub fn verify(
    token: &str,
    keys: &[Jwk],
    expected: &Expected<'_>,
    now: DateTime<Utc>,
) -> Result<Said, BadIdToken> {
    let claims = opened(token, keys)?;
    let Expected { provider, nonce, since } = expected;
    if claims.iss != provider.issuer {
        return Err(BadIdToken::Issuer);
    }
    let is_ours = match &claims.aud {
        Audience::One(one) => *one == provider.client,
        // For several it says who asked.
        Audience::Many(many) => many.contains(&provider.client) && (many.len() == 1 || claims.azp.is_some()),
    };
    if !is_ours || claims.azp.as_ref().is_some_and(|azp| *azp != provider.client) {
        return Err(BadIdToken::Audience);
    }
    let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(BadIdToken::Time);
    let begins = claims.nbf.map_or(Ok(DateTime::UNIX_EPOCH), at)?;
    let (issued, ends) = (at(claims.iat)?, at(claims.exp)?);
    if ends + CLOCKS <= now || issued > now + CLOCKS || begins > now + CLOCKS || issued + CLOCKS < *since {
        return Err(BadIdToken::Time);
    }
    if claims.nonce.as_deref() != Some(*nonce) {
        return Err(BadIdToken::Nonce);
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_MAX || claims.sub.contains('\0') {
        return Err(BadIdToken::Subject);
    }
    let is_verified = match &claims.email_verified {
        Some(Truth::Bool(truth)) => *truth,
        Some(Truth::Text(text)) => text == "true",
        None => false,
    };
    let Claims { iss, sub, email, name, .. } = claims;
    Ok(Said { issuer: iss, subject: sub, email, is_verified, name })
}

/// The claims of a token that one of `keys` signed.
fn opened(token: &str, keys: &[Jwk]) -> Result<Claims, BadIdToken> {
    // A token without a signature has an algorithm that the library does not know.
    let head = jsonwebtoken::decode_header(token).map_err(|_| BadIdToken::NotTaken)?;
    let is_taken = matches!(head.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA);
    if !is_taken || head.crit.is_some() {
        return Err(BadIdToken::NotTaken);
    }
    let mut fitting = keys.iter().filter(|key| fits(key, head.alg));
    let key = match &head.kid {
        Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid)),
        // Without a name there may be no choice.
        None => fitting.next().filter(|_| fitting.next().is_none()),
    };
    let key = DecodingKey::from_jwk(key.ok_or(BadIdToken::UnknownKey)?).map_err(|_| BadIdToken::NotTaken)?;
    let mut validation = Validation::new(head.alg);
    // Time is a parameter here, and the library's is the system's; whose the token is is compared by the caller.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let token = jsonwebtoken::decode::<Claims>(token, &key, &validation);
    token.map(|token| token.claims).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::Json(_) => BadIdToken::NotTaken,
        _ => BadIdToken::Forged,
    })
}

/// Whether `key` is one for signatures by `algorithm`, and strong enough.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let is_for_signatures =
        key.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let is_named = |name: KeyAlgorithm| key.common.key_algorithm.as_ref().is_none_or(|said| *said == name);
    is_for_signatures
        && match (algorithm, &key.algorithm) {
            (Algorithm::RS256, AlgorithmParameters::RSA(rsa)) => {
                // Four characters of base64 are three bytes.
                is_named(KeyAlgorithm::RS256) && rsa.n.len() * 3 / 4 >= RSA_MIN
            }
            (Algorithm::ES256, AlgorithmParameters::EllipticCurve(ec)) => {
                is_named(KeyAlgorithm::ES256) && ec.curve == EllipticCurve::P256
            }
            (Algorithm::EdDSA, AlgorithmParameters::OctetKeyPair(ed)) => {
                is_named(KeyAlgorithm::EdDSA) && ed.curve == EllipticCurve::Ed25519
            }
            _ => false,
        }
}
