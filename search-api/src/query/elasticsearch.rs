//! A search in the words of Elasticsearch, and its answer read back. Pure.
//!
//! Each event gets a rank that is a sum of whole numbers, so that paging is exact: for every word how well it was
//! found, then whether the event is still to come, then whether there is something left. Among equals the sooner one
//! comes first. (The usual BM25 scores change with every document that is written, and would shift pages.)

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{EventSearch, Found, cursor::Cursor, place::Place};

/// How well a word is found, in steps that the state of an event never outweighs.
mod rank {
    /// The word itself, in the title or a performer's name.
    pub(super) const NAME: u32 = 40;
    /// The word itself, elsewhere: venue, city, month, category, or neighbours written together.
    pub(super) const ELSEWHERE: u32 = 32;
    /// It begins a word of the title or of a name.
    pub(super) const NAME_BEGINS: u32 = 24;
    /// It begins a word elsewhere.
    pub(super) const BEGINS: u32 = 16;
    /// Some word is like it.
    pub(super) const LIKE: u32 = 8;
    /// All words stand together in this order in one name.
    pub(super) const TOGETHER: u32 = 8;
    /// The event has not begun.
    pub(super) const TO_COME: u32 = 4;
    /// There is something left.
    pub(super) const LEFT: u32 = 2;
}

/// Words as short as this must be written right: nearly every other short word is like them.
const FUZZINESS: &str = "AUTO:4,8";
/// Beginnings of other words than the last one count from this length on.
const SHORTEST_BEGINNING: usize = 3;
/// Up to how many words are also tried written together.
const MOST_JOINED: usize = 6;

/// The body of the request. `now` decides what is still to come; a cursor keeps that of the first page.
pub fn body(search: &EventSearch, now: DateTime<Utc>) -> Value {
    let now = search.cursor.as_ref().map_or(now, Cursor::moment);
    let to_come = json!({"range": {"startsAt": {"gt": now.timestamp() * 1000}}});
    let mut filter = Vec::new();
    match search.days {
        Some(days) => filter.push(json!({"range": {
            "localDate": {"gte": days.from.to_string(), "lte": days.to.to_string()}}})),
        None => filter.push(to_come.clone()),
    }
    match &search.place {
        Some(Place::City(city)) => filter.push(json!({"term": {"city": city}})),
        Some(Place::Around { latitude, longitude, radius }) => filter.push(json!({"geo_distance": {
            "distance": format!("{radius}km"), "location": {"lat": latitude, "lon": longitude}}})),
        None => {}
    }
    let must: Vec<Value> = search.words.iter().map(|words| text(words.as_slice())).collect();
    let mut body = json!({
        "query": {"bool": {
            "must": must,
            "filter": filter,
            "should": [fixed(&to_come, rank::TO_COME), fixed(&json!({"term": {"takeable": true}}), rank::LEFT)],
            "minimum_should_match": 0,
        }},
        "sort": [{"_score": "desc"}, {"startsAt": "asc"}, {"id": "asc"}],
        // One more than asked for tells whether there is a next page.
        "size": u32::from(search.limit) + 1,
        "track_total_hits": true,
        "_source": ["shown"],
    });
    if let Some(cursor) = &search.cursor {
        body["search_after"] = json!([cursor.rank, cursor.starts, cursor.event]);
    }
    body
}

/// All words must be found; of the ways to write neighbours together the best one counts.
fn text(words: &[String]) -> Value {
    let mut ways = vec![all_of(words, None)];
    if words.len() <= MOST_JOINED {
        ways.extend((1..words.len()).map(|at| all_of(words, Some(at))));
    }
    if ways.len() == 1 { ways.remove(0) } else { json!({"dis_max": {"queries": ways}}) }
}

/// All words, the one at `joined` written together with the one before it.
fn all_of(words: &[String], joined: Option<usize>) -> Value {
    let mut must = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let last = at + 1 == words.len();
        if joined == Some(at + 1) {
            // Comes with the next one.
        } else if joined == Some(at) {
            must.push(one(&format!("{}{word}", words[at - 1]), last, 2));
        } else {
            must.push(one(word, last, 1));
        }
    }
    let mut whole = json!({"bool": {"must": must}});
    if words.len() > 1 && joined.is_none() {
        let together = json!({"match_phrase": {"name": words.join(" ")}});
        whole["bool"]["should"] = json!([fixed(&together, rank::TOGETHER)]);
    }
    whole
}

/// One word: the best way in which it is found counts, `times` as much where it stands for so many words.
fn one(word: &str, last: bool, times: u32) -> Value {
    // A phrase, because the tokenizer takes apart what some scripts write without blanks.
    let mut ways = vec![
        fixed(&json!({"match_phrase": {"name": word}}), rank::NAME * times),
        fixed(&json!({"match_phrase": {"all": word}}), rank::ELSEWHERE * times),
        fixed(&json!({"term": {"when": word}}), rank::ELSEWHERE * times),
    ];
    if last || word.chars().count() >= SHORTEST_BEGINNING {
        ways.push(fixed(&json!({"prefix": {"name": word}}), rank::NAME_BEGINS * times));
        ways.push(fixed(&json!({"prefix": {"all": word}}), rank::BEGINS * times));
    }
    for field in ["name", "all"] {
        let like = json!({"fuzzy": {field: {
            "value": word, "fuzziness": FUZZINESS, "prefix_length": 1, "max_expansions": 50, "transpositions": true}}});
        ways.push(fixed(&like, rank::LIKE * times));
    }
    json!({"dis_max": {"queries": ways}})
}

