//! Payments by a third party: attempts that are committed before the provider is asked, its callbacks, commands that
//! are repeated until they are done, and asking about whatever stays silent.

pub mod command;
pub mod handler;
pub mod inbox;
pub mod known;
pub mod provider;
pub mod purge;
pub mod raw_card;
pub mod reconcile;
pub mod sandbox;
pub mod signature;
pub mod store;
pub mod stripe;

use std::{future::Future, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{EventId, OrderId, PaymentAttemptId, RefundId},
    money::Money,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::order::Order;

/// One attempt to have an order paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The event of the order.
    pub event: EventId,
    /// The order.
    pub order: OrderId,
    /// Which attempt, from 1.
    pub n: i32,
    /// Who is asked.
    pub provider: ProviderName,
    /// What the provider knows it by.
    pub key: String,
    /// The provider's token, until the provider has answered.
    pub token: Option<String>,
    /// Where it stands.
    pub state: AttemptState,
    /// What the provider calls it, once it has answered.
    pub authorization: Option<String>,
    /// How much.
    pub amount: Money,
    /// How often the provider was asked about it.
    pub looks: i32,
    /// Where the fan must go first, while the provider waits for it.
    pub challenge: Option<String>,
    /// When it was committed.
    pub created_at: DateTime<Utc>,
}

/// The providers that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProviderName {
    /// The one that takes no money.
    Sandbox,
    /// Stripe.
    Stripe,
}

impl ProviderName {
    /// The name in our tables and paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Stripe => "stripe",
        }
    }

    /// The provider with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sandbox, Self::Stripe].into_iter().find(|provider| provider.name() == name)
    }
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AttemptState {
    /// Committed; the provider may or may not have heard of it.
    Created,
    /// The provider decides.
    Pending,
    /// The amount is set aside, and used for the order.
    Authorised,
    /// Refused.
    Declined,
    /// Taken.
    Captured,
    /// To be let go.
    Voiding,
    /// Let go.
    Voided,
    /// Taken and given back.
    Refunded,
}

impl AttemptState {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Authorised => "authorised",
            Self::Declined => "declined",
            Self::Captured => "captured",
            Self::Voiding => "voiding",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
        }
    }

    /// The state with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Created,
            Self::Pending,
            Self::Authorised,
            Self::Declined,
            Self::Captured,
            Self::Voiding,
            Self::Voided,
            Self::Refunded,
        ];
        all.into_iter().find(|state| state.name() == name)
    }

    /// Whether the provider's decision is awaited.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Pending)
    }

    /// Whether the next attempt may begin: this one is refused, or its void is committed.
    pub const fn has_failed(self) -> bool {
        matches!(self, Self::Declined | Self::Voiding | Self::Voided)
    }
}

/// What a provider is told to do with an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CommandKind {
    /// Take it.
    Capture,
    /// Let it go.
    Void,
    /// Give it back.
    Refund,
}

impl CommandKind {
    /// The name in the database, and in the sandbox's paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Capture, Self::Void, Self::Refund].into_iter().find(|kind| kind.name() == name)
    }
}

/// Where an authorization stands at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// Not decided.
    Pending,
    /// Set aside.
    Authorised,
    /// Refused.
    Declined,
    /// Taken.
    Captured,
    /// Let go.
    Voided,
    /// Given back.
    Refunded,
}

/// An authorization as the provider tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What the provider calls it.
    pub id: String,
    /// What we call it.
    pub reference: String,
    /// Where it stands.
    pub state: Standing,
    /// How much.
    pub amount: Money,
    /// Where the fan must go before it is decided.
    #[serde(default, rename = "challengeUrl", skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
}

/// What became of a request to the provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The operator does not work with it any more.
    #[error("the provider is not configured")]
    NotConfigured,
    /// Nobody knows: ask again, under the same key.
    #[error("the payment provider did not answer")]
    Silent(#[source] reqwest::Error),
    /// It cannot now: ask again.
    #[error("the payment provider answered {0}")]
    Busy(u16),
    /// It will not: asking again changes nothing.
    #[error("the payment provider refused with {status}")]
    Refused {
        /// The status.
        status: u16,
        /// Where the authorization stands, when the provider says so.
        standing: Option<Standing>,
    },
}

