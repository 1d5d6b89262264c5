//! A search in the words of Elasticsearch, and its answer read back. Pure, but for [`nodes`], which asks.

mod answer;
mod clause;
pub mod lookup;
pub mod nodes;
mod pace;
pub mod suggest;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{EventSearch, Found, cursor::Cursor, facet, plan::Plan, spelling, text::Words, wider::Wider};
use answer::Answer;
use clause::{One, Said, condition, fixed};

/// What is sent.
#[derive(Serialize)]
struct Body<'a> {
    query: Query<'a>,
    sort: Value,
    size: u32,
    timeout: String,
    track_total_hits: bool,
    #[serde(rename = "_source")]
    source: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    aggs: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggest: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_after: Option<Value>,
}

/// The body of the request. `now` decides what is still to come; a cursor keeps that of the first page, and how much
/// wider it was. Elasticsearch gives up after `deadline`, as we do.
///
/// # Errors
/// None that is known: there is nothing in it that cannot be written.
pub fn body(
    search: &EventSearch,
    wider: &Wider,
    now: DateTime<Utc>,
    deadline: Duration,
) -> serde_json::Result<Bytes> {
    let plan = Plan::of(search, wider, now);
    let suggest = |words: &Words| {
        json!({"spelling": {"text": words.telling().join(" "), "term": {
            "field": "word", "suggest_mode": "missing", "size": 1, "min_word_length": spelling::SHORTEST,
            "prefix_length": 1, "max_edits": 2}}})
    };
    let after = |cursor: &Cursor| search.sort.after(cursor.rank, cursor.starts, &cursor.event.to_string());
    let body = Body {
        query: Query(&plan),
        sort: search.sort.clause(),
        // One more than asked for tells whether there is a next page.
        size: u32::from(search.limit) + 1,
        timeout: timeout(deadline),
        track_total_hits: true,
        source: ["shown"],
        aggs: (!search.facets.is_empty()).then(|| facet::clause(&search.facets)),
        suggest: search.words.as_ref().filter(|_| search.cursor.is_none()).map(suggest),
        search_after: search.cursor.as_ref().map(after),
    };
    written(&body)
}

/// The bytes of a body.
fn written(body: &impl Serialize) -> serde_json::Result<Bytes> {
    Ok(serde_json::to_vec(body)?.into())
}

/// A deadline as Elasticsearch reads it.
pub fn timeout(deadline: Duration) -> String {
    format!("{}ms", deadline.as_millis().max(1))
}

/// What is found, and what counts.
struct Query<'a>(&'a Plan);

/// A part of it.
#[derive(Serialize)]
#[serde(untagged)]
enum Part<'a> {
    Words(Said<'a>),
    Other(Value),
}

#[derive(Serialize)]
struct All<'a, C> {
    must: Vec<Part<'a>>,
    filter: Vec<Part<'a>>,
    should: Vec<C>,
    minimum_should_match: u8,
}

impl Serialize for Query<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.0;
        let mut filter: Vec<Part<'_>> = plan.conditions.iter().map(condition).map(Part::Other).collect();
        let mut must: Vec<Part<'_>> = plan.words.iter().map(Said).map(Part::Words).collect();
        if let Some((latitude, longitude, radius)) = plan.near {
            // The score is the nearness and nothing else: a number that comes back as it was sent, for the next page.
            filter.append(&mut must);
            must.push(Part::Other(json!({"distance_feature": {
                "field": "location", "pivot": format!("{radius}km"),
                "origin": {"lat": latitude, "lon": longitude}}})));
        }
        let bonus = |(so, rank): &(_, u32)| fixed(condition(so), *rank);
        let should = plan.bonuses.iter().map(bonus).collect();
        One("bool", All { must, filter, should, minimum_should_match: 0 }).serialize(serializer)
    }
}

