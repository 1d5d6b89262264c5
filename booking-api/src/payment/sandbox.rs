//! The client of the payment sandbox.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Attempt, Command, Provider, ProviderError, Standing, Told, signature::covers};

/// The header with the signature of a callback.
pub const SIGNATURE: &str = "sandbox-signature";

/// The sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    client: Client,
    url: String,
    callback: String,
    deadline: Duration,
}

/// The part of a refusal that we read.
#[derive(Deserialize)]
struct Refusal {
    state: Option<Standing>,
}

impl Sandbox {
    /// The sandbox at `url`, which calls us back at `callback`; one request may take until `deadline`.
    pub fn new(url: &str, callback: String, deadline: Duration) -> Self {
        Self { client: Client::new(), url: url.trim_end_matches('/').to_owned(), callback, deadline }
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ProviderError> {
        let answer = request.timeout(self.deadline).send().await.map_err(ProviderError::Silent)?;
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.map_err(ProviderError::Silent);
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(ProviderError::Busy(status.as_u16()));
        }
        let standing = answer.json::<Refusal>().await.ok().and_then(|refusal| refusal.state);
        Err(ProviderError::Refused { status: status.as_u16(), standing })
    }
}

impl Provider for Sandbox {
    async fn authorize(&self, attempt: &Attempt, token: &str) -> Result<Told, ProviderError> {
        let body = json!({"reference": attempt.key, "amount": attempt.amount, "token": token, "callbackUrl": self.callback});
        let request = self.client.post(format!("{}/authorization", self.url));
        self.ask(request.header("idempotency-key", &attempt.key).json(&body)).await
    }

    async fn find(&self, attempt: &Attempt) -> Result<Option<Told>, ProviderError> {
        let request =
            self.client.get(format!("{}/authorization", self.url)).query(&[("reference", &attempt.key)]);
        match self.ask(request).await {
            Ok(told) => Ok(Some(told)),
            Err(ProviderError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn command(&self, command: &Command) -> Result<(), ProviderError> {
        let (authorization, name) = (&command.authorization, command.kind.name());
        let request = self.client.post(format!("{}/authorization/{authorization}/{name}", self.url));
        let request = request.header("idempotency-key", command.key());
        let request = match command.refund {
            Some(refund) => request.json(&json!({"amount": refund.amount})),
            None => request,
        };
        let _: Told = self.ask(request).await?;
        Ok(())
    }
}

/// Whether `signature` (`t=…,v1=…`) was made over `body` by whoever has `secret`. The time in it is not judged: a
/// callback that comes again says nothing new, because its event is remembered and settling repeats nothing.
pub fn is_genuine(secret: &[u8], signature: &str, body: &[u8]) -> bool {
    let parts =
        signature.split_once(',').and_then(|(at, tag)| at.strip_prefix("t=").zip(tag.strip_prefix("v1=")));
    parts.is_some_and(|(at, tag)| covers(secret, at, body, tag))
}

#[cfg(test)]
mod tests {
    use super::is_genuine;

    #[test]
    fn a_signature_is_checked_over_the_raw_bytes() {
        // HMAC-SHA-256 of `1.{}` under `secret of the tests`, from `openssl dgst`.
        let tag = "t=1,v1=0529f457678e013670dfc0a624e07cd74b84d3fa216a1633b675abd4e139411d";
        assert!(is_genuine(b"secret of the tests", tag, b"{}"));
        assert!(!is_genuine(b"secret of the tests", tag, b"{ }"));
        assert!(!is_genuine(b"another secret", tag, b"{}"));
        for bad in [
            "",
            "t=1",
            "v1=,t=1",
            "t=1,v1=zz",
            "t=2,v1=0529f457678e013670dfc0a624e07cd74b84d3fa216a1633b675abd4e139411d",
        ] {
            assert!(!is_genuine(b"secret of the tests", bad, b"{}"), "{bad}");
        }
    }
}
