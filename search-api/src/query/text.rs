//! The words of a search.

use crate::document::fold;

/// The longest text that is searched for, in characters.
pub const LONGEST_TEXT: usize = 200;
/// More words than this narrow nothing down; the rest is left out.
pub const MOST_WORDS: usize = 10;
/// What people add without meaning a name.
const NOISE: &[&str] = &[
    "at", "buy", "concert", "concerts", "event", "events", "for", "game", "gig", "gigs", "in", "live",
    "match", "near", "on", "show", "shows", "the", "ticket", "tickets", "tix", "tour", "tours",
];
/// Months and weekdays; their first three letters stand for them.
const CALENDAR: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// At least one word, folded, in the order in which they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What is looked for; at least one.
    telling: Vec<String>,
    /// Words like "tickets": what has them too comes first, and that is all.
    noise: Vec<String>,
    /// All of them, as they were typed.
    typed: Vec<String>,
}

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
    /// Folds `text` and takes it apart. Words like "tickets" need not be found where others remain.
    ///
    /// # Errors
    /// [`BadText`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        // The bytes are looked at first: nobody counts the letters of a book.
        if text.len() > LONGEST_TEXT * 4 || text.chars().count() > LONGEST_TEXT {
            return Err(BadText::TooLong);
        }
        let folded = fold::fold(text);
        let mut typed: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        let (mut noise, mut telling): (Vec<String>, Vec<String>) =
            typed.iter().cloned().partition(|word| NOISE.contains(&word.as_str()));
        if telling.is_empty() {
            std::mem::swap(&mut noise, &mut telling);
        }
        telling.truncate(MOST_WORDS);
        noise.truncate(MOST_WORDS);
        typed.truncate(MOST_WORDS);
        if telling.is_empty() { Err(BadText::NoWord) } else { Ok(Self { telling, noise, typed }) }
    }

    /// The words that are looked for.
    pub fn telling(&self) -> &[String] {
        &self.telling
    }

    /// All words, in their order.
    pub fn typed(&self) -> &[String] {
        &self.typed
    }

    /// The words that need not be found.
    pub fn noise(&self) -> &[String] {
        &self.noise
    }
}

/// What a word means in the calendar: a month or a weekday by its whole name, a year as it is.
pub fn in_calendar(word: &str) -> Option<&str> {
    let short = word.len() == 3 || word == "sept";
    let named = |name: &&&str| **name == word || (short && name.starts_with(word));
    let year = |word: &&str| {
        word.len() == 4 && word.starts_with("20") && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    CALENDAR.iter().find(named).copied().or_else(|| Some(word).filter(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_noise_need_not_be_found() {
        let words = |text: &str| Words::parse(text).map(|words| words.telling.join(" "));
        assert_eq!(words("Sigur Rós tickets").as_deref(), Ok("sigur ros"));
        assert_eq!(words("live").as_deref(), Ok("live"));
        assert_eq!(words("?!"), Err(BadText::NoWord));
        assert_eq!(words("*:* .*.* [a-z]{9999}").as_deref(), Ok("a z 9999"), "signs mean nothing");
        assert_eq!(words(&"a".repeat(201)), Err(BadText::TooLong));
        assert_eq!(words(&"é".repeat(5000)), Err(BadText::TooLong));
        assert_eq!(words(&"a ".repeat(99)).map(|words| words.len()), Ok(19));
        assert_eq!(Words::parse("Love On Tour").unwrap().noise(), ["on", "tour"]);
    }

    #[test]
    fn the_calendar_knows_months_weekdays_and_years() {
        for (word, meant) in [
            ("june", Some("june")),
            ("jun", Some("june")),
            ("sept", Some("september")),
            ("sat", Some("saturday")),
            ("2027", Some("2027")),
            ("1975", None),
            ("junk", None),
            ("ma", None),
        ] {
            assert_eq!(in_calendar(word), meant, "{word}");
        }
    }
}
