//! What may be meant by a text that is still being typed, in the words of Elasticsearch.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{BadAnswer, clause, timeout, whole};
use crate::query::{
    parse::Typed,
    plan::{
        Clause,
        typed::{LOOKED_AT, Ways},
    },
    suggest::Candidates,
};

/// The body of the request: the best events to come, and the names of those where something fits.
pub fn body(typed: &Typed, now: DateTime<Utc>, deadline: Duration) -> Value {
    let ways = Ways::of(typed);
    let in_name = clause(&ways.name);
    let names = |way: &Clause, field: &str| json!({"filter": clause(way), "aggs": {"names": {"terms": {"field": field, "size": LOOKED_AT}}}});
    json!({
        "query": {"bool": {
            "filter": [{"range": {"startsAt": {"gt": now.timestamp() * 1000}}}, clause(&ways.any())],
            "should": [in_name],
            "minimum_should_match": 0,
        }},
        "post_filter": in_name,
        "sort": [{"_score": "desc"}, {"popularity": "desc"}, {"startsAt": "asc"}, {"id": "asc"}],
        "size": typed.limit,
        "timeout": timeout(deadline),
        "track_total_hits": false,
        "_source": ["shown"],
        "aggs": {
            "performer": names(&ways.performer, "performerName"),
            "venue": names(&ways.venue, "venueName"),
            "city": names(&ways.place, "cityName"),
        },
    })
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
