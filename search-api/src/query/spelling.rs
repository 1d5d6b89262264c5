//! What may have been meant by words that no event has.

use std::collections::BTreeMap;

use super::{EventSearch, fit};
use crate::document::EventDocument;

/// Shorter words are not corrected.
pub const SHORTEST: usize = 4;
/// Shorter names of cities are not corrected.
pub const SHORTEST_CITY: usize = 3;

/// The text with other words for those that no event has, where nothing was found as it was typed. `better` says what
/// an index would write instead of each; it is not asked where nobody needs to know.
///
/// # Errors
/// Those of `better`.
pub fn suggestion<E>(
    search: &EventSearch,
    found: &[EventDocument],
    better: impl FnOnce() -> Result<BTreeMap<String, String>, E>,
) -> Result<Option<String>, E> {
    let Some(words) = &search.words else { return Ok(None) };
    if found.iter().any(|event| fit::as_typed(words, event)) {
        return Ok(None);
    }
    let better = better()?;
    let mut meant = words.telling().to_vec();
    let mut changed = false;
    for word in &mut meant {
        // Two slips in four letters make any word of any other.
        let near =
            |better: &&String| fit::distance(word, better) <= if word.chars().count() < 5 { 1 } else { 2 };
        if let Some(better) = better.get(word).filter(near) {
            better.clone_into(word);
            changed = true;
        }
    }
    Ok(changed.then(|| meant.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::text::Words;

    #[test]
    fn words_that_are_too_far_from_what_was_typed_are_not_suggested() {
        let search = |text: &str| EventSearch { words: Words::parse(text).ok(), ..EventSearch::default() };
        let better = |word: &str, better: &str| BTreeMap::from([(word.to_owned(), better.to_owned())]);
        let meant = |text: &str, word: &str, other: &str| {
            suggestion(&search(text), &[], || Ok::<_, ()>(better(word, other))).unwrap()
        };
        assert_eq!(meant("hary styles", "hary", "harry").as_deref(), Some("harry styles"));
        assert_eq!(meant("hary", "hary", "mary").as_deref(), Some("mary"));
        assert_eq!(meant("hary", "hary", "hurry"), None, "two slips in four letters");
        assert_eq!(meant("harry", "hary", "mary"), None);
    }
}
