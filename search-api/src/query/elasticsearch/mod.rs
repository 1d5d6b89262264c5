//! A search in the words of Elasticsearch, and its answer read back. Pure, but for [`nodes`], which asks.

mod clause;
pub mod lookup;
pub mod nodes;
mod pace;
pub mod suggest;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{EventSearch, Found, cursor::Cursor, facet, plan::Plan, spelling, wider::Wider};
use clause::{clause, condition, fixed};

/// The body of the request. `now` decides what is still to come; a cursor keeps that of the first page, and how much
/// wider it was. Elasticsearch gives up after `deadline`, as we do.
pub fn body(search: &EventSearch, wider: &Wider, now: DateTime<Utc>, deadline: Duration) -> Value {
    let plan = Plan::of(search, wider, now);
    let mut body = json!({
        "query": {"bool": query(&plan)},
        "sort": search.sort.clause(),
        // One more than asked for tells whether there is a next page.
        "size": u32::from(search.limit) + 1,
        "timeout": timeout(deadline),
        "track_total_hits": true,
        "_source": ["shown"],
    });
    if !search.facets.is_empty() {
        body["aggs"] = facet::clause(&search.facets);
    }
    if let (Some(words), None) = (&search.words, &search.cursor) {
        body["suggest"] = json!({"spelling": {"text": words.telling().join(" "), "term": {
            "field": "word", "suggest_mode": "missing", "size": 1, "min_word_length": spelling::SHORTEST,
            "prefix_length": 1, "max_edits": 2}}});
    }
    if let Some(cursor) = &search.cursor {
        body["search_after"] = search.sort.after(cursor.rank, cursor.starts, &cursor.event.to_string());
    }
    body
}

/// A deadline as Elasticsearch reads it.
pub fn timeout(deadline: Duration) -> String {
    format!("{}ms", deadline.as_millis().max(1))
}

/// What is found, and what counts.
fn query(plan: &Plan) -> Value {
    let mut filter: Vec<Value> = plan.conditions.iter().map(condition).collect();
    let mut must: Vec<Value> = plan.words.iter().map(clause).collect();
    if let Some((latitude, longitude, radius)) = plan.near {
        // The score is the nearness and nothing else: a number that comes back as it was sent, for the next page.
        filter.append(&mut must);
        must.push(json!({"distance_feature": {"field": "location", "pivot": format!("{radius}km"),
                                              "origin": {"lat": latitude, "lon": longitude}}}));
    }
    let bonus = |(so, rank): &(_, u32)| fixed(&condition(so), *rank);
    let should: Vec<Value> = plan.bonuses.iter().map(bonus).collect();
    json!({"must": must, "filter": filter, "should": should, "minimum_should_match": 0})
}

/// An answer that does not read as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the index answered with something unknown: {0}")]
pub struct BadAnswer(&'static str);

/// Refuses half an answer.
fn whole(answer: &Value) -> Result<(), BadAnswer> {
    if answer["timed_out"].as_bool() != Some(false) || answer["_shards"]["failed"].as_u64() != Some(0) {
        return Err(BadAnswer("a part is missing"));
    }
    Ok(())
}

/// Reads the answer to [`body`].
///
/// # Errors
/// [`BadAnswer`], also when the index gave up halfway.
pub fn found(
    search: &EventSearch,
    wider: &Wider,
    now: DateTime<Utc>,
    answer: &Value,
) -> Result<Found, BadAnswer> {
    whole(answer)?;
    let hits = answer["hits"]["hits"].as_array().ok_or(BadAnswer("no hits"))?;
    let limit = usize::from(search.limit);
    let mut events = Vec::with_capacity(hits.len());
    for hit in hits.iter().take(limit) {
        let shown = hit["_source"]["shown"].clone();
        events.push(serde_json::from_value(shown).map_err(|_| BadAnswer("a document of another shape"))?);
    }
    let cursor = if hits.len() > limit {
        let last = hits.get(limit.saturating_sub(1)).ok_or(BadAnswer("no last hit"))?;
        Some(cursor(search, wider, now, &last["sort"]).ok_or(BadAnswer("a hit without its order"))?)
    } else {
        None
    };
    let total = answer["hits"]["total"]["value"].as_u64().ok_or(BadAnswer("no total"))?;
    let facets = if search.facets.is_empty() {
        None
    } else {
        Some(
            facet::read(&search.facets, &answer["aggregations"])
                .ok_or(BadAnswer("counts of another shape"))?,
        )
    };
    let mut found = Found { events, total, cursor, facets, wider: wider.clone(), ..Found::default() };
    found.suggestion = spelling::suggestion(search, &found.events, &better(answer));
    Ok(found)
}

/// What the index would write instead of those words that it does not have.
fn better(answer: &Value) -> BTreeMap<String, String> {
    let entries = answer["suggest"]["spelling"].as_array().map(Vec::as_slice).unwrap_or_default();
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
        super::body(search, &Wider::default(), at(), Duration::from_millis(300))
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
        assert!(found(&search, &Wider::default(), at(), &answer).is_err());
        let answer = json!({"timed_out": false, "_shards": {"failed": 1}, "hits": {"hits": [], "total": {"value": 0}}});
        assert!(found(&search, &Wider::default(), at(), &answer).is_err());
    }
}
