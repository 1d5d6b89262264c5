//! What a provider tells of itself, its keys, and the exchange of a code. It is read when it is first needed, kept for an hour, and the
//! keys are read again when a token names one that is not among them, at most twice a minute.
//!
//! The operator names the providers, so their addresses may be private ones; only TLS is asked for, and that the document is that of
//! the issuer. Nobody is led elsewhere: redirects are not followed, and what comes back has a limit.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use reqwest::{Client, RequestBuilder, StatusCode, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::Provider;

/// How long what a provider tells of itself is kept.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How soon the keys are read again for one that is not known.
const READ_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// How long a provider is left alone that failed: who waits in the meantime is told at once.
const REST: TimeDelta = TimeDelta::seconds(5);
/// How long one request may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const ANSWER_MAX: usize = 256 << 10;

/// What a provider tells of itself (OpenID Connect Discovery 1.0 section 3), as far as we need it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Document {
    issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: Url,
    /// Where codes are exchanged.
    pub token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether its answers say whose they are (RFC 9207).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub says_issuer: bool,
}

/// Why a provider is of no use now.
#[derive(Debug, thiserror::Error)]
pub enum Away {
    /// It did not answer, or not in time.
    #[error("the provider did not answer")]
    Silent(#[from] reqwest::Error),
    /// It answered with an error.
    #[error("the provider answered {0}")]
    Status(StatusCode),
    /// It failed a moment ago, and is left alone.
    #[error("the provider failed a moment ago")]
    Resting,
    /// What it answered is too long, or not what it should be.
    #[error("what the provider tells cannot be used: {0}")]
    Unusable(String),
}

/// Why there is no token for a code.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The provider does not take the code.
    #[error("the provider refused the code: {0}")]
    Refused(String),
    /// It cannot be asked now.
    #[error(transparent)]
    Away(#[from] Away),
}

/// Something with the time when it was read.
struct Read<T> {
    what: Arc<T>,
    at: DateTime<Utc>,
}

#[derive(Default)]
struct Known {
    document: Option<Read<Document>>,
    keys: Option<Read<Vec<Jwk>>>,
    /// When one of them could not be read.
    failed_at: Option<DateTime<Utc>>,
}

impl Known {
    /// What was read, unless it failed: then the provider rests.
    fn noted<T>(&mut self, read: Result<T, Away>, now: DateTime<Utc>) -> Result<T, Away> {
        self.failed_at = read.is_err().then_some(now);
        read
    }

    fn is_awake(&self, now: DateTime<Utc>) -> Result<(), Away> {
        let rests = self.failed_at.is_some_and(|failed_at| now < failed_at + REST);
        if rests { Err(Away::Resting) } else { Ok(()) }
    }
}

/// A provider, and what is known of it.
pub struct Source {
    /// The provider.
    pub provider: Provider,
    client: Client,
    known: Mutex<Known>,
}

/// All providers.
pub struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// The providers, of which nothing is known yet.
    ///
    /// # Panics
    /// When the machine has no TLS.
    pub fn new(providers: &[Provider]) -> Self {
        let client = Client::builder().redirect(Policy::none()).timeout(DEADLINE).build();
        let client = client.expect("a client without anything special can be made");
        let source = |provider: &Provider| {
            let (provider, client, known) = (provider.clone(), client.clone(), Mutex::default());
            (provider.id.clone(), Source { provider, client, known })
        };
        Self(providers.iter().map(source).collect())
    }

    /// The provider with this id.
    pub fn find(&self, id: &str) -> Option<&Source> {
        self.0.get(id)
    }

    /// The providers, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Provider> {
        self.0.values().map(|source| &source.provider)
    }
}

impl Source {
    /// What the provider tells of itself. Who asks while it is read waits for the same answer.
    ///
    /// # Errors
    /// [`Away`].
    pub async fn document(&self, now: DateTime<Utc>) -> Result<Arc<Document>, Away> {
        let mut known = self.known.lock().await;
        if let Some(read) = known.document.as_ref().filter(|read| now < read.at + FRESH) {
            return Ok(Arc::clone(&read.what));
        }
        known.is_awake(now)?;
        let read = self.read_document().await;
        let document = Arc::new(known.noted(read, now)?);
        known.document = Some(Read { what: Arc::clone(&document), at: now });
        Ok(document)
    }

