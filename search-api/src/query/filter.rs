//! What narrows a search down beside text, place and days.

use super::text::{BadText, Words};

/// The kinds of events, as booking-api names them.
pub const CATEGORIES: [&str; 5] = ["concert", "sport", "theatre", "conference", "other"];

/// The longest list of names, in bytes: all of them twice.
pub(super) const LONGEST_LIST: usize = 100;

/// One filter each; several must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// One of these kinds; none means all.
    pub categories: Vec<&'static str>,
    /// Words that stand together in one performer's name.
    pub performer: Option<String>,
    /// Words that stand together in the venue's name.
    pub venue: Option<String>,
    /// Only what can be bought now.
    pub available: bool,
}

/// Reads kinds with commas between them.
///
/// # Errors
/// What is taken instead.
pub fn categories(text: &str) -> Result<Vec<&'static str>, String> {
    let refused = || format!("some of {}", CATEGORIES.join(", "));
    if text.len() > LONGEST_LIST {
        return Err(refused());
    }
    let known = |name: &str| CATEGORIES.into_iter().find(|category| *category == name.trim());
    let mut read: Vec<_> =
        text.split(',').map(|name| known(name).ok_or_else(refused)).collect::<Result<_, _>>()?;
    read.sort_unstable();
    read.dedup();
    Ok(read)
}

/// Reads a name: folded words.
///
/// # Errors
/// [`BadText`].
pub fn name(text: &str) -> Result<String, BadText> {
    Words::parse(text)?;
    let folded = crate::document::fold::fold(text);
    Ok(folded.split(' ').take(super::text::MOST_WORDS).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_ones() {
        assert_eq!(categories("sport, concert,sport"), Ok(vec!["concert", "sport"]));
        for text in ["opera", "concert,", "concert;sport", &"concert,".repeat(999)] {
            assert!(categories(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_keeps_its_noise() {
        assert_eq!(name("The Show Band").as_deref(), Ok("the show band"));
        assert_eq!(name("!!"), Err(BadText::NoWord));
    }
}
