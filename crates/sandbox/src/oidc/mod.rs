//! A provider of sign-ins (OpenID Connect Core 1.0, code flow), in which whoever signs in says who they are and which fault
//! they order. It checks what a provider must: the secret of the client, the address to come back to, PKCE, and that a code is
//! used once.

pub mod handler;
pub mod issue;
pub mod keys;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError, atomic::AtomicU64},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use keys::{Algorithm, Keys};

/// How long a code is good.
pub const CODE_LASTS: TimeDelta = TimeDelta::seconds(60);
/// How long an ID token is good.
pub const TOKEN_LASTS: TimeDelta = TimeDelta::minutes(5);
/// How many codes may be open; the oldest are forgotten beyond that.
const CODES_MAX: usize = 10_000;

/// What is to go wrong with one sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The token repeats another nonce.
    WrongNonce,
    /// The token repeats none.
    NoNonce,
    /// The token is for another client.
    WrongAud,
    /// The token is for us and another, and was asked for by the other.
    WrongAzp,
    /// The token is of another issuer.
    WrongIss,
    /// The token ended before it was given.
    Expired,
    /// The token was issued long before it was asked for.
    Old,
    /// The token is signed by a key that is published nowhere.
    UnknownKey,
    /// The keys change just before the token is signed.
    Rotated,
    /// The token is signed by another key than it says.
    OtherKey,
    /// The token is not signed, and says so.
    AlgNone,
    /// The token is signed by a code under the client's secret.
    Hmac,
    /// The provider does not say that the address is verified.
    Unverified,
    /// The provider tells no address.
    NoEmail,
    /// The code was used before.
    SpentCode,
    /// The token endpoint is out of order.
    Down,
    /// The answer to the browser says that it is of another issuer.
    OtherIssuer,
    /// The answer to the browser does not say of which issuer it is.
    NoIssuer,
    /// Whoever was to sign in refuses.
    Denied,
}

/// What was promised to a client, against a code.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The client.
    pub client: String,
    /// Where its answer went.
    pub redirect_uri: String,
    /// The SHA-256 of its verifier, in base64.
    pub challenge: String,
    /// What its token must repeat.
    pub nonce: Option<String>,
    /// Who signed in.
    pub subject: String,
    /// Their address.
    pub email: String,
    /// What to call them.
    pub name: Option<String>,
    /// With which algorithm the token is signed.
    pub algorithm: Algorithm,
    /// What goes wrong.
    pub fault: Fault,
    /// Until when the code is good.
    pub until: DateTime<Utc>,
}

/// What the provider remembers, as long as it runs.
pub struct Provider {
    // Made when they are first needed: most sandboxes only take payments.
    keys: Mutex<Arc<LazyLock<Keys>>>,
    codes: Mutex<HashMap<String, Promise>>,
    /// How often the document and the keys were read.
    pub reads: Reads,
}

/// How often something was read.
#[derive(Debug, Default)]
pub struct Reads {
    /// The document.
    pub document: AtomicU64,
    /// The keys.
    pub keys: AtomicU64,
}

impl Default for Provider {
    fn default() -> Self {
        Self { keys: Mutex::new(fresh()), codes: Mutex::default(), reads: Reads::default() }
    }
}

impl Provider {
    /// The keys that sign now.
    pub fn keys(&self) -> Arc<LazyLock<Keys>> {
        Arc::clone(&self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs by other keys from now on, and publishes these only.
    pub fn rotate(&self) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = fresh();
    }

    /// Keeps a promise until its code comes back.
    pub fn promise(&self, code: String, promise: Promise, now: DateTime<Utc>) {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, promise| promise.until > now);
        if codes.len() < CODES_MAX {
            codes.insert(code, promise);
        }
    }

    /// What was promised against `code`; once.
    pub fn redeem(&self, code: &str, now: DateTime<Utc>) -> Option<Promise> {
        let promise = self.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(code)?;
        (promise.until > now && promise.fault != Fault::SpentCode).then_some(promise)
    }
}

fn fresh() -> Arc<LazyLock<Keys>> {
    let keys: LazyLock<Keys> = LazyLock::new(Keys::new);
    Arc::new(keys)
}

/// Parameters by their names; of one that comes twice the last.
pub type Parameters = BTreeMap<String, String>;
