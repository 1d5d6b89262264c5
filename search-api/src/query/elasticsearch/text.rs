//! Words in the words of Elasticsearch. What is asked is bounded: see the test about the longest text.

use serde_json::{Value, json};

use super::{fixed, rank};
use crate::query::text::{Words, in_calendar};

/// Words as short as this must be written right: nearly every other short word is like them.
const FUZZINESS: &str = "AUTO:4,8";
/// How many words of the index are tried for one that is written wrong; those most like it first.
const EXPANSIONS: usize = 30;
/// Longer words are looked for as they are.
const LONGEST_LIKE: usize = 30;
/// Beginnings of other words than the last one count from this length on.
const SHORTEST_BEGINNING: usize = 3;
/// Up to how many words are also tried written together.
const MOST_JOINED: usize = 6;
/// Up to how many words slips are forgiven in all of them, in every way to write them together; with more of them only
/// in the joined one, so that the clauses stay bounded.
const MOST_FORGIVEN: usize = 4;

/// All words must be found, but those at `soft`, which only count; words like "tickets" count for little.
pub(super) fn text(words: &Words, soft: &[usize]) -> Value {
    let telling = words.telling();
    let hard: Vec<&str> =
        (0..telling.len()).filter(|at| !soft.contains(at)).map(|at| telling[at].as_str()).collect();
    let hints = soft.iter().filter_map(|at| telling.get(*at)).map(|word| one(word, false, 1, true));
    let noise = words.noise().iter().map(|word| json!({"match_phrase": {"name": word}})).collect::<Vec<_>>();
    let mut should: Vec<Value> = hints.collect();
    should.push(name(words));
    if !noise.is_empty() {
        should.push(fixed(&json!({"bool": {"should": noise}}), rank::NOISE));
    }
    json!({"bool": {"must": [ways(&hard)], "should": should}})
}

/// The whole text as a name is kept, with words like "tour" and without; a little less where only the letters are the
/// same and not the blanks.
fn name(words: &Words) -> Value {
    let texts = [words.telling(), words.typed()];
    let apart = texts.map(|words| words.join(" "));
    let together = texts.map(<[String]>::concat);
    json!({"dis_max": {"queries": [
        fixed(&json!({"terms": {"whole": apart}}), rank::WHOLE),
        fixed(&json!({"terms": {"whole": together}}), rank::WHOLE_TOGETHER),
    ]}})
}

/// Of the ways to write neighbours together the best one counts.
fn ways(words: &[&str]) -> Value {
    let mut ways = vec![all_of(words, None)];
    if words.len() <= MOST_JOINED {
        ways.extend((1..words.len()).map(|at| all_of(words, Some(at))));
    }
    if ways.len() == 1 { ways.remove(0) } else { json!({"dis_max": {"queries": ways}}) }
}

/// All words, the one at `joined` written together with the one before it.
fn all_of(words: &[&str], joined: Option<usize>) -> Value {
    let mut must = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let last = at + 1 == words.len();
        if joined == Some(at + 1) {
            // Comes with the next one.
        } else if joined == Some(at) {
            must.push(one(&format!("{}{word}", words[at - 1]), last, 2, true));
        } else {
            must.push(one(word, last, 1, joined.is_none() || words.len() <= MOST_FORGIVEN));
        }
    }
    let mut whole = json!({"bool": {"must": must}});
    if words.len() > 1 && joined.is_none() {
        let together = json!({"match_phrase": {"name": words.join(" ")}});
        whole["bool"]["should"] = json!([fixed(&together, rank::TOGETHER)]);
    }
    whole
}

