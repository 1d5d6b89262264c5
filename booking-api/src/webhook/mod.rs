//! Webhooks: addresses at which organizers are told what happens. Who is told what is written here, in the transaction of what
//! happened; the notifier delivers it (docs/webhooks.md).

pub mod change;
pub mod create;
pub mod handler;
pub mod log;
pub mod replay;
pub mod rotate;
pub mod seal;
pub mod store;
pub mod tell;
pub mod try_out;
pub mod view;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, WebhookId},
    webhook::KINDS,
};
use platform::{outbound::Reach, postgres::StoreError};
use serde::{Deserialize, Serialize};

use crate::{
    invalid::{Checks, Invalid},
    state::Booking,
};

/// The most endpoints of one organizer.
pub const MOST: i64 = 10;

/// An endpoint, as it is stored; but for its secrets, which only the notifier reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which one.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// A word of the organizer's.
    pub description: Option<String>,
    /// The kinds of notice that it is told.
    pub kinds: Vec<String>,
    /// Why it is told nothing, and since when.
    pub off: Option<(OffCause, DateTime<Utc>)>,
    /// Until when the secret before this one signs too.
    pub previous_until: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: i32,
    /// Since when.
    pub failing_since: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Why an endpoint is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OffCause {
    /// The organizer switched it off.
    Organizer,
    /// It answered 410.
    Gone,
    /// It failed for days.
    Failing,
}

impl OffCause {
    /// By the name in the database.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "organizer" => Some(Self::Organizer),
            "gone" => Some(Self::Gone),
            "failing" => Some(Self::Failing),
            _ => None,
        }
    }
}

/// An endpoint as its organizer writes it down.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    /// Where it is.
    pub url: String,
    /// What it is told.
    pub types: Vec<String>,
    /// A word of the organizer's.
    pub description: Option<String>,
    /// Whether it is told anything; yes where nothing is said.
    pub enabled: Option<bool>,
}

impl Written {
    /// Whether this can be an endpoint, as far as it can be told without looking its name up. The notifier judges again, with
    /// the addresses that the name has then.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, reach: Reach) -> Result<(), Invalid> {
        let mut checks = Checks::default();
        if let Err(bad) = reach.target(&self.url) {
            checks.that(false, "/url", bad.to_string());
        }
        checks.that(!self.types.is_empty(), "/types", "names at least one type");
        for (at, kind) in self.types.iter().enumerate() {
            let is_first = !self.types[..at].contains(kind);
            let is_known = KINDS.contains(&kind.as_str());
            checks.that(is_known, format!("/types/{at}"), format!("is one of {}", KINDS.join(", ")));
            checks.that(is_first, format!("/types/{at}"), "is named once");
        }
        checks.optional_text(self.description.as_deref(), 200, "/description");
        checks.done()
    }
}

/// Why an organizer can do nothing with an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// It cannot be one.
    #[error("the endpoint is not valid")]
    Invalid(#[from] Invalid),
    /// The organizer has no such endpoint.
    #[error("there is no such endpoint")]
    Unknown,
    /// The organizer has another endpoint at this address.
    #[error("there is an endpoint at this address")]
    Exists,
    /// The organizer has as many as there may be.
    #[error("one organizer has {MOST} endpoints at most")]
    TooMany,
    /// It is switched off.
    #[error("the endpoint is switched off")]
    Off,
    /// Nothing of this id was told there.
    #[error("there is no such delivery")]
    UnknownDelivery,
    /// The database failed.
    #[error("managing endpoints failed")]
    Store(#[from] StoreError),
}

/// The host of an address. What stands behind it may be a secret of its receiver's, and is repeated nowhere.
pub(crate) fn host(url: &str) -> Option<String> {
    url.parse::<http::Uri>().ok()?.host().map(str::to_owned)
}

/// The endpoint, which must be the organizer's.
///
/// # Errors
/// [`ManageError`].
pub async fn own(app: &Booking, owner: AccountId, id: WebhookId) -> Result<Endpoint, ManageError> {
    store::find(&app.postgres, owner, id).await?.ok_or(ManageError::Unknown)
}

/// The organizer's endpoint, which must not be switched off.
///
/// # Errors
/// [`ManageError`].
pub async fn own_and_on(app: &Booking, owner: AccountId, id: WebhookId) -> Result<Endpoint, ManageError> {
    let endpoint = own(app, owner, id).await?;
    if endpoint.off.is_some() { Err(ManageError::Off) } else { Ok(endpoint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_says_what_is_wrong_with_it() {
        let check = |url: &str, types: &[&str]| {
            let types = types.iter().map(|kind| (*kind).to_owned()).collect();
            let written = Written { url: url.to_owned(), types, description: None, enabled: None };
            written.check(Reach::default()).err().map(|invalid| invalid.0[0].pointer.clone())
        };
        assert_eq!(check("https://example.com/usher", &["order.paid", "event.changed"]), None);
        assert_eq!(check("https://127.0.0.1/", &["order.paid"]).as_deref(), Some("/url"));
        assert_eq!(check("https://example.com/", &[]).as_deref(), Some("/types"));
        assert_eq!(check("https://example.com/", &["order.paid", "order.lost"]).as_deref(), Some("/types/1"));
        assert_eq!(check("https://example.com/", &["order.paid", "order.paid"]).as_deref(), Some("/types/1"));
        assert_eq!(check("https://example.com/", &["webhook.test"]).as_deref(), Some("/types/0"));
    }
}
