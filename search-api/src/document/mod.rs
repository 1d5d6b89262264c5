//! What search knows of an event: the document, and how its words are folded so that both sides agree.

pub mod body;
mod calendar;
pub mod fold;
pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use contracts::{
    event::{EventState, Instants},
    id::EventId,
    money::Money,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The version of the document's shape. Raised with every change of `mapping.json` or of [`body`], so
/// that a new index is built.
pub const SHAPE: u32 = 3;

/// The settings and the mapping of an index of [`SHAPE`].
pub const MAPPING: &str = include_str!("mapping.json");

/// One event as it stands in the index: what a result shows, and the instants from which its state follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDocument {
    /// Which event.
    pub event_id: EventId,
    /// Its title.
    pub title: String,
    /// concert, sport, theatre, conference or other.
    pub category: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The venue's time zone (IANA name).
    pub time_zone: String,
    /// Where it is.
    pub venue: Venue,
    /// Who performs, in the order of the bill.
    pub performers: Vec<String>,
    /// The cheapest price.
    pub price_from: Option<Money>,
    /// The dearest price.
    pub price_to: Option<Money>,
    /// How much is left.
    pub availability: Availability,
    /// When sales open.
    pub sales_start: DateTime<Utc>,
    /// When sales close.
    pub sales_end: DateTime<Utc>,
    /// Whether the organizer called it off.
    pub cancelled: bool,
    /// Whether it takes place at another time; absent otherwise, as it was before there was the word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postponed: bool,
    /// How many people have bought, in steps (`contracts::popularity`).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub popularity: u8,
}

const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// Where an event is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Venue {
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// How much is left, as far as a fan needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// Plenty.
    Many,
    /// Few left.
    Few,
    /// Nothing left.
    None,
}

impl EventDocument {
    /// Where the event stands at `now`.
    pub fn state(&self, now: DateTime<Utc>) -> EventState {
        if self.cancelled {
            EventState::Cancelled
        } else if self.postponed {
            EventState::Postponed
        } else {
            let Self { sales_start, sales_end, starts_at, .. } = *self;
            Instants { sales_start, sales_end, starts_at }.state(now, self.availability != Availability::None)
        }
    }

    /// The venue's time zone; UTC where the name is unknown.
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The day on which it begins, at the venue.
    pub fn local_date(&self) -> NaiveDate {
        self.starts_at.with_timezone(&self.zone()).date_naive()
    }
}

/// What the index should hold of one event, by the record in PostgreSQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which event.
    pub event: EventId,
    /// Rises whenever the document may have changed.
    pub version: i64,
    /// The document; `None` for an event that nobody may find (deleted, or a draft).
    pub document: Option<EventDocument>,
}

impl Entry {
    /// The document for the index, with the version and a digest of everything else. Equal entries give equal bodies.
    pub fn body(&self) -> Value {
        let mut body = self.document.as_ref().map_or_else(|| json!({"deleted": true}), body::body);
        let digest = hex::encode(&Sha256::digest(body.to_string())[..16]);
        body["id"] = json!(self.event);
        body["version"] = json!(self.version);
        body["digest"] = json!(digest);
        body
    }

    /// The digest of [`Entry::body`].
    pub fn digest(&self) -> String {
        self.body()["digest"].as_str().unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::TimeDelta;

    use super::*;

    pub(crate) fn document() -> EventDocument {
        EventDocument {
            event_id: uuid::Uuid::from_u128(1).into(),
            title: "AC/DC".to_owned(),
            category: "concert".to_owned(),
            starts_at: "2027-01-01T04:30:00Z".parse().unwrap(),
            time_zone: "America/New_York".to_owned(),
            venue: Venue {
                name: "Madison Square Garden".to_owned(),
                city: "New York".to_owned(),
                country: "US".to_owned(),
                latitude: 40.75,
                longitude: -73.99,
            },
            performers: vec!["Sigur Rós".to_owned()],
            price_from: None,
            price_to: None,
            availability: Availability::Many,
            sales_start: "2026-12-01T00:00:00Z".parse().unwrap(),
            sales_end: "2026-12-31T00:00:00Z".parse().unwrap(),
            cancelled: false,
            postponed: false,
            popularity: 0,
        }
    }

    #[test]
    fn the_day_is_the_venues_own() {
        assert_eq!(document().local_date().to_string(), "2026-12-31");
        assert_eq!(body::body(&document())["localDate"], "2026-12-31");
        assert_eq!(body::body(&document())["when"], json!(["december", "thursday", "2026"]));
    }

    #[test]
    fn the_state_follows_the_clock() {
        let document = document();
        let at = |time: DateTime<Utc>| document.state(time);
        assert_eq!(at(document.sales_start - TimeDelta::seconds(1)), EventState::Scheduled);
        assert_eq!(at(document.sales_start), EventState::OnSale);
        assert_eq!(at(document.sales_end), EventState::Ended);
        let gone = EventDocument { availability: Availability::None, ..document.clone() };
        assert_eq!(gone.state(document.sales_start), EventState::SoldOut);
        let off = EventDocument { cancelled: true, ..document.clone() };
        assert_eq!(off.state(document.starts_at), EventState::Cancelled);
        let later = EventDocument { postponed: true, ..document.clone() };
        assert_eq!(later.state(document.sales_start), EventState::Postponed);
    }

    #[test]
    fn the_digest_tells_documents_apart_and_not_versions() {
        let entry = |version, document| Entry { event: uuid::Uuid::from_u128(1).into(), version, document };
        let other = EventDocument { title: "ACDC".to_owned(), ..document() };
        assert_eq!(entry(1, Some(document())).digest(), entry(2, Some(document())).digest());
        assert_ne!(entry(1, Some(document())).digest(), entry(1, Some(other)).digest());
        assert_ne!(entry(1, Some(document())).digest(), entry(1, None).digest());
    }
}
