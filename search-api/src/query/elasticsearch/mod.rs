//! A search in the words of Elasticsearch, and its answer read back. Pure.
//!
//! Each event gets a rank that is a sum of whole numbers, so that paging is exact: for every word how well it was
//! found, then whether the event is still to come, then whether there is something left, then how near it is. Among
//! equals the sooner one comes first. (The usual BM25 scores change with every document that is written, and would
//! shift pages.)

pub mod lookup;
pub mod suggest;
mod text;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    EventSearch, Found,
    cursor::Cursor,
    date::{DayWord, When},
    facet, fit,
    place::Place,
    sort::Sort,
    wider::Wider,
};

/// How well a word is found, in steps that the state of an event never outweighs.
mod rank {
    /// The word itself, in the title or a performer's name.
    pub(super) const NAME: u32 = 320;
    /// The word itself, elsewhere: venue, city, month, category, or neighbours written together.
    pub(super) const ELSEWHERE: u32 = 256;
    /// It begins a word of the title or of a name.
    pub(super) const NAME_BEGINS: u32 = 192;
    /// It begins a word elsewhere.
    pub(super) const BEGINS: u32 = 128;
    /// Some word is like it.
    pub(super) const LIKE: u32 = 64;
    /// All words stand together in this order in one name.
    pub(super) const TOGETHER: u32 = 64;
    /// The text is all of the title or of a performer's name.
    pub(super) const WHOLE: u32 = 64;
    /// It would be, were it not for blanks.
    pub(super) const WHOLE_TOGETHER: u32 = 32;
    /// A word like "tour" stands in a name.
    pub(super) const NOISE: u32 = 32;
    /// The event has not begun.
    pub(super) const TO_COME: u32 = 16;
    /// There is something left.
    pub(super) const LEFT: u32 = 8;
    /// It is in the inner half of the circle, and once more for half of that, and so on.
    pub(super) const NEAR: u32 = 1;
    /// How many halves there are.
    pub(super) const RINGS: u32 = 4;
}

/// The body of the request. `now` decides what is still to come; a cursor keeps that of the first page, and how much
/// wider it was. Elasticsearch gives up after `deadline`, as we do.
pub fn body(search: &EventSearch, wider: &Wider, now: DateTime<Utc>, deadline: Duration) -> Value {
    let now = search.cursor.as_ref().map_or(now, Cursor::moment);
    let place = wider.place(search.place.as_ref());
    let mut body = json!({
        "query": {"bool": query(search, wider, place.as_ref(), now.timestamp() * 1000)},
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
            "field": "word", "suggest_mode": "missing", "size": 1, "min_word_length": 4, "prefix_length": 1,
            "max_edits": 2}}});
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
fn query(search: &EventSearch, wider: &Wider, place: Option<&Place>, now: i64) -> Value {
    let to_come = json!({"range": {"startsAt": {"gt": now}}});
    let mut filter = filters(search, now);
    filter.extend(when(search.when, &to_come, now));
    filter.extend(place.map(at));
    let mut must: Vec<Value> = search.words.iter().map(|words| text::text(words, &wider.soft)).collect();
    let mut should = Vec::new();
    match (search.sort, place) {
        (Sort::Distance, Some(Place::Around { latitude, longitude, radius })) => {
            // The score is the nearness and nothing else: a number that comes back as it was sent, for the next page.
            filter.append(&mut must);
            must.push(json!({"distance_feature": {"field": "location", "pivot": format!("{radius}km"),
                                                  "origin": {"lat": latitude, "lon": longitude}}}));
        }
        (Sort::Relevance, _) => {
            should.push(fixed(&to_come, rank::TO_COME));
            should.push(fixed(&json!({"term": {"takeable": true}}), rank::LEFT));
            if let Some(Place::Around { latitude, longitude, radius }) = place {
                let mut radius = *radius;
                for _ in 0..rank::RINGS {
                    radius /= 2.0;
                    let ring = Place::Around { latitude: *latitude, longitude: *longitude, radius };
                    should.push(fixed(&at(&ring), rank::NEAR));
                }
            }
        }
        _ => {}
    }
    json!({"must": must, "filter": filter, "should": should, "minimum_should_match": 0})
}

