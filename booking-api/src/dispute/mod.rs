//! Payments that fans take up with their banks (chargebacks), as the provider tells of them.
//!
//! While one is open its order gets no refund: the bank decides who has the money. Lost, the money is gone: the order's
//! tickets are void and their seats free. Won, everything stays as it was.

pub mod store;
pub mod take_in;

use chrono::{DateTime, Utc};
use contracts::money::Money;
use serde::Serialize;

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DisputeState {
    /// The bank looks at it.
    Opened,
    /// The money stays ours.
    Won,
    /// The money is the fan's again.
    Lost,
}

impl DisputeState {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// The state with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Opened, Self::Won, Self::Lost].into_iter().find(|state| state.name() == name)
    }
}

/// A dispute as the provider tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeTold {
    /// What the provider calls it.
    pub id: String,
    /// The authorization that it is about.
    pub authorization: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: DisputeState,
}

/// A dispute of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// What the provider calls it.
    pub dispute_id: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: DisputeState,
    /// When we heard of it first.
    pub opened_at: DateTime<Utc>,
}
