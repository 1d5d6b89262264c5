//! The client of Stripe: payment intents that are captured by hand.
//!
//! An attempt is one intent; our key for it stands in its metadata, so that it is found again when an answer was lost.
//! Every call that changes something carries an `Idempotency-Key`. Stripe forgets those after a day, so a command that was
//! tried before looks first at what has become of it.

mod intent;
pub mod signature;
pub mod webhook;

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

use super::{Attempt, Command, CommandKind, Provider, ProviderError, Standing, Told};
use intent::{Failure, Intent, List, Refund};

/// How many intents a page of the list has, and how many pages are read for one that is looked for.
const PAGE: &str = "100";
const PAGES: usize = 50;
/// How far two clocks may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(10);

/// Stripe.
#[derive(Clone, Debug)]
pub struct Stripe {
    client: Client,
    url: String,
    key: String,
    return_url: Option<String>,
    deadline: Duration,
}

impl Stripe {
    /// Stripe at `url`, with our secret key. Fans come back to `return_url` when they had to prove who they are.
    pub fn new(url: &str, key: String, return_url: Option<String>, deadline: Duration) -> Self {
        Self { client: Client::new(), url: url.trim_end_matches('/').to_owned(), key, return_url, deadline }
    }

    fn post(&self, path: &str, key: &str, form: &[(&str, String)]) -> RequestBuilder {
        self.client.post(format!("{}/v1/{path}", self.url)).header("idempotency-key", key).form(form)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}/v1/{path}", self.url))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<Result<T, Refused>, ProviderError> {
        let request = request.bearer_auth(&self.key).timeout(self.deadline);
        let answer = request.send().await.map_err(ProviderError::Silent)?;
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.map(Ok).map_err(ProviderError::Silent);
        }
        let is_passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::CONFLICT, StatusCode::UNAUTHORIZED];
        if status.is_server_error() || is_passing.contains(&status) {
            return Err(ProviderError::Busy(status.as_u16()));
        }
        let failure = answer.json::<Failure>().await.ok();
        Ok(Err(Refused {
            status: status.as_u16(),
            intent: failure.and_then(|failure| failure.error.payment_intent).map(Box::new),
        }))
    }

    async fn intent(&self, id: &str) -> Result<Option<Intent>, ProviderError> {
        Ok(self.ask(self.get(&format!("payment_intents/{id}"))).await?.ok())
    }

    /// Looks through the intents since the attempt for the one with its key.
    async fn look_for(&self, attempt: &Attempt) -> Result<Option<Intent>, ProviderError> {
        let since = (attempt.created_at - CLOCKS).timestamp();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let mut request = self.get("payment_intents").query(&[("limit", PAGE)]);
            if let Some(after) = &after {
                request = request.query(&[("starting_after", after)]);
            }
            let page: List<Intent> = match self.ask(request).await? {
                Ok(page) => page,
                Err(refused) => return Err(refused.into()),
            };
            let last = page.data.last().map(|intent| (intent.id.clone(), intent.created));
            if let Some(found) = page.data.into_iter().find(|intent| intent.reference() == Some(&attempt.key))
            {
                return Ok(Some(found));
            }
            match last {
                Some((id, created)) if page.has_more && created >= since => after = Some(id),
                _ => return Ok(None),
            }
        }
        Err(ProviderError::Busy(200))
    }

    /// Whether the command was carried out by a try before whose answer was lost.
    async fn is_done(&self, command: &Command) -> Result<bool, ProviderError> {
        let standing = || async {
            Ok::<_, ProviderError>(self.intent(&command.authorization).await?.map(|intent| intent.standing()))
        };
        match (command.kind, command.refund) {
            (CommandKind::Capture, _) => Ok(standing().await? == Some(Standing::Captured)),
            (CommandKind::Void, _) => Ok(standing().await? == Some(Standing::Voided)),
            (CommandKind::Refund, _) => {
                let of = [("payment_intent", command.authorization.as_str()), ("limit", PAGE)];
                let all: List<Refund> = match self.ask(self.get("refunds").query(&of)).await? {
                    Ok(all) => all,
                    Err(refused) => return Err(refused.into()),
                };
                Ok(all.data.iter().any(|refund| refund.has_key(&command.key())))
            }
        }
    }

    async fn tell(&self, command: &Command) -> Result<Result<(), Refused>, ProviderError> {
        let (id, key) = (&command.authorization, command.key());
        match command.kind {
            CommandKind::Capture => {
                let request = self.post(&format!("payment_intents/{id}/capture"), &key, &[]);
                Ok(self.ask::<Intent>(request).await?.map(|_| ()))
            }
            CommandKind::Void => {
                let request = self.post(&format!("payment_intents/{id}/cancel"), &key, &[]);
                Ok(self.ask::<Intent>(request).await?.map(|_| ()))
            }
            CommandKind::Refund => {
                let mut form = vec![("payment_intent", id.clone()), ("metadata[key]", key.clone())];
                if let Some(part) = command.refund {
                    form.push(("amount", part.amount.minor.to_string()));
                }
                let made = self.ask::<Refund>(self.post("refunds", &key, &form)).await?;
                Ok(made.and_then(|refund| if refund.has_failed() { Err(Refused::failed()) } else { Ok(()) }))
            }
        }
    }
}

