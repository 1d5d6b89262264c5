//! What may be meant by a text that is still being typed, in the words of Elasticsearch.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{BadAnswer, answer::Answer, clause::Said, timeout, written};
use crate::query::{
    parse::Typed,
    plan::{
        Clause,
        typed::{LOOKED_AT, Ways},
    },
    suggest::Candidates,
};

/// What is sent: beside the best events the names of those where something fits.
#[derive(Serialize)]
struct Body<'a> {
    query: Value,
    post_filter: Said<'a>,
    sort: Value,
    size: u16,
    timeout: String,
    track_total_hits: bool,
    #[serde(rename = "_source")]
    source: [&'static str; 1],
    aggs: Kinds<'a>,
}

#[derive(Serialize)]
struct Kinds<'a> {
    performer: Names<'a>,
    venue: Names<'a>,
    city: Names<'a>,
}

#[derive(Serialize)]
struct Names<'a> {
    filter: Said<'a>,
    aggs: Value,
}

impl<'a> Names<'a> {
    fn of(way: &'a Clause, field: &str) -> Self {
        Self { filter: Said(way), aggs: json!({"names": {"terms": {"field": field, "size": LOOKED_AT}}}) }
    }
}

/// The body of the request: the best events to come, and the names of those where something fits.
///
/// # Errors
/// None that is known: there is nothing in it that cannot be written.
pub fn body(typed: &Typed, now: DateTime<Utc>, deadline: Duration) -> serde_json::Result<Bytes> {
    let ways = Ways::of(typed);
    let any = ways.any();
    written(&Body {
        query: json!({"bool": {
            "filter": [{"range": {"startsAt": {"gt": now.timestamp() * 1000}}}, Said(&any)],
            "should": [Said(&ways.name)],
            "minimum_should_match": 0,
        }}),
        post_filter: Said(&ways.name),
        sort: json!([{"_score": "desc"}, {"popularity": "desc"}, {"startsAt": "asc"}, {"id": "asc"}]),
        size: typed.limit,
        timeout: timeout(deadline),
        track_total_hits: false,
        source: ["shown"],
        aggs: Kinds {
            performer: Names::of(&ways.performer, "performerName"),
            venue: Names::of(&ways.venue, "venueName"),
            city: Names::of(&ways.place, "cityName"),
        },
    })
}

/// Reads the answer.
///
/// # Errors
/// [`BadAnswer`].
pub fn candidates(answer: &[u8]) -> Result<Candidates, BadAnswer> {
    let answer = Answer::read(answer)?;
    let names = |kind: &str| {
        let buckets = answer.aggregations[kind]["names"]["buckets"].as_array();
        let read = |bucket: &Value| Some((bucket["key"].as_str()?.to_owned(), bucket["doc_count"].as_u64()?));
        let read = buckets.and_then(|buckets| buckets.iter().map(read).collect::<Option<Vec<_>>>());
        read.ok_or(BadAnswer("names of another shape"))
    };
    let (performers, venues, cities) = (names("performer")?, names("venue")?, names("city")?);
    Ok(Candidates { events: answer.hits.events(usize::MAX), performers, venues, cities })
}
