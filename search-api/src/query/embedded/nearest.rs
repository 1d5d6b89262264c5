//! Words of the index that are like one.

use std::collections::BTreeMap;

use tantivy::{Searcher, Term, query::FuzzyTermQuery, schema::Field};

use crate::query::fit;

/// A word of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Near {
    pub(super) word: String,
    /// How many slips lie between.
    slips: usize,
    /// How many events have it.
    events: u32,
}

/// The words of `field` that are at most `slips` away and begin with the same letter, those most like it first: fewest
/// slips, for as many letters as possible.
pub(super) fn like(
    searcher: &Searcher,
    field: Field,
    word: &str,
    slips: usize,
) -> tantivy::Result<Vec<Near>> {
    let Some(first) = word.chars().next() else { return Ok(Vec::new()) };
    let most = u8::try_from(slips.min(2)).unwrap_or(2);
    let query = FuzzyTermQuery::new(Term::from_field_text(field, word), most, true);
    let begins = first.to_string();
    let mut events: BTreeMap<String, u32> = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut stream = index.terms().search(query.automaton()?).ge(&begins).into_stream()?;
        while stream.advance() {
            let Ok(found) = std::str::from_utf8(stream.key()) else { continue };
            if !found.starts_with(first) {
                break;
            }
            let count = events.entry(found.to_owned()).or_default();
            *count = count.saturating_add(stream.value().doc_freq);
        }
    }
    let letters = |text: &str| text.chars().count();
    let typed = letters(word);
    let near =
        |(found, events): (String, u32)| Near { slips: fit::distance(word, &found), word: found, events };
    let mut all: Vec<Near> = events.into_iter().map(near).collect();
    // Stable: among equals by the alphabet.
    all.sort_by_key(|near| (near.slips, std::cmp::Reverse(typed.min(letters(&near.word)))));
    Ok(all)
}

/// What `field` has instead of a word that it does not have: the most like it, and of those what most events have.
pub(super) fn nearest(
    searcher: &Searcher,
    field: Field,
    word: &str,
    shortest: usize,
) -> tantivy::Result<Option<String>> {
    if word.chars().count() < shortest {
        return Ok(None);
    }
    let mut all = like(searcher, field, word, 2)?;
    all.sort_by_key(|near| (near.slips, std::cmp::Reverse(near.events)));
    Ok(all.into_iter().next().filter(|near| near.slips > 0).map(|near| near.word))
}
