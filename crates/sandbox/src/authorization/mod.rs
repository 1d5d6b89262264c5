//! Amounts set aside: what one is, how it moves, and which fault its token orders.

pub mod authorize;
pub mod dispute;
pub mod handler;
pub mod step;

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use contracts::money::Money;
use serde::{Deserialize, Serialize};

/// An amount that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// `auth_…`.
    pub id: String,
    /// What the shop calls it.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: State,
    /// The token, which says how the sandbox behaves.
    pub token: String,
    /// Where the shop wants to hear of it.
    pub callback_url: String,
    /// When it is decided.
    pub decide_at: DateTime<Utc>,
    /// How much was given back, in minor units.
    #[serde(default)]
    pub refunded: i64,
    /// Whether the payer has yet to prove who they are.
    #[serde(default)]
    pub challenged: bool,
    /// What the payer's bank was asked about it.
    #[serde(default)]
    pub dispute: Option<Dispute>,
    /// The key of the refund that was refused by order: under another one it may be asked for again.
    #[serde(default)]
    pub refused_refund: Option<String>,
}

/// A payment that was taken up with a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// `dp_…`.
    pub id: String,
    /// How much: what was left when it was opened.
    pub amount: i64,
    /// Where it stands.
    pub state: DisputeState,
}

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisputeState {
    /// The bank looks at it.
    Open,
    /// The shop keeps the money.
    Won,
    /// The payer has it back.
    Lost,
}

/// Where an authorization stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Not decided yet.
    Pending,
    /// The amount is set aside.
    Authorised,
    /// Refused.
    Declined,
    /// The amount was taken.
    Captured,
    /// The amount was let go.
    Voided,
    /// The amount was taken and given back.
    Refunded,
}

/// What the shop may ask of an authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Take the amount.
    Capture,
    /// Let it go.
    Void,
    /// Give it back.
    Refund,
}

/// The state forbids the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an authorization that is {state:?} cannot take the step {step:?}")]
pub struct WrongState {
    /// Where it stands.
    pub state: State,
    /// What was asked.
    pub step: Step,
}

impl State {
    /// The state after `step`. A step taken already changes nothing, so that the shop may repeat itself.
    ///
    /// # Errors
    /// [`WrongState`].
    pub fn after(self, step: Step) -> Result<Self, WrongState> {
        match (self, step) {
            (Self::Authorised | Self::Captured, Step::Capture) => Ok(Self::Captured),
            (Self::Pending | Self::Authorised | Self::Voided, Step::Void) => Ok(Self::Voided),
            (Self::Captured | Self::Refunded, Step::Refund) => Ok(Self::Refunded),
            (state, step) => Err(WrongState { state, step }),
        }
    }
}

/// What a token orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Authorises.
    Ok,
    /// Declines.
    Declined,
    /// Authorises, but only after this long.
    Late(Duration),
    /// Authorises, and calls back twice with one event and once more with another.
    Double,
    /// Authorises, and never calls back.
    Lost,
    /// Authorises, and calls back with a wrong signature first.
    Forged,
    /// Authorises, and repeats its callback long after it was taken in.
    Replayed,
    /// Waits until the payer has proved who they are, at an address of its own.
    Challenge,
    /// Remembers the request and authorises, but does not answer it in time.
    TimeOut,
    /// Authorises, and refuses every refund.
    NoRefund,
    /// Authorises, and refuses the first refund, under its key for ever.
    RefundLater,
}

/// The longest that `tok_late` may wait.
const LATE_MAX: u64 = 24 * 60 * 60;

/// The token is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token is unknown")]
pub struct UnknownToken;

impl FromStr for Behaviour {
    type Err = UnknownToken;

    fn from_str(token: &str) -> Result<Self, UnknownToken> {
        match token {
            "tok_ok" => Ok(Self::Ok),
            "tok_declined" => Ok(Self::Declined),
            "tok_double" => Ok(Self::Double),
            "tok_lost" => Ok(Self::Lost),
            "tok_forged" => Ok(Self::Forged),
            "tok_replayed" => Ok(Self::Replayed),
            "tok_challenge" => Ok(Self::Challenge),
            "tok_timeout" => Ok(Self::TimeOut),
            "tok_no_refund" => Ok(Self::NoRefund),
            "tok_refund_later" => Ok(Self::RefundLater),
            _ => {
                let seconds =
                    token.strip_prefix("tok_late:").and_then(|text| text.parse().ok()).ok_or(UnknownToken)?;
                (seconds <= LATE_MAX).then_some(Self::Late(Duration::from_secs(seconds))).ok_or(UnknownToken)
            }
        }
    }
}

impl Behaviour {
    /// What becomes of the amount.
    pub fn outcome(self) -> State {
        match self {
            Self::Declined => State::Declined,
            Self::Ok
            | Self::Late(_)
            | Self::Double
            | Self::Lost
            | Self::Forged
            | Self::Replayed
            | Self::Challenge
            | Self::TimeOut
            | Self::NoRefund
            | Self::RefundLater => State::Authorised,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_taken_or_let_go_but_never_both() {
        assert_eq!(State::Authorised.after(Step::Capture), Ok(State::Captured));
        assert_eq!(State::Captured.after(Step::Capture), Ok(State::Captured));
        assert!(State::Captured.after(Step::Void).is_err());
        assert!(State::Voided.after(Step::Capture).is_err());
        assert!(State::Declined.after(Step::Void).is_err());
        assert_eq!(State::Pending.after(Step::Void), Ok(State::Voided));
        assert!(State::Authorised.after(Step::Refund).is_err());
    }

    #[test]
    fn a_token_orders_one_behaviour() {
        assert_eq!("tok_late:90".parse(), Ok(Behaviour::Late(Duration::from_secs(90))));
        for token in ["", "tok", "tok_late:", "tok_late:-1", "tok_late:86401", "4242424242424242"] {
            assert_eq!(token.parse::<Behaviour>(), Err(UnknownToken), "{token}");
        }
    }
}
