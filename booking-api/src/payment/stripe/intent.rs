//! What Stripe says, as far as we read it.

use std::collections::HashMap;

use contracts::money::{Currency, Money};
use serde::Deserialize;

use crate::payment::{Standing, Told};

/// A payment intent.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) created: i64,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
    #[serde(default)]
    next_action: Option<NextAction>,
}

#[derive(Clone, Debug, Deserialize)]
struct NextAction {
    redirect_to_url: Option<Redirect>,
}

#[derive(Clone, Debug, Deserialize)]
struct Redirect {
    url: Option<String>,
}

impl Intent {
    /// Where the amount stands. A status that we do not know is not decided.
    pub(super) fn standing(&self) -> Standing {
        match self.status.as_str() {
            "requires_capture" => Standing::Authorised,
            "succeeded" => Standing::Captured,
            "canceled" => Standing::Voided,
            "requires_payment_method" => Standing::Declined,
            _ => Standing::Pending,
        }
    }

    /// Our key for the attempt; none where the intent is not ours.
    pub(super) fn reference(&self) -> Option<&String> {
        self.metadata.as_ref().and_then(|metadata| metadata.get("reference"))
    }

    /// The same in our words. A currency that is none has the amount of nothing, which is never what was asked for.
    pub(super) fn told(&self, reference: &str) -> Told {
        let nothing = Money { minor: -1, currency: "XXX".parse().expect("three letters") };
        Told {
            id: self.id.clone(),
            reference: reference.to_owned(),
            state: self.standing(),
            amount: money(self.amount, &self.currency).unwrap_or(nothing),
            challenge: self.next_action.as_ref().and_then(|next| next.redirect_to_url.as_ref()?.url.clone()),
        }
    }
}

/// An amount as Stripe writes it: minor units, and a currency in small letters.
pub(super) fn money(minor: i64, currency: &str) -> Option<Money> {
    let currency: Currency = currency.to_uppercase().parse().ok()?;
    Some(Money { minor, currency })
}

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// A refund.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Refund {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

impl Refund {
    pub(super) fn has_key(&self, key: &str) -> bool {
        let of = self.metadata.as_ref().and_then(|metadata| metadata.get("key"));
        of.is_some_and(|of| of == key) && !self.has_failed()
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }
}

/// A refusal.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Failure {
    pub(super) error: FailureDetail,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct FailureDetail {
    #[serde(default)]
    pub(super) payment_intent: Option<Intent>,
}
