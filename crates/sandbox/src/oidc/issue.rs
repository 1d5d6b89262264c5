//! An ID token, with what was ordered to be wrong about it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Fault, Promise, Provider, TOKEN_LASTS, keys::Keys};

/// The token for `promise`, of `issuer`.
///
/// # Panics
/// Never: a code is made under a secret of any length.
pub fn id_token(
    provider: &Provider,
    issuer: &str,
    promise: &Promise,
    secret: &[u8],
    now: DateTime<Utc>,
) -> String {
    if promise.fault == Fault::Rotated {
        provider.rotate();
    }
    let claims = claims(issuer, promise, now);
    let published = provider.keys();
    let mut head =
        json!({"typ": "JWT", "alg": promise.algorithm.name(), "kid": published.id(promise.algorithm)});
    match promise.fault {
        Fault::AlgNone => {
            head["alg"] = json!("none");
            format!("{}.", unsigned(&head, &claims))
        }
        Fault::Hmac => {
            head["alg"] = json!("HS256");
            let text = unsigned(&head, &claims);
            let mut code = Hmac::<Sha256>::new_from_slice(secret).expect("a code takes a key of any length");
            code.update(text.as_bytes());
            format!("{text}.{}", URL_SAFE_NO_PAD.encode(code.finalize().into_bytes()))
        }
        Fault::UnknownKey => {
            let keys = Keys::new();
            head["kid"] = json!(keys.id(promise.algorithm));
            signed(&keys, promise, &head, &claims)
        }
        Fault::OtherKey => signed(&Keys::new(), promise, &head, &claims),
        _ => signed(&published, promise, &head, &claims),
    }
}

fn claims(issuer: &str, promise: &Promise, now: DateTime<Utc>) -> Value {
    let issued = if promise.fault == Fault::Old { now - TimeDelta::hours(2) } else { now };
    // One that ended is of now in all else, so that nothing but its end can give it away.
    let expires =
        if promise.fault == Fault::Expired { now - TimeDelta::minutes(2) } else { now + TOKEN_LASTS };
    let mut claims = json!({
        "iss": issuer, "sub": promise.subject, "aud": promise.client, "nonce": promise.nonce,
        "iat": issued.timestamp(), "exp": expires.timestamp(),
        "email": promise.email, "email_verified": true, "name": promise.name,
    });
    match promise.fault {
        Fault::WrongNonce => claims["nonce"] = json!("of another sign-in"),
        Fault::NoNonce => drop(claims.as_object_mut().and_then(|claims| claims.remove("nonce"))),
        Fault::WrongAud => claims["aud"] = json!("another-client"),
        Fault::WrongAzp => {
            claims["aud"] = json!([promise.client, "another-client"]);
            claims["azp"] = json!("another-client");
        }
        Fault::WrongIss => claims["iss"] = json!("https://another.example"),
        Fault::Unverified => claims["email_verified"] = json!(false),
        Fault::NoEmail => drop(claims.as_object_mut().and_then(|claims| claims.remove("email"))),
        _ => {}
    }
    claims
}

fn unsigned(head: &Value, claims: &Value) -> String {
    let text = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", text(head), text(claims))
}

fn signed(keys: &Keys, promise: &Promise, head: &Value, claims: &Value) -> String {
    let text = unsigned(head, claims);
    let signature = keys.sign(promise.algorithm, text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
