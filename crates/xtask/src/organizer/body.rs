//! What the public API takes, as docs/API.md has it.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A place where things happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Venue {
    pub(crate) external_id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) time_zone: String,
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Category {
    Concert,
    Sport,
    Theatre,
}

/// An event without its venue and performers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) external_id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) category: Category,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) sales_start: DateTime<Utc>,
    pub(crate) sales_end: DateTime<Utc>,
    pub(crate) currency: &'static str,
    pub(crate) ticket_limit: u32,
    pub(crate) tiers: Vec<Tier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) seats: Vec<Seat>,
}

/// A price and what is sold at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tier {
    pub(crate) name: String,
    /// In minor units of the event's currency.
    pub(crate) price: i64,
    pub(crate) general_admission: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<u32>,
}

impl Tier {
    /// A tier whose tickets are seats.
    pub(crate) fn seated(name: &str, price: i64) -> Self {
        Self { name: name.to_owned(), price, general_admission: false, quantity: None }
    }

    /// A tier without seats.
    pub(crate) fn standing(name: &str, price: i64, quantity: u32) -> Self {
        Self { name: name.to_owned(), price, general_admission: true, quantity: Some(quantity) }
    }
}

/// One seat of a seated tier.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seat {
    pub(crate) section: String,
    pub(crate) row: String,
    #[serde(rename = "seat")]
    pub(crate) name: String,
    /// The index of its tier in the event's tiers.
    pub(crate) tier: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) accessible: bool,
}

/// One row of `POST /event/import`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ImportRow {
    pub(crate) venue: Venue,
    pub(crate) performers: Vec<String>,
    pub(crate) event: Event,
}

/// What `POST /room` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Room {
    pub(crate) event_id: uuid::Uuid,
    pub(crate) name: String,
    pub(crate) admit_per_minute: u32,
    pub(crate) max_active: u32,
    pub(crate) claim_window: &'static str,
    pub(crate) session_length: &'static str,
    pub(crate) state: &'static str,
}