fn fixed(filter: &Value, rank: u32) -> Value {
    json!({"constant_score": {"filter": filter, "boost": rank}})
}

/// An answer that does not read as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the index answered with something unknown: {0}")]
pub struct BadAnswer(&'static str);

/// Reads the answer to [`body`].
///
/// # Errors
/// [`BadAnswer`], also when the index gave up halfway.
pub fn found(search: &EventSearch, now: DateTime<Utc>, answer: &Value) -> Result<Found, BadAnswer> {
    if answer["timed_out"].as_bool() != Some(false) || answer["_shards"]["failed"].as_u64() != Some(0) {
        return Err(BadAnswer("a part is missing"));
    }
    let hits = answer["hits"]["hits"].as_array().ok_or(BadAnswer("no hits"))?;
    let limit = usize::from(search.limit);
    let mut events = Vec::with_capacity(hits.len());
    for hit in hits.iter().take(limit) {
        let shown = hit["_source"]["shown"].clone();
        events.push(serde_json::from_value(shown).map_err(|_| BadAnswer("a document of another shape"))?);
    }
    let cursor = if hits.len() > limit {
        let last = hits.get(limit.saturating_sub(1)).ok_or(BadAnswer("no last hit"))?;
        Some(cursor(search, now, &last["sort"]).ok_or(BadAnswer("a hit without its order"))?)
    } else {
        None
    };
    let total = answer["hits"]["total"]["value"].as_u64().ok_or(BadAnswer("no total"))?;
    Ok(Found { events, total, cursor })
}

fn cursor(search: &EventSearch, now: DateTime<Utc>, sort: &Value) -> Option<Cursor> {
    Some(Cursor {
        search: search.fingerprint(),
        now: search.cursor.as_ref().map_or(now.timestamp(), |cursor| cursor.now),
        rank: sort[0].as_f64()?,
        starts: sort[1].as_i64()?,
        event: sort[2].as_str()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{date::Days, text::Words};

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn without_a_date_only_what_is_to_come_is_found() {
        let search = EventSearch { limit: 20, ..EventSearch::default() };
        let body = body(&search, at());
        assert_eq!(
            body["query"]["bool"]["filter"],
            json!([{"range": {"startsAt": {"gt": 1_800_000_000_000_i64}}}])
        );
        assert_eq!(body["query"]["bool"]["must"], json!([]));
        assert_eq!(body["size"], 21);
    }

    #[test]
    fn days_and_places_are_filters() {
        let search = EventSearch {
            days: Some(Days::parse("2026-12").unwrap()),
            place: Some(Place::parse("52.5,13.4,7.5").unwrap()),
            ..EventSearch::default()
        };
        assert_eq!(
            body(&search, at())["query"]["bool"]["filter"],
            json!([
                {"range": {"localDate": {"gte": "2026-12-01", "lte": "2026-12-31"}}},
                {"geo_distance": {"distance": "7.5km", "location": {"lat": 52.5, "lon": 13.4}}},
            ])
        );
        let city = EventSearch { place: Some(Place::parse("Köln").unwrap()), ..EventSearch::default() };
        assert_eq!(body(&city, at())["query"]["bool"]["filter"][1], json!({"term": {"city": "koln"}}));
    }

    #[test]
    fn an_exact_word_outranks_its_beginning_and_that_a_like_one() {
        let way = one("styles", true, 1);
        let ranks: Vec<_> = way["dis_max"]["queries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|way| way["constant_score"]["boost"].as_u64().unwrap())
            .collect();
        assert_eq!(ranks, [40, 32, 32, 24, 16, 8, 8]);
        const { assert!(rank::TO_COME + rank::LEFT < rank::LIKE, "the state decides among equals only") };
    }

    #[test]
    fn words_are_tried_apart_and_together() {
        let words = Words::parse("mystery land").unwrap();
        let ways = text(words.as_slice());
        let ways = ways["dis_max"]["queries"].as_array().unwrap();
        assert_eq!(ways.len(), 2);
        assert_eq!(ways[1], json!({"bool": {"must": [one("mysteryland", true, 2)]}}));
        assert_eq!(text(&["one".to_owned()]), json!({"bool": {"must": [one("one", true, 1)]}}));
    }

    #[test]
    fn a_cursor_keeps_the_moment_of_the_first_page() {
        let event = uuid::Uuid::from_u128(7).into();
        let cursor = Cursor { search: String::new(), now: 1_700_000_000, rank: 46.0, starts: 5, event };
        let search = EventSearch { cursor: Some(cursor), ..EventSearch::default() };
        let body = body(&search, at());
        assert_eq!(body["search_after"], json!([46.0, 5, event]));
        assert_eq!(body["query"]["bool"]["filter"][0]["range"]["startsAt"]["gt"], 1_700_000_000_000_i64);
    }

    #[test]
    fn half_an_answer_is_none() {
        let search = EventSearch { limit: 1, ..EventSearch::default() };
        let answer =
            json!({"timed_out": true, "_shards": {"failed": 0}, "hits": {"hits": [], "total": {"value": 0}}});
        assert!(found(&search, at(), &answer).is_err());
        let answer = json!({"timed_out": false, "_shards": {"failed": 1}, "hits": {"hits": [], "total": {"value": 0}}});
        assert!(found(&search, at(), &answer).is_err());
    }
}