/// An answer that does not read as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the index answered with something unknown: {0}")]
pub struct BadAnswer(&'static str);

/// Reads the answer to [`body`].
///
/// # Errors
/// [`BadAnswer`], also when the index gave up halfway.
pub fn found(
    search: &EventSearch,
    wider: &Wider,
    now: DateTime<Utc>,
    answer: &[u8],
) -> Result<Found, BadAnswer> {
    let Answer { hits, aggregations, suggest, .. } = Answer::read(answer)?;
    let limit = usize::from(search.limit);
    let cursor = if hits.hits.len() > limit {
        let last = hits.hits.get(limit.saturating_sub(1)).ok_or(BadAnswer("no last hit"))?;
        Some(cursor(search, wider, now, &last.sort).ok_or(BadAnswer("a hit without its order"))?)
    } else {
        None
    };
    let total = hits.total.as_ref().ok_or(BadAnswer("no total"))?.value;
    let facets = if search.facets.is_empty() {
        None
    } else {
        Some(facet::read(&search.facets, &aggregations).ok_or(BadAnswer("counts of another shape"))?)
    };
    let events = hits.events(limit);
    let mut found = Found { events, total, cursor, facets, wider: wider.clone(), ..Found::default() };
    found.suggestion = spelling::suggestion(search, &found.events, || Ok(better(&suggest)))?;
    Ok(found)
}

/// What the index would write instead of those words that it does not have.
fn better(suggest: &Value) -> BTreeMap<String, String> {
    let entries = suggest["spelling"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pair = |entry: &Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        text(&entry["text"]).zip(text(&entry["options"][0]["text"]))
    };
    entries.iter().filter_map(pair).collect()
}

fn cursor(search: &EventSearch, wider: &Wider, now: DateTime<Utc>, keys: &Value) -> Option<Cursor> {
    let (rank, starts, event) = search.sort.place_of(keys)?;
    Some(Cursor::after(search, wider, now, (rank, starts, event.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{
        date::{Days, When},
        place::Place,
    };

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn body(search: &EventSearch) -> Value {
        let body = super::body(search, &Wider::default(), at(), Duration::from_millis(300)).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn without_a_date_only_what_is_to_come_is_found() {
        let search = EventSearch { limit: 20, ..EventSearch::default() };
        let body = body(&search);
        assert_eq!(
            body["query"]["bool"]["filter"],
            json!([{"range": {"startsAt": {"gt": 1_800_000_000_000_i64}}}])
        );
        assert_eq!(body["query"]["bool"]["must"], json!([]));
        assert_eq!((&body["size"], &body["timeout"]), (&json!(21), &json!("300ms")));
    }

    #[test]
    fn days_and_places_are_filters() {
        let search = EventSearch {
            when: Some(When::Days(Days::parse("2026-12").unwrap())),
            place: Some(Place::parse("52.5,13.4,7.5").unwrap()),
            ..EventSearch::default()
        };
        assert_eq!(
            body(&search)["query"]["bool"]["filter"],
            json!([
                {"range": {"localDate": {"gte": "2026-12-01", "lte": "2026-12-31"}}},
                {"geo_distance": {"distance": "7.5km", "location": {"lat": 52.5, "lon": 13.4}}},
            ])
        );
        let city = EventSearch { place: Some(Place::parse("Köln").unwrap()), ..EventSearch::default() };
        assert_eq!(body(&city)["query"]["bool"]["filter"][1], json!({"term": {"city": "koln"}}));
    }

    #[test]
    fn a_cursor_keeps_the_moment_of_the_first_page() {
        let event = uuid::Uuid::from_u128(7).into();
        let cursor = Cursor {
            search: String::new(),
            now: 1_700_000_000,
            rank: 46.0,
            starts: 5,
            event,
            wider: Wider::default(),
        };
        let search = EventSearch { cursor: Some(cursor), ..EventSearch::default() };
        let body = body(&search);
        assert_eq!(body["search_after"], json!([46.0, 5, event]));
        assert_eq!(body["query"]["bool"]["filter"][0]["range"]["startsAt"]["gt"], 1_700_000_000_000_i64);
    }

    #[test]
    fn half_an_answer_is_none() {
        let search = EventSearch { limit: 1, ..EventSearch::default() };
        let answer =
            json!({"timed_out": true, "_shards": {"failed": 0}, "hits": {"hits": [], "total": {"value": 0}}});
        assert!(found(&search, &Wider::default(), at(), answer.to_string().as_bytes()).is_err());
        let answer = json!({"timed_out": false, "_shards": {"failed": 1}, "hits": {"hits": [], "total": {"value": 0}}});
        assert!(found(&search, &Wider::default(), at(), answer.to_string().as_bytes()).is_err());
    }
}
