//! The words of a search.

use crate::document::fold;

/// The longest text that is searched for, in characters.
pub const LONGEST_TEXT: usize = 200;
/// More words than this narrow nothing down; the rest is left out.
const MOST_WORDS: usize = 12;
/// What people add without meaning a name.
const NOISE: &[&str] =
    &["concert", "concerts", "event", "events", "live", "show", "shows", "ticket", "tickets", "tix"];

/// At least one word, folded, in the order in which they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

/// Why a text is not searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Too long.
    #[error("at most {LONGEST_TEXT} characters")]
    TooLong,
    /// Nothing to look for.
    #[error("a text with a letter or a digit")]
    NoWord,
}

impl Words {
    /// Folds `text` and takes it apart. Words like "tickets" are left out where others remain.
    ///
    /// # Errors
    /// [`BadText`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        if text.chars().count() > LONGEST_TEXT {
            return Err(BadText::TooLong);
        }
        let folded = fold::fold(text);
        let all: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        let mut telling: Vec<String> =
            all.iter().filter(|word| !NOISE.contains(&word.as_str())).cloned().collect();
        if telling.is_empty() {
            telling = all;
        }
        telling.truncate(MOST_WORDS);
        if telling.is_empty() { Err(BadText::NoWord) } else { Ok(Self(telling)) }
    }

    /// The words.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_noise_is_left_out() {
        let words = |text: &str| Words::parse(text).map(|words| words.0.join(" "));
        assert_eq!(words("Sigur Rós tickets").as_deref(), Ok("sigur ros"));
        assert_eq!(words("live").as_deref(), Ok("live"));
        assert_eq!(words("?!"), Err(BadText::NoWord));
        assert_eq!(words(&"a".repeat(201)), Err(BadText::TooLong));
        assert_eq!(words(&"a ".repeat(99)).map(|words| words.len()), Ok(23));
    }
}
