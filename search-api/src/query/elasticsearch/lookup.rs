//! What the index knows of a search that found nothing: where its city is, and which of its words are cities. One
//! request, which looks at past events too.

use serde_json::{Map, Value, json};

use super::{BadAnswer, answer::Answer};
use crate::query::{
    EventSearch,
    place::Place,
    spelling,
    wider::{Learned, city_runs},
};

/// The body of the request; `None` when there is nothing to learn.
pub fn body(search: &EventSearch, deadline: &str) -> Option<Value> {
    let mut filters = Map::new();
    for (at, name) in city_runs(search) {
        filters.insert(format!("{} {}", at.start, at.end), json!({"term": {"city": name}}));
    }
    let mut body = json!({"size": 0, "timeout": deadline, "track_total_hits": false, "aggs": {}});
    if !filters.is_empty() {
        body["aggs"]["words"] = json!({"filters": {"filters": filters}});
    }
    if let Some(Place::City(city)) = &search.place {
        body["aggs"]["city"] = json!({
            "filter": {"term": {"city": city}},
            "aggs": {"one": {"top_hits": {"size": 1, "_source": ["location"], "sort": [{"startsAt": "desc"}]}}},
        });
        body["suggest"] = json!({"city": {"text": city, "term": {
            "field": "city", "analyzer": "keyword", "suggest_mode": "missing", "size": 1, "min_word_length": spelling::SHORTEST_CITY,
            "prefix_length": 1, "max_edits": 2}}});
    }
    let asks = body["aggs"].as_object().is_some_and(|asked| !asked.is_empty());
    asks.then_some(body)
}

/// Reads the answer.
///
/// # Errors
/// [`BadAnswer`].
pub fn learned(search: &EventSearch, answer: &[u8]) -> Result<Learned, BadAnswer> {
    let answer = Answer::read(answer)?;
    let counted = &answer.aggregations;
    let mut learned = Learned::default();
    for (at, _) in city_runs(search) {
        let name = format!("{} {}", at.start, at.end);
        if counted["words"]["buckets"][&name]["doc_count"].as_u64() > Some(0) {
            learned.known.cities.extend(at);
        }
    }
    learned.known.cities.sort_unstable();
    learned.known.cities.dedup();
    if let Some(Place::City(_)) = search.place {
        let location = &counted["city"]["one"]["hits"]["hits"][0]["_source"]["location"];
        learned.known.centre = location["lat"].as_f64().zip(location["lon"].as_f64());
        learned.unknown_city = learned.known.centre.is_none();
        let like = &answer.suggest["city"][0]["options"][0]["text"];
        learned.city_like = like.as_str().map(str::to_owned);
    }
    Ok(learned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::text::Words;

    #[test]
    fn cities_of_several_words_are_seen() {
        let search =
            EventSearch { words: Some(Words::parse("coldplay new york").unwrap()), ..EventSearch::default() };
        let body = body(&search, "300ms").unwrap();
        assert_eq!(body["aggs"]["words"]["filters"]["filters"]["1 3"], json!({"term": {"city": "new york"}}));
        let answer = json!({"timed_out": false, "_shards": {"failed": 0}, "hits": {"hits": []},
                            "aggregations": {"words": {"buckets": {"1 3": {"doc_count": 2}, "0 1": {"doc_count": 0}}}}});
        assert_eq!(learned(&search, answer.to_string().as_bytes()).unwrap().known.cities, [1, 2]);
        assert!(super::body(&EventSearch::default(), "300ms").is_none());
    }
}
