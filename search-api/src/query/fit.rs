//! How typed words fit written ones, for what is shown: which parts of a name were found, and whether anything was
//! found as it was typed. The same rules as the index follows, told again on the few events of a page.

use std::ops::Range;

use serde::Serialize;

use super::text::Words;
use crate::document::{EventDocument, fold::fold};

/// How many neighbours are tried written together.
const MOST_JOINED: usize = 4;
/// Longer words are not compared letter by letter.
const LONGEST_COMPARED: usize = 40;

/// How a typed word fits a written one; the better, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// With a slip or two.
    Like,
    /// The written one begins with it.
    Begins,
    /// The same.
    Exact,
}

/// How many slips are forgiven in a word of so many letters.
pub const fn forgiven(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// How `typed` fits `written`, both folded.
pub fn word(typed: &str, written: &str) -> Option<Fit> {
    if typed == written {
        return Some(Fit::Exact);
    }
    if written.starts_with(typed) {
        return Some(Fit::Begins);
    }
    let same_start = typed.chars().next() == written.chars().next();
    let slips = forgiven(typed.chars().count());
    (slips > 0 && same_start && distance(typed, written) <= slips).then_some(Fit::Like)
}

/// How [`word`] fits, where slips are forgiven in the beginning of a longer word too: one, from the fourth letter on.
pub fn beginning(typed: &str, written: &str) -> Option<Fit> {
    let letters = typed.chars().count();
    let like = || {
        let begins = |length: usize| written.chars().take(length).collect::<String>();
        let same_start = typed.chars().next() == written.chars().next();
        let near = |length: usize| distance(typed, &begins(length)) <= 1;
        (letters >= 4 && same_start && (letters - 1..=letters + 1).any(near)).then_some(Fit::Like)
    };
    match word(typed, written) {
        Some(Fit::Like) | None => like(),
        better => better,
    }
}

/// How many letters to add, leave out, change or swap with their neighbour (each once) to make one of the other.
pub fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 2 || one.len().max(other.len()) > LONGEST_COMPARED {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let mut best = (last[column] + usize::from(letter != against))
                .min(last[column + 1] + 1)
                .min(next[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *against;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

/// The words of a written name, each with where it stands.
fn written(name: &str) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    let mut begin = None;
    let inside = |letter: char| match letter {
        // Most letters; the rule is that of the folding.
        '\0'..='\x7f' => letter.is_ascii_alphanumeric() || letter == '&',
        _ => fold(letter.encode_utf8(&mut [0; 4])).chars().any(char::is_alphanumeric),
    };
    // Signs that a word may have in it: they are folded with the whole word.
    let sign = |letter: char| {
        matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '$' | '!')
            || ('\u{300}'..'\u{370}').contains(&letter)
    };
    let mut close = |range: Range<usize>| {
        let folded = fold(&name[range.clone()]);
        if !folded.is_empty() {
            found.push((range, folded));
        }
    };
    for (at, letter) in name.char_indices() {
        match begin {
            None if inside(letter) => begin = Some(at),
            Some(from) if !inside(letter) && !sign(letter) => {
                close(from..at);
                begin = None;
            }
            _ => {}
        }
    }
    if let Some(from) = begin {
        close(from..name.len());
    }
    found
}

/// Which of `typed` are found in `name`, how well, and where.
fn found(typed: &[String], name: &str) -> Vec<(usize, Fit, Range<usize>)> {
    let written = written(name);
    let mut all = Vec::new();
    for (at, one) in typed.iter().enumerate() {
        for (place, (range, folded)) in written.iter().enumerate() {
            if let Some(fit) = word(one, folded) {
                all.push((at, fit, range.clone()));
            }
            let mut together = folded.clone();
            for (end, more) in written.iter().skip(place + 1).take(MOST_JOINED - 1) {
                together.push_str(more);
                if together == *one {
                    all.push((at, Fit::Exact, range.start..end.end));
                }
            }
            if let Some(next) = typed.get(at + 1) {
                let joined = format!("{one}{next}");
                if let Some(fit) = word(&joined, folded) {
                    all.push((at, fit, range.clone()));
                    all.push((at + 1, fit, range.clone()));
                }
            }
        }
    }
    all
}

/// Part of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The text, as it is written.
    pub text: String,
    /// Whether it was found.
    pub hit: bool,
}

/// A name with what was found of it. In parts, so that nobody has to count letters or trust markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Highlight {
    /// title, performer, venue or city.
    pub field: &'static str,
    /// All of the name.
    pub parts: Vec<Part>,
}

/// The names of an event, in the order in which one looks at them.
fn names(event: &EventDocument) -> impl Iterator<Item = (&'static str, &str)> {
    let performers = event.performers.iter().map(|name| ("performer", name.as_str()));
    std::iter::once(("title", event.title.as_str()))
        .chain(performers)
        .chain([("venue", event.venue.name.as_str()), ("city", event.venue.city.as_str())])
}

