//! A plan in the words of Elasticsearch. It is written as it is walked through, without a tree of all of it in between: a
//! question of a few words becomes hundreds of small objects.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use crate::query::{
    place::Place,
    plan::{Clause, Condition, EXPANSIONS},
};

/// What must be found of the words.
#[derive(Clone, Copy)]
pub(super) struct Said<'a>(pub(super) &'a Clause);

/// An object with one field.
pub(super) struct One<K, V>(pub(super) K, pub(super) V);

impl<K: Serialize, V: Serialize> Serialize for One<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.0, &self.1)?;
        map.end()
    }
}

/// Each of them.
struct Each<'a>(&'a [Clause]);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Said))
    }
}

#[derive(Serialize)]
struct Bool<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    must: Option<Each<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    should: Option<Each<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_should_match: Option<usize>,
}

#[derive(Serialize)]
struct Fuzzy<'a> {
    value: &'a str,
    fuzziness: usize,
    prefix_length: u8,
    max_expansions: usize,
    transpositions: bool,
}

#[derive(Serialize)]
struct Constant<F> {
    filter: F,
    boost: u32,
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bool = |must: Option<_>, should: Option<_>, least| {
            One("bool", Bool { must: must.map(Each), should: should.map(Each), minimum_should_match: least })
        };
        match self.0 {
            Clause::Key(field, values) => match &values[..] {
                [value] => One("term", One(field.name(), value)).serialize(serializer),
                values => One("terms", One(field.name(), values)).serialize(serializer),
            },
            Clause::Phrase(field, words) => {
                One("match_phrase", One(field.name(), words)).serialize(serializer)
            }
            Clause::Begins(field, with) => One("prefix", One(field.name(), with)).serialize(serializer),
            Clause::Like(field, word, slips) => {
                let fuzzy = Fuzzy {
                    value: word,
                    fuzziness: *slips,
                    prefix_length: 1,
                    max_expansions: EXPANSIONS,
                    transpositions: true,
                };
                One("fuzzy", One(field.name(), fuzzy)).serialize(serializer)
            }
            Clause::All(must, should) if should.is_empty() => {
                bool(Some(&must[..]), None, None).serialize(serializer)
            }
            Clause::All(must, should) => bool(Some(must), Some(should), Some(0)).serialize(serializer),
            Clause::Any(inner) => bool(None, Some(inner), Some(1)).serialize(serializer),
            Clause::Most(inner, least) => bool(None, Some(inner), Some(*least)).serialize(serializer),
            Clause::Best(inner) => One("dis_max", One("queries", Each(inner))).serialize(serializer),
            Clause::Worth(inner, rank) => fixed(Said(inner), *rank).serialize(serializer),
        }
    }
}

/// What is so or is not.
pub(super) fn condition(condition: &Condition) -> Value {
    let price = |bound: &str, amount: &i64| json!({"range": {"priceFrom": {bound: amount}}});
    match condition {
        Condition::After(instant, moment) => json!({"range": {instant.name(): {"gt": moment}}}),
        Condition::Until(instant, moment) => json!({"range": {instant.name(): {"lte": moment}}}),
        Condition::Days(days) => {
            json!({"range": {"localDate": {"gte": days.from.to_string(), "lte": days.to.to_string()}}})
        }
        Condition::Weekend => json!({"term": {"stretch.weekend": true}}),
        Condition::Takeable => json!({"term": {"takeable": true}}),
        Condition::Categories(categories) => json!({"terms": {"category": categories}}),
        Condition::Currency(currency) => json!({"term": {"currency": currency}}),
        Condition::AtLeast(amount) => price("gte", amount),
        Condition::AtMost(amount) => price("lte", amount),
        Condition::Priced => json!({"exists": {"field": "priceFrom"}}),
        Condition::At(Place::City(city)) => json!({"term": {"city": city}}),
        Condition::At(Place::Around { latitude, longitude, radius }) => json!({"geo_distance": {
            "distance": format!("{radius}km"), "location": {"lat": latitude, "lon": longitude}}}),
        Condition::Named(field, name) => json!({"match_phrase": {field.name(): name}}),
    }
}

/// Counts `boost` where `filter` is so.
pub(super) fn fixed<F: Serialize>(filter: F, boost: u32) -> impl Serialize {
    One("constant_score", Constant { filter, boost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::plan::Field;

    #[test]
    fn what_only_counts_need_not_be_found_and_of_several_ways_one_must() {
        let clause = |clause: Clause| serde_json::to_value(Said(&clause)).unwrap();
        let word = |text: &str| Clause::Phrase(Field::Name, text.to_owned());
        let both = clause(Clause::All(vec![word("a")], vec![word("b").worth(7)]));
        assert_eq!(both["bool"]["minimum_should_match"], 0);
        assert_eq!(both["bool"]["should"][0]["constant_score"]["boost"], 7);
        assert_eq!(clause(Clause::Any(vec![word("a")]))["bool"]["minimum_should_match"], 1);
        let most = clause(Clause::Most(vec![word("a"), word("b"), word("c")], 2));
        assert_eq!(most["bool"]["minimum_should_match"], 2);
        let like = clause(Clause::Like(Field::All, "mystery".to_owned(), 1));
        assert_eq!(
            (&like["fuzzy"]["all"]["fuzziness"], &like["fuzzy"]["all"]["prefix_length"]),
            (&json!(1), &json!(1))
        );
        let keys =
            |keys: &[&str]| Clause::Key(Field::When, keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(clause(keys(&["june"])), json!({"term": {"when": "june"}}));
        assert_eq!(clause(keys(&["june", "july"])), json!({"terms": {"when": ["june", "july"]}}));
        let best = clause(Clause::Best(vec![Clause::Begins(Field::All, "a".to_owned())]));
        assert_eq!(best, json!({"dis_max": {"queries": [{"prefix": {"all": "a"}}]}}));
        let only = clause(Clause::All(vec![word("a")], vec![]));
        assert_eq!(only, json!({"bool": {"must": [{"match_phrase": {"name": "a"}}]}}));
    }
}
