//! What may be meant by a text that is still being typed, in the words of Elasticsearch.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{BadAnswer, fixed, rank, timeout, whole};
use crate::{document::EventDocument, query::parse::Typed};

/// How many names of a kind are looked at, of which the best are shown.
const LOOKED_AT: u32 = 100;
/// How many beginnings in the index are tried for one that is typed wrong.
const EXPANSIONS: usize = 30;
/// Longer words are looked for as they are.
const LONGEST_LIKE: usize = 12;

/// The body of the request: the best events to come, and the names of those where something fits.
pub fn body(typed: &Typed, now: DateTime<Utc>, deadline: Duration) -> Value {
    let words = typed.words.telling();
    let in_name = all(words, "name", "begin");
    let in_performer = all(words, "performer", "begin");
    let in_venue = all(words, "venue", "beginPlace");
    let in_place = all(words, "all", "beginPlace");
    let names = |filter: &Value, field: &str| json!({"filter": filter, "aggs": {"names": {"terms": {"field": field, "size": LOOKED_AT}}}});
    json!({
        "query": {"bool": {
            "filter": [
                {"range": {"startsAt": {"gt": now.timestamp() * 1000}}},
                {"bool": {"should": [in_name, in_performer, in_venue, in_place]}},
            ],
            "should": [in_name],
        }},
        "post_filter": in_name,
        "sort": [{"_score": "desc"}, {"popularity": "desc"}, {"startsAt": "asc"}, {"id": "asc"}],
        "size": typed.limit,
        "timeout": timeout(deadline),
        "track_total_hits": false,
        "_source": ["shown"],
        "aggs": {
            "performer": names(&in_performer, "performerName"),
            "venue": names(&in_venue, "venueName"),
            "city": names(&in_place, "cityName"),
        },
    })
}

/// All words are found in `field`, or begin a word of it, or are like a beginning in `begin`.
fn all(words: &[String], field: &str, begin: &str) -> Value {
    let must: Vec<Value> = words.iter().map(|word| one(word, field, begin)).collect();
    json!({"bool": {"must": must}})
}

fn one(word: &str, field: &str, begin: &str) -> Value {
    let mut ways = vec![
        fixed(&json!({"match_phrase": {field: word}}), rank::NAME),
        fixed(&json!({"prefix": {field: word}}), rank::NAME_BEGINS),
    ];
    if (4..=LONGEST_LIKE).contains(&word.chars().count()) {
        let like = json!({"fuzzy": {begin: {
            "value": word, "fuzziness": 1, "prefix_length": 1, "max_expansions": EXPANSIONS, "transpositions": true}}});
        ways.push(fixed(&like, rank::LIKE));
    }
    json!({"dis_max": {"queries": ways}})
}

/// What the index holds that may be meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// Events, best first.
    pub events: Vec<EventDocument>,
    /// Performers, with how many events each has.
    pub performers: Vec<(String, u64)>,
    /// Venues: name, city and country with a separator between them.
    pub venues: Vec<(String, u64)>,
    /// Cities, with their country.
    pub cities: Vec<(String, u64)>,
}

/// Reads the answer.
///
/// # Errors
/// [`BadAnswer`].
pub fn candidates(answer: &Value) -> Result<Candidates, BadAnswer> {
    whole(answer)?;
    let names = |kind: &str| {
        let buckets = answer["aggregations"][kind]["names"]["buckets"].as_array();
        let read = |bucket: &Value| Some((bucket["key"].as_str()?.to_owned(), bucket["doc_count"].as_u64()?));
        let read = buckets.and_then(|buckets| buckets.iter().map(read).collect::<Option<Vec<_>>>());
        read.ok_or(BadAnswer("names of another shape"))
    };
    let hits = answer["hits"]["hits"].as_array().ok_or(BadAnswer("no hits"))?;
    let shown = |hit: &Value| serde_json::from_value(hit["_source"]["shown"].clone());
    Ok(Candidates {
        events: hits.iter().map(shown).collect::<Result<_, _>>().map_err(|_| BadAnswer("another shape"))?,
        performers: names("performer")?,
        venues: names("venue")?,
        cities: names("city")?,
    })
}