/// A payment provider. Every call may be repeated: it carries a key of its own.
pub trait Provider: Send + Sync {
    /// Asks for the amount of `attempt`, to be answered later by a callback.
    fn authorize(
        &self,
        attempt: &Attempt,
        token: &str,
    ) -> impl Future<Output = Result<Told, ProviderError>> + Send;

    /// What the provider knows of an attempt; `None` when it never heard of it.
    fn find(&self, attempt: &Attempt) -> impl Future<Output = Result<Option<Told>, ProviderError>> + Send;

    /// Takes, lets go or gives back.
    fn command(&self, command: &Command) -> impl Future<Output = Result<(), ProviderError>> + Send;
}

/// What payments need of the process.
pub struct Payments {
    /// Those that we work with.
    pub providers: provider::Providers,
    /// Rung when an attempt was committed.
    pub attempts: Notify,
    /// Rung when a command was committed.
    pub commands: Notify,
    /// Who looks for the order of an attempt in the same moment.
    pub looking: known::Looking,
    /// Who notes in the same moment that an attempt was taken in.
    pub sending: known::Sending,
}

/// The pause before look or try number `n`, from 0: it doubles from `first` up to `longest`.
pub fn pause(first: Duration, longest: Duration, n: i32) -> TimeDelta {
    let factor = 2_u32.saturating_pow(u32::try_from(n).unwrap_or_default());
    let pause = first.checked_mul(factor).map_or(longest, |pause| pause.min(longest));
    TimeDelta::from_std(pause).unwrap_or(TimeDelta::minutes(5))
}

/// What a fan pays with: a provider, and its token for a card or the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Who is asked.
    pub provider: ProviderName,
    /// Its one-time token.
    pub token: String,
}

/// A new attempt for an order.
pub fn attempt(id: PaymentAttemptId, order: &Order, n: i32, card: &Card, now: DateTime<Utc>) -> Attempt {
    Attempt {
        event: order.event,
        order: order.id,
        n,
        provider: card.provider,
        key: format!("pay_{}", id.uuid().simple()),
        token: Some(card.token.clone()),
        state: AttemptState::Created,
        authorization: None,
        amount: order.total,
        looks: 0,
        challenge: None,
        created_at: now,
    }
}

/// A command that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Which one.
    pub id: i64,
    /// Who is told.
    pub provider: ProviderName,
    /// Of which authorization.
    pub authorization: String,
    /// What to do.
    pub kind: CommandKind,
    /// The attempt it is about; none where the provider authorised what we never asked for.
    pub attempt: Option<(EventId, OrderId, i32)>,
    /// The part to give back; none for a refund of all there is.
    pub refund: Option<PartRefund>,
    /// How often it was tried.
    pub tries: i32,
    /// How often it was refused and asked for again.
    pub round: i32,
}

/// A part of an amount that goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRefund {
    /// The refund that it is.
    pub id: RefundId,
    /// How much.
    pub amount: Money,
}

impl Command {
    /// What the provider knows the command by: the same however often it is told, until it is refused and somebody asks
    /// for it again.
    pub fn key(&self) -> String {
        match self.refund {
            Some(refund) if self.round > 0 => format!("refund/{}/{}", refund.id, self.round),
            Some(refund) => format!("refund/{}", refund.id),
            None => format!("{}/{}", self.kind.name(), self.authorization),
        }
    }
}

/// Until when a row that one copy works at is left alone by the others.
pub(crate) fn lease(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::seconds(15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_mins(1));
        assert_eq!(pause(first, longest, 0), TimeDelta::seconds(1));
        assert_eq!(pause(first, longest, 5), TimeDelta::seconds(32));
        assert_eq!(pause(first, longest, 6), TimeDelta::seconds(60));
        assert_eq!(pause(first, longest, 1000), TimeDelta::seconds(60));
    }

    #[test]
    fn states_and_kinds_read_back_by_their_names() {
        for name in
            ["created", "pending", "authorised", "declined", "captured", "voiding", "voided", "refunded"]
        {
            assert_eq!(AttemptState::named(name).unwrap().name(), name);
        }
        for name in ["capture", "void", "refund"] {
            assert_eq!(CommandKind::named(name).unwrap().name(), name);
        }
    }
}