/// What narrows the search down beside text, days and place.
fn filters(search: &EventSearch, now: i64) -> Vec<Value> {
    let asked = &search.filters;
    let mut filters = Vec::new();
    if !asked.categories.is_empty() {
        filters.push(json!({"terms": {"category": asked.categories}}));
    }
    for (field, name) in [("performer", &asked.performer), ("venue", &asked.venue)] {
        filters.extend(name.as_ref().map(|name| json!({"match_phrase": {field: name}})));
    }
    if asked.available {
        filters.push(json!({"term": {"takeable": true}}));
        filters.push(json!({"range": {"salesStart": {"lte": now}}}));
        filters.push(json!({"range": {"salesEnd": {"gt": now}}}));
        filters.push(json!({"range": {"startsAt": {"gt": now}}}));
    }
    filters.extend(search.prices.currency.map(|currency| json!({"term": {"currency": currency}})));
    for (bound, amount) in [("gte", search.prices.min), ("lte", search.prices.max)] {
        filters.extend(amount.map(|amount| json!({"range": {"priceFrom": {bound: amount}}})));
    }
    if search.sort == Sort::Price {
        filters.push(json!({"exists": {"field": "priceFrom"}}));
    }
    filters
}

/// When. The index knows for each event the stretch of time in which it is "tomorrow".
fn when(when: Option<When>, to_come: &Value, now: i64) -> Vec<Value> {
    let within = |from: &str, to: &str| {
        let bound = |name: &str, way: &str| json!({"range": {format!("stretch.{name}"): {way: now}}});
        vec![to_come.clone(), bound(from, "lte"), bound(to, "gt")]
    };
    let weekend = |mut filters: Vec<Value>| {
        filters.push(json!({"term": {"stretch.weekend": true}}));
        filters
    };
    match when {
        None => vec![to_come.clone()],
        Some(When::Days(days)) => {
            vec![json!({"range": {"localDate": {"gte": days.from.to_string(), "lte": days.to.to_string()}}})]
        }
        Some(When::Word(word)) => match word {
            DayWord::Today => within("day", "dayAfter"),
            DayWord::Tonight => within("night", "dayAfter"),
            DayWord::Tomorrow => within("dayBefore", "day"),
            DayWord::ThisWeek => within("week", "weekAfter"),
            DayWord::ThisWeekend => weekend(within("week", "weekAfter")),
            DayWord::NextWeekend => weekend(within("weekBefore", "week")),
        },
    }
}

/// Where.
fn at(place: &Place) -> Value {
    match place {
        Place::City(city) => json!({"term": {"city": city}}),
        Place::Around { latitude, longitude, radius } => json!({"geo_distance": {
            "distance": format!("{radius}km"), "location": {"lat": latitude, "lon": longitude}}}),
    }
}

fn fixed(filter: &Value, rank: u32) -> Value {
    json!({"constant_score": {"filter": filter, "boost": rank}})
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
    found.suggestion = suggestion(search, &found, answer);
    Ok(found)
}

/// What may have been meant: the text with other words for those that no event has, where nothing was found as it was
/// typed.
fn suggestion(search: &EventSearch, found: &Found, answer: &Value) -> Option<String> {
    let words = search.words.as_ref()?;
    if found.events.iter().any(|event| fit::as_typed(words, event)) {
        return None;
    }
    let mut meant = words.telling().to_vec();
    let mut changed = false;
    for entry in answer["suggest"]["spelling"].as_array()? {
        let better = entry["options"][0]["text"].as_str();
        let typed = entry["text"].as_str();
        for word in &mut meant {
            // Two slips in four letters make any word of any other.
            let near =
                |better: &&str| fit::distance(word, better) <= if word.chars().count() < 5 { 1 } else { 2 };
            if let Some(better) = better.filter(|_| typed == Some(word.as_str())).filter(near) {
                better.clone_into(word);
                changed = true;
            }
        }
    }
    changed.then(|| meant.join(" "))
}

fn cursor(search: &EventSearch, wider: &Wider, now: DateTime<Utc>, keys: &Value) -> Option<Cursor> {
    let (rank, starts, event) = search.sort.place_of(keys)?;
    Some(Cursor {
        search: search.fingerprint(),
        now: search.cursor.as_ref().map_or(now.timestamp(), |cursor| cursor.now),
        rank,
        starts,
        event: event.parse().ok()?,
        wider: wider.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::date::Days;

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
