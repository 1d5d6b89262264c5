//! Which ways there are to find the words of a text. What is asked is bounded: see the test about the longest text.

use super::{
    Clause::{self, All, Any, Begins, Best, Key, Like, Most, Phrase},
    Field, rank,
};
use crate::query::{
    fit::forgiven,
    text::{Words, in_calendar},
    wider::Wider,
};

/// Words as short as this must be written right: nearly every other short word is like them.
const SHORTEST_LIKE: usize = 4;
/// Longer words are looked for as they are.
const LONGEST_LIKE: usize = 30;
/// Beginnings of other words than the last one count from this length on.
const SHORTEST_BEGINNING: usize = 3;
/// Up to how many words are also tried written together.
const MOST_JOINED: usize = 6;
/// Up to how many words slips are forgiven in all of them, in every way to write them together; with more of them only
/// in the joined one, so that the clauses stay bounded.
const MOST_FORGIVEN: usize = 4;

/// From so many letters on a second slip is forgiven where nothing is found otherwise.
const SHORTEST_WORSE: usize = 5;

/// All words must be found, but those that are soft, which only count; words like "tickets" count for little.
pub fn text(words: &Words, wider: &Wider) -> Clause {
    let telling = words.telling();
    let hard: Vec<&str> =
        (0..telling.len()).filter(|at| !wider.soft.contains(at)).map(|at| telling[at].as_str()).collect();
    let hints = wider.soft.iter().filter_map(|at| telling.get(*at)).map(|word| one(word, false, 1, true));
    let noise: Vec<Clause> = words.noise().iter().map(|word| Phrase(Field::Name, word.clone())).collect();
    let mut should: Vec<Clause> = hints.collect();
    should.push(name(words));
    if !noise.is_empty() {
        should.push(Any(noise).worth(rank::NOISE));
    }
    All(vec![if wider.loose { loosely(words, &hard) } else { ways(&hard) }], should)
}

/// Most of the words `hard`, each alone or written together with a neighbour (also with one like "for": `for ward`), with one
/// slip more. A number must be found: another year is another event.
fn loosely(words: &Words, hard: &[&str]) -> Clause {
    let is_number = |word: &str| word.chars().all(|letter| letter.is_ascii_digit());
    let typed = words.typed();
    let in_joined = typed.len() <= MOST_FORGIVEN;
    let mut must = Vec::new();
    let mut most = Vec::new();
    for (at, word) in hard.iter().enumerate() {
        if is_number(word) {
            must.push(one(word, false, 1, false));
            continue;
        }
        let mut ways = vec![one(word, at + 1 == hard.len(), 1, true)];
        let letters = word.chars().count();
        if (SHORTEST_WORSE..=LONGEST_LIKE).contains(&letters) && forgiven(letters) == 1 {
            let worse = |field| Like(field, (*word).to_owned(), 2).worth(rank::LIKE / 2);
            ways.extend([Field::Name, Field::All].map(worse));
        }
        let pairs = typed.windows(2).filter(|pair| pair.iter().any(|one| one == word)).take(2);
        ways.extend(pairs.map(|pair| one(&pair.concat(), false, 1, in_joined)));
        most.push(Best(ways));
    }
    let may_be_missing = match most.len() {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    };
    let least = most.len() - may_be_missing;
    if least > 0 {
        must.push(Most(most, least));
    }
    All(must, Vec::new())
}

/// The whole text as a name is kept, with words like "tour" and without; a little less where only the letters are the
/// same and not the blanks.
fn name(words: &Words) -> Clause {
    let texts = [words.telling(), words.typed()];
    let apart = texts.map(|words| words.join(" ")).to_vec();
    let together = texts.map(<[String]>::concat).to_vec();
    Best(vec![
        Key(Field::Whole, apart).worth(rank::WHOLE),
        Key(Field::Whole, together).worth(rank::WHOLE_TOGETHER),
    ])
}

/// Of the ways to write neighbours together the best one counts.
fn ways(words: &[&str]) -> Clause {
    let mut ways = vec![all_of(words, None)];
    if words.len() <= MOST_JOINED {
        ways.extend((1..words.len()).map(|at| all_of(words, Some(at))));
    }
    if ways.len() == 1 { ways.remove(0) } else { Best(ways) }
}

/// All words, the one at `joined` written together with the one before it.
fn all_of(words: &[&str], joined: Option<usize>) -> Clause {
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
    let mut should = Vec::new();
    if words.len() > 1 && joined.is_none() {
        should.push(Phrase(Field::Name, words.join(" ")).worth(rank::TOGETHER));
    }
    All(must, should)
}

