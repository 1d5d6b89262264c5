//! A plan in the words of Elasticsearch.

use serde_json::{Value, json};

use crate::query::{
    place::Place,
    plan::{Clause, Condition, EXPANSIONS},
};

/// What must be found of the words.
pub(super) fn clause(clause: &Clause) -> Value {
    let all = |inner: &[Clause]| inner.iter().map(self::clause).collect::<Vec<_>>();
    match clause {
        Clause::Key(field, values) if values.len() == 1 => json!({"term": {field.name(): values[0]}}),
        Clause::Key(field, values) => json!({"terms": {field.name(): values}}),
        Clause::Phrase(field, words) => json!({"match_phrase": {field.name(): words}}),
        Clause::Begins(field, with) => json!({"prefix": {field.name(): with}}),
        Clause::Like(field, word, slips) => json!({"fuzzy": {field.name(): {
            "value": word, "fuzziness": slips, "prefix_length": 1, "max_expansions": EXPANSIONS,
            "transpositions": true}}}),
        Clause::All(must, should) if should.is_empty() => json!({"bool": {"must": all(must)}}),
        Clause::All(must, should) => {
            json!({"bool": {"must": all(must), "should": all(should), "minimum_should_match": 0}})
        }
        Clause::Any(inner) => json!({"bool": {"should": all(inner), "minimum_should_match": 1}}),
        Clause::Best(inner) => json!({"dis_max": {"queries": all(inner)}}),
        Clause::Worth(inner, rank) => fixed(&self::clause(inner), *rank),
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

pub(super) fn fixed(filter: &Value, rank: u32) -> Value {
    json!({"constant_score": {"filter": filter, "boost": rank}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::plan::Field;

    #[test]
    fn what_only_counts_need_not_be_found_and_of_several_ways_one_must() {
        let word = |text: &str| Clause::Phrase(Field::Name, text.to_owned());
        let both = clause(&Clause::All(vec![word("a")], vec![word("b").worth(7)]));
        assert_eq!(both["bool"]["minimum_should_match"], 0);
        assert_eq!(both["bool"]["should"][0]["constant_score"]["boost"], 7);
        assert_eq!(clause(&Clause::Any(vec![word("a")]))["bool"]["minimum_should_match"], 1);
        let like = clause(&Clause::Like(Field::All, "mystery".to_owned(), 1));
        assert_eq!(
            (&like["fuzzy"]["all"]["fuzziness"], &like["fuzzy"]["all"]["prefix_length"]),
            (&json!(1), &json!(1))
        );
    }
}