/// The names in which something was found. Where a word is found as it is typed, what is only like it is left out.
pub fn highlights(words: &Words, event: &EventDocument) -> Vec<Highlight> {
    let typed = words.telling();
    let all: Vec<_> = names(event).map(|(field, name)| (field, name, found(typed, name))).collect();
    let best: Vec<Option<Fit>> = (0..typed.len())
        .map(|word| {
            all.iter().flat_map(|(_, _, hits)| hits).filter(|hit| hit.0 == word).map(|hit| hit.1).max()
        })
        .collect();
    all.into_iter()
        .filter_map(|(field, name, hits)| {
            let shown = |hit: &&(usize, Fit, Range<usize>)| hit.1 > Fit::Like || best[hit.0] == Some(hit.1);
            let ranges: Vec<Range<usize>> = hits.iter().filter(shown).map(|hit| hit.2.clone()).collect();
            (!ranges.is_empty()).then(|| Highlight { field, parts: parts(name, ranges) })
        })
        .collect()
}

fn parts(name: &str, mut hits: Vec<Range<usize>>) -> Vec<Part> {
    hits.sort_unstable_by_key(|range| (range.start, range.end));
    let mut parts = Vec::new();
    let mut at = 0;
    let mut push = |range: Range<usize>, hit| {
        if !range.is_empty() {
            parts.push(Part { text: name[range].to_owned(), hit });
        }
    };
    for range in hits {
        push(at..range.start.max(at), false);
        push(range.start.max(at)..range.end.max(at), true);
        at = at.max(range.end);
    }
    push(at..name.len(), false);
    parts
}

/// Whether every word is found in the event as it was typed, or begins a word.
pub fn as_typed(words: &Words, event: &EventDocument) -> bool {
    let day = event.local_date();
    let when =
        [day.format("%B"), day.format("%A"), day.format("%Y")].map(|part| part.to_string().to_lowercase());
    let typed = words.telling();
    let hits: Vec<_> = names(event).flat_map(|(_, name)| found(typed, name)).collect();
    typed.iter().enumerate().all(|(at, one)| {
        hits.iter().any(|hit| hit.0 == at && hit.1 > Fit::Like)
            || super::text::in_calendar(one).is_some_and(|meant| when.iter().any(|part| part == meant))
            || *one == event.category
            || *one == event.venue.country.to_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_and_forgiven_by_length() {
        assert_eq!(distance("herry", "harry"), 1);
        assert_eq!(distance("byonce", "beyonce"), 1);
        assert_eq!(distance("cloudplay", "coldplay"), 2);
        assert_eq!(distance("hrary", "harry"), 1);
        assert_eq!(word("abba", "abbe"), Some(Fit::Like));
        assert_eq!(word("abb", "abe"), None);
        assert_eq!(word("mysteriland", "mysteryland"), Some(Fit::Like));
        assert_eq!(word("herryy", "harry"), None);
        assert_eq!(word("harry", "harrison"), None);
        assert_eq!(beginning("cildpl", "coldplay"), Some(Fit::Like));
        assert_eq!(beginning("cil", "coldplay"), None);
        assert_eq!(beginning("cxldpx", "coldplay"), None);
    }

    fn marked(typed: &str, name: &str) -> String {
        let words = Words::parse(typed).unwrap();
        let ranges = found(words.telling(), name).into_iter().map(|hit| hit.2).collect();
        let mark = |part: Part| if part.hit { format!("[{}]", part.text) } else { part.text };
        parts(name, ranges).into_iter().map(mark).collect()
    }

    #[test]
    fn a_letter_is_inside_a_word_where_folding_leaves_one() {
        for letter in '\0'..='\x7f' {
            let is_left = !fold(&letter.to_string()).is_empty();
            assert_eq!(written(&letter.to_string()).len(), usize::from(is_left), "{letter:?}");
        }
    }

    #[test]
    fn what_was_found_is_marked_as_it_is_written() {
        for (typed, name, wanted) in [
            ("sigur ros", "Sigur Rós – Live", "[Sigur] [Rós] – Live"),
            ("acdc", "AC/DC – Power Up", "[AC/DC] – Power Up"),
            ("mystery land", "Mysteryland 2027", "[Mysteryland] 2027"),
            ("kesha", "Ke$ha, P!nk", "[Ke$ha], P!nk"),
            ("guns", "Guns N’ Roses", "[Guns] N’ Roses"),
            ("herry", "Harry Styles", "[Harry] Styles"),
            ("東京", "東京事変", "[東京事変]"),
            ("nothing", "Harry Styles", "Harry Styles"),
        ] {
            assert_eq!(marked(typed, name), wanted, "{typed}");
        }
    }
}
