//! What a fan asks of search, and what comes back. Words, days and places are understood here, once for every engine.

pub mod accept;
pub mod ask;
pub mod cursor;
pub mod date;
pub mod elasticsearch;
pub mod handler;
pub mod place;
pub mod text;

use chrono::{DateTime, Utc};
use contracts::{id::EventId, money::Money};
use serde::Serialize;

use crate::document::{Availability, EventDocument, EventState, Venue};
use cursor::Cursor;
use date::Days;
use place::Place;
use text::Words;

/// How many events a page has when nobody says.
pub const USUAL_LIMIT: u16 = 20;
/// The most events of one page.
pub const HIGHEST_LIMIT: u16 = 100;

/// One search, understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSearch {
    /// What the event is called, who performs, where: all of it must be found.
    pub words: Option<Words>,
    /// Where.
    pub place: Option<Place>,
    /// When, by the venue's own days. Without it only what has not begun is found.
    pub days: Option<Days>,
    /// How many events at once.
    pub limit: u16,
    /// After which event to go on.
    pub cursor: Option<Cursor>,
}

/// A parameter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {reason}")]
pub struct BadParameter {
    /// Its name.
    pub parameter: String,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

/// The names of the parameters.
pub const PARAMETERS: [&str; 5] = ["token", "location", "date", "cursor", "limit"];

impl EventSearch {
    /// Understands the parameters of a query. An empty one is as good as none, because forms send them so.
    ///
    /// # Errors
    /// [`BadParameter`] for one that is unknown, given twice, or not understood.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, BadParameter> {
        let mut search = Self { limit: USUAL_LIMIT, ..Self::default() };
        let mut cursor = None;
        for (at, (name, value)) in parameters.iter().enumerate() {
            let bad = |reason: String| BadParameter { parameter: name.clone(), reason };
            if parameters[..at].iter().any(|(before, _)| before == name) {
                return Err(bad("give it once".to_owned()));
            }
            let value = value.trim();
            let empty = value.is_empty();
            match name.as_str() {
                known if empty && PARAMETERS.contains(&known) => {}
                "token" => search.words = Some(Words::parse(value).map_err(|error| bad(error.to_string()))?),
                "location" => {
                    search.place = Some(Place::parse(value).map_err(|error| bad(error.to_string()))?);
                }
                "date" => search.days = Some(Days::parse(value).map_err(|error| bad(error.to_string()))?),
                "limit" => search.limit = limit(value).ok_or_else(|| bad(LIMIT.to_owned()))?,
                "cursor" => cursor = Some((name, value)),
                _ => return Err(bad("this call takes token, location, date, cursor and limit".to_owned())),
            }
        }
        if let Some((name, value)) = cursor {
            let read = Cursor::read(value, &search.fingerprint());
            search.cursor = Some(
                read.map_err(|error| BadParameter { parameter: name.clone(), reason: error.to_string() })?,
            );
        }
        Ok(search)
    }

    /// Tells searches apart, whatever their page: a cursor belongs to one.
    pub fn fingerprint(&self) -> String {
        let asked = format!("{:?} {:?} {:?}", self.words, self.place, self.days);
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, asked.as_bytes()).simple().to_string()[..12].to_owned()
    }
}

const LIMIT: &str = "a number from 1 to 100";

fn limit(value: &str) -> Option<u16> {
    value.parse().ok().filter(|limit| (1..=HIGHEST_LIMIT).contains(limit))
}

/// One page of found events, as the index told it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The events, best first.
    pub events: Vec<EventDocument>,
    /// How many there are on all pages.
    pub total: u64,
    /// Where the next page begins.
    pub cursor: Option<Cursor>,
}

/// The answer of `GET /search`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchView {
    /// The events, best first.
    pub events: Vec<EventView>,
    /// How many there are on all pages.
    pub total: u64,
    /// For the next page; none on the last one.
    pub cursor: Option<String>,
    /// Whether a part was away, so that the answer may be older or coarser than usual.
    pub degraded: bool,
}

/// One event of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    event_id: EventId,
    title: String,
    category: String,
    starts_at: DateTime<Utc>,
    time_zone: String,
    venue: Venue,
    performers: Vec<String>,
    price_from: Option<Money>,
    availability: Availability,
    state: EventState,
}

impl SearchView {
    /// The answer as it reads at `now`.
    pub fn of(found: &Found, now: DateTime<Utc>) -> Self {
        Self {
            events: found.events.iter().map(|event| EventView::of(event, now)).collect(),
            total: found.total,
            cursor: found.cursor.as_ref().map(ToString::to_string),
            degraded: false,
        }
    }
}

impl EventView {
    /// The event as it reads at `now`.
    pub fn of(event: &EventDocument, now: DateTime<Utc>) -> Self {
        let state = event.state(now);
        let event = event.clone();
        Self {
            event_id: event.event_id,
            title: event.title,
            category: event.category,
            starts_at: event.starts_at,
            time_zone: event.time_zone,
            venue: event.venue,
            performers: event.performers,
            price_from: event.price_from,
            availability: event.availability,
            state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &[(&str, &str)]) -> Result<EventSearch, BadParameter> {
        let owned: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        EventSearch::parse(&owned)
    }

    #[test]
    fn an_empty_parameter_is_as_good_as_none() {
        let none = EventSearch { limit: USUAL_LIMIT, ..EventSearch::default() };
        assert_eq!(parse(&[]), Ok(none.clone()));
        assert_eq!(
            parse(&[("token", " "), ("location", ""), ("date", ""), ("cursor", ""), ("limit", "")]),
            Ok(none)
        );
    }

    #[test]
    fn a_bad_parameter_is_named() {
        for (query, parameter) in [
            (&[("limit", "0")][..], "limit"),
            (&[("limit", "101")], "limit"),
            (&[("limit", "ten")], "limit"),
            (&[("date", "tomorrow")], "date"),
            (&[("location", "91,0")], "location"),
            (&[("token", "+-=")], "token"),
            (&[("cursor", "x")], "cursor"),
            (&[("locaton", "Berlin")], "locaton"),
            (&[("token", "a"), ("token", "b")], "token"),
        ] {
            assert_eq!(parse(query).unwrap_err().parameter, parameter, "{query:?}");
        }
    }
}
