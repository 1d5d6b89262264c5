//! What the organizer takes out of the sale: seats held back, tickets given away, tickets sold at the counter. Each goes
//! the way of every order: a hold by the same script, the same locks in the same order, a claim or a sale under the same
//! keys. So nothing is sold twice, whoever sells it (promise B1).

pub mod handler;
pub mod keep;
pub mod release;
pub mod store;
pub mod take;

use chrono::{DateTime, Utc};
use contracts::{
    id::{OrderRef, TicketRef},
    money::Money,
};
use serde::{Deserialize, Serialize};

use crate::order::OrderState;

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Nobody can buy it until it is released; at the latest when the event begins.
    HeldBack,
    /// Given away: sold for nothing.
    Comp,
    /// Sold at the counter, and paid there.
    BoxOffice,
}

impl Kind {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeldBack => "held_back",
            Self::Comp => "comp",
            Self::BoxOffice => "box_office",
        }
    }

    /// The kind with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::HeldBack, Self::Comp, Self::BoxOffice].into_iter().find(|kind| kind.name() == name)
    }
}

/// How somebody paid at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaidBy {
    /// With notes and coins.
    Cash,
    /// With a card, at a terminal that we know nothing of.
    Card,
}

impl PaidBy {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
        }
    }

    /// The way with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Cash, Self::Card].into_iter().find(|way| way.name() == name)
    }
}

/// One of them, as its organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allocation {
    /// Its order.
    pub order_id: OrderRef,
    /// What it is.
    pub kind: Kind,
    /// What the organizer calls it.
    pub label: String,
    /// How it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<PaidBy>,
    /// Where its order stands.
    pub state: OrderState,
    /// What was paid.
    pub total: Money,
    /// Its tickets.
    pub tickets: Vec<TicketRef>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