/// One word: the best way in which it is found counts, `times` as much where it stands for so many words. With
/// `forgiving` one that is like it is good enough.
fn one(word: &str, last: bool, times: u32, forgiving: bool) -> Clause {
    let own = || word.to_owned();
    // A phrase, because some scripts write several words without blanks.
    let mut ways = vec![
        Phrase(Field::Name, own()).worth(rank::NAME * times),
        Phrase(Field::All, own()).worth(rank::ELSEWHERE * times),
    ];
    if let Some(meant) = in_calendar(word) {
        ways.push(Key(Field::When, vec![meant.to_owned()]).worth(rank::ELSEWHERE * times));
    }
    let letters = word.chars().count();
    if last || letters >= SHORTEST_BEGINNING {
        ways.push(Begins(Field::Name, own()).worth(rank::NAME_BEGINS * times));
        ways.push(Begins(Field::All, own()).worth(rank::BEGINS * times));
    }
    if forgiving && (SHORTEST_LIKE..=LONGEST_LIKE).contains(&letters) {
        for field in [Field::Name, Field::All] {
            ways.push(Like(field, own(), forgiven(letters)).worth(rank::LIKE * times));
        }
    }
    Best(ways)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::plan::{Clause::Worth, EXPANSIONS};

    fn of(words: &str, soft: &[usize]) -> Clause {
        text(&Words::parse(words).unwrap(), &Wider { soft: soft.to_vec(), ..Wider::default() })
    }

    fn loose(words: &str) -> Clause {
        text(&Words::parse(words).unwrap(), &Wider { loose: true, ..Wider::default() })
    }

    /// The two lists of [`All`].
    fn all(clause: &Clause) -> (&[Clause], &[Clause]) {
        let All(must, should) = clause else { panic!("{clause:?}") };
        (must, should)
    }

    #[test]
    fn an_exact_word_outranks_its_beginning_and_that_a_like_one() {
        let Best(ways) = one("styles", true, 1, true) else { panic!("one word has several ways") };
        let worth = |way: &Clause| if let Worth(_, rank) = way { *rank } else { 0 };
        assert_eq!(ways.iter().map(worth).collect::<Vec<_>>(), [320, 256, 192, 128, 64, 64]);
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
        let query = of("mystery land", &[]);
        let Best(ways) = &all(&query).0[0] else { panic!("{query:?}") };
        assert_eq!(ways.len(), 2);
        assert_eq!(ways[1], All(vec![one("mysteryland", true, 2, true)], vec![]));
        assert_eq!(all(&of("one", &[])).0, [All(vec![one("one", true, 1, true)], vec![])]);
    }

    #[test]
    fn a_whole_name_is_known_with_its_blanks_and_noise_and_without() {
        let query = of("love on tour", &[]);
        let whole = |one: &str, other: &str| Key(Field::Whole, vec![one.to_owned(), other.to_owned()]);
        let wanted = Best(vec![
            whole("love", "love on tour").worth(rank::WHOLE),
            whole("love", "loveontour").worth(rank::WHOLE_TOGETHER),
        ]);
        assert_eq!(all(&query).1[0], wanted);
    }

    #[test]
    fn hints_and_noise_need_not_be_found() {
        let query = of("coldplay berlin tickets", &[1]);
        let (must, should) = all(&query);
        assert_eq!(must, [all_of(&["coldplay"], None)]);
        assert_eq!(should[0], one("berlin", false, 1, true));
        assert_eq!(should[2], Any(vec![Phrase(Field::Name, "tickets".to_owned())]).worth(rank::NOISE));
    }

    #[test]
    fn where_nothing_is_found_some_words_may_be_missing_but_no_number() {
        let least = |words: &str| match &all(&loose(words)).0[0] {
            All(must, _) => (
                must.len(),
                must.iter().find_map(|one| if let Most(_, least) = one { Some(*least) } else { None }),
            ),
            other => panic!("{other:?}"),
        };
        assert_eq!(least("one two"), (1, Some(2)));
        assert_eq!(least("one two three"), (1, Some(2)));
        assert_eq!(least("one two 2027"), (2, Some(2)));
        assert_eq!(least("one two three four five six"), (1, Some(4)));
        assert_eq!(least("2027 17"), (2, None));
    }

    /// The clauses that an engine may make of a query; Elasticsearch refuses more than 1024 (and takes more on larger
    /// machines).
    fn clauses(clause: &Clause) -> usize {
        match clause {
            Key(..) | Phrase(..) | Begins(..) => 1,
            Like(..) => EXPANSIONS,
            All(must, should) => must.iter().chain(should).map(clauses).sum(),
            Any(inner) | Most(inner, _) | Best(inner) => inner.iter().map(clauses).sum(),
            Worth(inner, _) => clauses(inner),
        }
    }

    #[test]
    fn no_text_makes_more_clauses_than_elasticsearch_takes() {
        let letters =
            ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "hhhh", "iiii", "jjjj", "kkkk", "llll"];
        for count in 1..=letters.len() {
            let words = format!("{} live show tickets", letters[..count].join(" "));
            for query in [of(&words, &[]), loose(&words)] {
                let clauses = clauses(&query);
                assert!(clauses < 1000, "{count} words make {clauses} clauses");
            }
        }
    }
}
