//! The answer of `GET /search`.

use chrono::{DateTime, Utc};
use contracts::{event::EventState, id::EventId, money::Money};
use serde::Serialize;

use super::{
    EventSearch, Found,
    facet::Facets,
    fit::{self, Highlight},
    share::Shared,
};
use crate::document::{Availability, EventDocument, Venue};

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchView {
    /// The events, best first.
    pub events: Vec<EventView>,
    /// How many there are on all pages.
    pub total: u64,
    /// For the next page; none on the last one.
    pub cursor: Option<String>,
    /// Whether nothing was found as it was asked, so that more was looked at.
    pub widened: bool,
    /// What may have been meant, where nothing was found as it was written.
    pub suggestion: Option<String>,
    /// The counts, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<Facets>,
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
    highlights: Vec<Highlight>,
}

impl SearchView {
    /// The answer as it reads at `now`.
    pub fn of(search: &EventSearch, shared: &Shared<Found>, now: DateTime<Utc>) -> Self {
        let found = &shared.kept.answer;
        Self {
            events: found.events.iter().map(|event| EventView::of(search, event, now)).collect(),
            total: found.total,
            cursor: found.cursor.as_ref().map(ToString::to_string),
            widened: !found.wider.is_none(),
            suggestion: found.suggestion.clone(),
            facets: found.facets.clone(),
            degraded: shared.is_degraded(),
        }
    }
}

impl EventView {
    fn of(search: &EventSearch, event: &EventDocument, now: DateTime<Utc>) -> Self {
        let state = event.state(now);
        let highlights = search.words.as_ref().map(|words| fit::highlights(words, event)).unwrap_or_default();
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
            highlights,
        }
    }
}