/// Stripe will not, with the intent as it is where it says so.
#[derive(Clone, Debug)]
struct Refused {
    status: u16,
    intent: Option<Box<Intent>>,
}

impl Refused {
    /// Taken in, and failed.
    const fn failed() -> Self {
        Self { status: 200, intent: None }
    }
}

impl From<Refused> for ProviderError {
    fn from(refused: Refused) -> Self {
        Self::Refused { status: refused.status, standing: refused.intent.map(|intent| intent.standing()) }
    }
}

impl Provider for Stripe {
    async fn authorize(&self, attempt: &Attempt, token: &str) -> Result<Told, ProviderError> {
        let mut form = vec![
            ("amount", attempt.amount.minor.to_string()),
            ("currency", attempt.amount.currency.as_str().to_lowercase()),
            ("capture_method", "manual".to_owned()),
            ("confirm", "true".to_owned()),
            ("payment_method", token.to_owned()),
            ("payment_method_types[]", "card".to_owned()),
            ("metadata[reference]", attempt.key.clone()),
        ];
        form.extend(self.return_url.clone().map(|url| ("return_url", url)));
        match self.ask::<Intent>(self.post("payment_intents", &attempt.key, &form)).await? {
            Ok(intent) => Ok(intent.told(&attempt.key)),
            // A card that was declined is an answer.
            Err(Refused { status: 402, intent }) => Ok(Told {
                id: intent.map(|intent| intent.id).unwrap_or_default(),
                reference: attempt.key.clone(),
                state: Standing::Declined,
                amount: attempt.amount,
                challenge: None,
            }),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn find(&self, attempt: &Attempt) -> Result<Option<Told>, ProviderError> {
        let found = match &attempt.authorization {
            Some(id) => self.intent(id).await?,
            None => self.look_for(attempt).await?,
        };
        Ok(found.map(|intent| intent.told(&attempt.key)))
    }

    async fn command(&self, command: &Command) -> Result<(), ProviderError> {
        if command.tries > 1 && self.is_done(command).await? {
            return Ok(());
        }
        match self.tell(command).await? {
            Ok(()) => Ok(()),
            Err(refused) => {
                let standing = self.intent(&command.authorization).await?.map(|intent| intent.standing());
                let is_done = match command.kind {
                    CommandKind::Capture => standing == Some(Standing::Captured),
                    CommandKind::Void => standing == Some(Standing::Voided),
                    CommandKind::Refund => false,
                };
                if is_done {
                    Ok(())
                } else {
                    Err(ProviderError::Refused { status: refused.status, standing })
                }
            }
        }
    }
}