/// One word: the best way in which it is found counts, `times` as much where it stands for so many words. With
/// `forgiving` one that is like it is good enough.
fn one(word: &str, last: bool, times: u32, forgiving: bool) -> Value {
    // A phrase, because the tokenizer takes apart what some scripts write without blanks.
    let mut ways = vec![
        fixed(&json!({"match_phrase": {"name": word}}), rank::NAME * times),
        fixed(&json!({"match_phrase": {"all": word}}), rank::ELSEWHERE * times),
    ];
    if let Some(meant) = in_calendar(word) {
        ways.push(fixed(&json!({"term": {"when": meant}}), rank::ELSEWHERE * times));
    }
    let letters = word.chars().count();
    if last || letters >= SHORTEST_BEGINNING {
        ways.push(fixed(&json!({"prefix": {"name": word}}), rank::NAME_BEGINS * times));
        ways.push(fixed(&json!({"prefix": {"all": word}}), rank::BEGINS * times));
    }
    if forgiving && (4..=LONGEST_LIKE).contains(&letters) {
        for field in ["name", "all"] {
            let like = json!({"fuzzy": {field: {
                "value": word, "fuzziness": FUZZINESS, "prefix_length": 1, "max_expansions": EXPANSIONS,
                "transpositions": true}}});
            ways.push(fixed(&like, rank::LIKE * times));
        }
    }
    json!({"dis_max": {"queries": ways}})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &str, soft: &[usize]) -> Value {
        text(&Words::parse(words).unwrap(), soft)
    }

    #[test]
    fn an_exact_word_outranks_its_beginning_and_that_a_like_one() {
        let way = one("styles", true, 1, true);
        let ranks: Vec<_> = way["dis_max"]["queries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|way| way["constant_score"]["boost"].as_u64().unwrap())
            .collect();
        assert_eq!(ranks, [320, 256, 192, 128, 64, 64]);
        const {
            assert!(
                rank::TO_COME + rank::LEFT + rank::NEAR * rank::RINGS < rank::NOISE,
                "the state decides among equals only"
            );
            assert!(rank::TO_COME + rank::LEFT + rank::NEAR * rank::RINGS + rank::NOISE < rank::LIKE);
        }
    }

    #[test]
    fn words_are_tried_apart_and_together() {
        let ways = of("mystery land", &[]);
        let ways = ways["bool"]["must"][0]["dis_max"]["queries"].as_array().unwrap();
        assert_eq!(ways.len(), 2);
        assert_eq!(ways[1], json!({"bool": {"must": [one("mysteryland", true, 2, true)]}}));
        assert_eq!(of("one", &[])["bool"]["must"][0], json!({"bool": {"must": [one("one", true, 1, true)]}}));
    }

    #[test]
    fn a_whole_name_is_known_with_its_blanks_and_noise_and_without() {
        let query = of("love on tour", &[]);
        let ways = &query["bool"]["should"][0]["dis_max"]["queries"];
        let whole = |at: usize| &ways[at]["constant_score"]["filter"]["terms"]["whole"];
        assert_eq!((whole(0), whole(1)), (&json!(["love", "love on tour"]), &json!(["love", "loveontour"])));
    }

    #[test]
    fn hints_and_noise_need_not_be_found() {
        let query = of("coldplay berlin tickets", &[1]);
        assert_eq!(query["bool"]["must"], json!([all_of(&["coldplay"], None)]));
        assert_eq!(query["bool"]["should"][0], one("berlin", false, 1, true));
        assert_eq!(query["bool"]["should"][2]["constant_score"]["boost"], rank::NOISE);
    }

    /// The clauses that Elasticsearch may make of a query; it refuses more than 1024 (and takes more on larger machines).
    fn clauses(query: &Value) -> usize {
        match query {
            Value::Object(members) => members
                .iter()
                .map(|(name, inner)| match name.as_str() {
                    "fuzzy" => EXPANSIONS,
                    "match_phrase" | "term" | "terms" | "prefix" => 1,
                    _ => clauses(inner),
                })
                .sum(),
            Value::Array(inner) => inner.iter().map(clauses).sum(),
            _ => 0,
        }
    }

    #[test]
    fn no_text_makes_more_clauses_than_elasticsearch_takes() {
        let letters =
            ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "hhhh", "iiii", "jjjj", "kkkk", "llll"];
        for count in 1..=letters.len() {
            let words = format!("{} live show tickets", letters[..count].join(" "));
            let clauses = clauses(&of(&words, &[]));
            assert!(clauses < 1000, "{count} words make {clauses} clauses");
        }
    }
}