    /// Its keys; with `again` those of now, unless they were read a moment ago.
    ///
    /// # Errors
    /// [`Away`].
    pub async fn keys(&self, again: bool, now: DateTime<Utc>) -> Result<Arc<Vec<Jwk>>, Away> {
        let document = self.document(now).await?;
        let mut known = self.known.lock().await;
        let fresh = if again { READ_AGAIN } else { FRESH };
        if let Some(read) = known.keys.as_ref().filter(|read| now < read.at + fresh) {
            return Ok(Arc::clone(&read.what));
        }
        known.is_awake(now)?;
        let read = self.get::<KeySet>(document.jwks_uri.as_str()).await;
        let set = known.noted(read, now)?;
        // Keys of kinds that we do not know are none of ours.
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let keys = Arc::new(keys.collect::<Vec<Jwk>>());
        known.keys = Some(Read { what: Arc::clone(&keys), at: now });
        Ok(keys)
    }

    /// The ID token for `code`. Never asked twice: a code is good once.
    ///
    /// # Errors
    /// [`RedeemError`].
    pub async fn redeem(
        &self,
        document: &Document,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<String, RedeemError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", redirect_uri),
        ];
        let client = self.provider.client.as_str();
        let secret = self.provider.secret.as_deref();
        let takes =
            |method: &str| document.token_endpoint_auth_methods_supported.iter().any(|one| one == method);
        let in_body = secret.is_none() || takes("client_secret_post") && !takes("client_secret_basic");
        if in_body {
            form.push(("client_id", client));
            form.extend(secret.map(|secret| ("client_secret", secret)));
        }
        let mut request = self.client.post(document.token_endpoint.clone()).form(&form);
        if let Some(secret) = secret.filter(|_| !in_body) {
            // RFC 6749 section 2.3.1: both are encoded like a form first.
            let encoded =
                |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(client), Some(encoded(secret)));
        }
        let (status, body) = answer(request).await?;
        if status.is_success() {
            let tokens: Tokens = read(&body)?;
            return Ok(tokens.id_token);
        }
        if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            let failure: Failure = serde_json::from_slice(&body).unwrap_or_default();
            return Err(RedeemError::Refused(failure.error.chars().take(60).collect()));
        }
        Err(Away::Status(status).into())
    }

    async fn read_document(&self) -> Result<Document, Away> {
        let issuer = self.provider.issuer.trim_end_matches('/');
        let document = self.get(&format!("{issuer}/.well-known/openid-configuration")).await?;
        self.check(&document)?;
        Ok(document)
    }

    fn check(&self, document: &Document) -> Result<(), Away> {
        if document.issuer != self.provider.issuer {
            return Err(Away::Unusable("it is the document of another issuer".to_owned()));
        }
        let all = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
        let is_safe = |url: &&Url| url.scheme() == "https" || self.provider.plain && url.scheme() == "http";
        if all.iter().all(is_safe) {
            Ok(())
        } else {
            Err(Away::Unusable("an address is without TLS".to_owned()))
        }
    }

    async fn get<T: DeserializeOwned>(&self, at: &str) -> Result<T, Away> {
        let (status, body) = answer(self.client.get(at)).await?;
        if status.is_success() { read(&body) } else { Err(Away::Status(status)) }
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Default, Deserialize)]
struct Failure {
    error: String,
}

/// The answer, as far as it is not too long.
async fn answer(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), Away> {
    let mut answer = request.header("accept", "application/json").send().await?;
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > ANSWER_MAX {
            return Err(Away::Unusable("it is too long".to_owned()));
        }
        body.extend_from_slice(&part);
    }
    Ok((answer.status(), body))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Away> {
    serde_json::from_slice(body).map_err(|error| Away::Unusable(error.to_string()))
}
