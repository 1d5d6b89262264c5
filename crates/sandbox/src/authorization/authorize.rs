//! Asking for an amount.

use chrono::TimeDelta;
use contracts::money::Money;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Authorization, Behaviour, State, UnknownToken};
use crate::{
    ledger::{Entry, KeyReused, LedgerError},
    state::Sandbox,
};

/// What the shop asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// What the shop calls it.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Says how the sandbox behaves.
    pub token: String,
    /// Where the shop wants to hear of it.
    pub callback_url: String,
}

/// Why an amount was not asked for.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// The token is unknown.
    #[error(transparent)]
    UnknownToken(#[from] UnknownToken),
    /// The amount is negative.
    #[error("the amount is negative")]
    BadAmount,
    /// The address is none.
    #[error("the address for callbacks is none")]
    BadCallback,
    /// The key came with something else before.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// Too much is due.
    #[error("too many authorizations are open")]
    Full,
    /// The journal cannot be written.
    #[error("writing the journal failed")]
    Ledger(#[from] LedgerError),
}

/// Whether the request was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First(pub bool);

/// Remembers the request and decides it later. The same key and request give the same authorization, as it stands now.
///
/// # Errors
/// [`AuthorizeError`]; nothing was remembered then.
pub fn authorize(
    sandbox: &Sandbox,
    key: &str,
    asked: Asked,
) -> Result<(Authorization, First), AuthorizeError> {
    let behaviour: Behaviour = asked.token.parse()?;
    if asked.amount.minor < 0 {
        return Err(AuthorizeError::BadAmount);
    }
    let url = reqwest::Url::parse(&asked.callback_url).map_err(|_| AuthorizeError::BadCallback)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AuthorizeError::BadCallback);
    }
    let request = serde_json::json!(["authorize", asked]).to_string();
    let mut book = sandbox.ledger.lock();
    if let Some(id) = book.seen(key, &request)?
        && let Some(authorization) = book.authorization(&id)
    {
        return Ok((authorization.clone(), First(false)));
    }
    if book.open() >= sandbox.config.open_limit.get() {
        return Err(AuthorizeError::Full);
    }
    let authorization = Authorization {
        id: format!("auth_{}", sandbox.ids.next::<Uuid>().simple()),
        reference: asked.reference,
        amount: asked.amount,
        state: State::Pending,
        token: asked.token,
        callback_url: asked.callback_url,
        decide_at: sandbox.clock.now() + delay(sandbox, behaviour),
        refunded: 0,
        challenged: behaviour == Behaviour::Challenge,
        dispute: None,
        refused_refund: None,
    };
    book.write(Entry::Asked { key: key.to_owned(), request, authorization: authorization.clone() })?;
    Ok((authorization, First(true)))
}

fn delay(sandbox: &Sandbox, behaviour: Behaviour) -> TimeDelta {
    let (from, to) = (sandbox.config.delay_from, sandbox.config.delay_to);
    let delay = match behaviour {
        Behaviour::Late(delay) => delay,
        _ if from >= to => from,
        _ => sandbox.ids.stream().random_range(from..=to),
    };
    TimeDelta::from_std(delay).unwrap_or_default()
}
