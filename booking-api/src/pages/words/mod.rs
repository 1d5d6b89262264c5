//! What the pages of this service say, in each language: sentences, prices, times, and what we have written down in English
//! for programs and show to people.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use contracts::language::Language;
use platform::http::{Kind, Problem, kinds};
use serde_json::{Map, Value, json};
use words::{Catalog, Fill};

use crate::problems::{self, SOLD_OUT};

/// The sentences.
pub(crate) static WORDS: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::new(|language| match language {
        Language::En => include_str!("en.txt"),
        Language::De => include_str!("de.txt"),
        Language::Es => include_str!("es.txt"),
        Language::Pt => include_str!("pt.txt"),
        Language::Ja => include_str!("ja.txt"),
    })
    .expect("a test reads each file")
});

/// What stands before the sentences that several scripts say.
pub(crate) const BOTH: &str = "both.";
/// What stands before those of the script of an event's page.
pub(crate) const LIVE: &str = "live.";
/// What stands before those of the script of a door.
pub(crate) const DOOR: &str = "door.live.";
/// What stands before our own sentences that come in English: details of problems, and what happened to an order.
const OWN: &str = "own.";
/// What stands before the titles of problems.
const KIND: &str = "kind.";
/// Where a ticket is.
const PLACE: &str = "both.place";

/// The sentence `key`. One that is missing is said by its key; a test says all that there are.
pub(crate) fn say(language: Language, key: &str, fills: &[(&str, Fill<'_>)]) -> String {
    WORDS.say(language, key, fills).unwrap_or_else(|_| key.to_owned())
}

/// The words for a script: what `Intl` is called with, the sentences whose keys begin so, and what the problems are called that
/// it may meet. Nothing in it ends the element that it stands in.
pub(crate) fn script(language: Language, prefixes: &[&str], met: &[Kind]) -> String {
    let sentences = prefixes.iter().filter_map(|prefix| match WORDS.script(language, prefix) {
        Value::Object(sentences) => Some(sentences),
        _ => None,
    });
    let sentences: Map<_, _> = sentences.flatten().collect();
    let kinds: Map<_, _> =
        met.iter().map(|kind| (kind.name.to_owned(), json!(title(language, *kind)))).collect();
    json!({ "tag": words::tag(language), "say": sentences, "kinds": kinds })
        .to_string()
        .replace('<', "\\u003c")
}

/// What the script of an event's page may meet.
pub(crate) const SHOPPING: [Kind; 20] = [
    problems::SEATS_TAKEN,
    problems::SOLD_OUT,
    problems::TOO_MANY_TICKETS,
    problems::HOLD_EXPIRED,
    problems::HOLD_CONFIRMED,
    problems::NOT_YOUR_BOOKING,
    problems::PRESALE_ONLY,
    problems::UNKNOWN_PRESALE_CODE,
    problems::TOO_MANY_CODES,
    problems::PRESALE_CODE_USED,
    problems::SALES_NOT_OPEN,
    problems::SALES_CLOSED,
    problems::QUEUE_REQUIRED,
    problems::OFFER_OVER,
    problems::NOT_SOLD_OUT,
    problems::WAITLIST_CLOSED,
    problems::NOT_A_GUEST,
    kinds::INVALID_BODY,
    kinds::UNAVAILABLE,
    kinds::INTERNAL,
];

/// What the script may meet of the page where one signs in.
pub(crate) const SIGNING_IN: [Kind; 8] = [
    problems::EMAIL_TAKEN,
    problems::WRONG_CREDENTIALS,
    problems::WRONG_CODE,
    problems::TOO_MANY_TRIES,
    problems::BUSY,
    kinds::INVALID_BODY,
    kinds::UNAVAILABLE,
    kinds::INTERNAL,
];

/// What the script may meet of the page where one accepts a ticket.
pub(crate) const ACCEPTING: [Kind; 8] = [
    problems::SIGNED_OUT,
    problems::EMAIL_TAKEN,
    problems::NO_TRANSFER,
    problems::TRANSFER_OVER,
    problems::TICKET_USED,
    kinds::INVALID_BODY,
    kinds::UNAVAILABLE,
    kinds::INTERNAL,
];

/// What a kind of problem is called; those that no fan meets have English titles only.
pub(crate) fn title(language: Language, kind: Kind) -> String {
    let key = format!("{KIND}{}", kind.name);
    if WORDS.has(&key) { say(language, &key, &[]) } else { kind.title.to_owned() }
}

/// A problem in a line for a fan.
pub(crate) fn problem(language: Language, problem: &Problem) -> String {
    let body = problem.body();
    // Of a code or a voucher something may be left, too: those say what they are about.
    match body["left"].as_u64().filter(|_| problem.kind() == SOLD_OUT) {
        Some(0) => say(language, "problem.none", &[]),
        Some(left) => say(language, "problem.some", &[("count", left.into())]),
        None => {
            let detail = body["detail"].as_str().and_then(|detail| own(language, detail));
            format!("{} {}", title(language, problem.kind()), detail.unwrap_or_default())
                .trim_end()
                .to_owned()
        }
    }
}

/// One of our own sentences, which came in English; in another language only where it is one that we know.
pub(crate) fn own(language: Language, english: &str) -> Option<String> {
    if language == Language::En {
        return Some(english.to_owned());
    }
    WORDS.keys().filter(|key| key.starts_with(OWN)).find_map(|key| {
        let fills = filled(key, english)?;
        let fills: Vec<(&str, Fill<'_>)> =
            fills.iter().map(|(name, text)| (name.as_str(), within(language, name, text).into())).collect();
        Some(say(language, key, &fills))
    })
}

/// What happened to an order; as it was written down where we do not know the sentence.
pub(crate) fn cause(language: Language, english: &str) -> String {
    own(language, english).unwrap_or_else(|| english.to_owned())
}

/// Where a ticket is.
pub(crate) fn place(language: Language, english: &str) -> String {
    match filled(PLACE, english) {
        Some(fills) if language != Language::En => {
            let fills: Vec<(&str, Fill<'_>)> =
                fills.iter().map(|(name, text)| (name.as_str(), Fill::from(*text))).collect();
            say(language, PLACE, &fills)
        }
        _ => english.to_owned(),
    }
}

/// What stands in a blank called `name`.
fn within(language: Language, name: &str, text: &str) -> String {
    match name {
        "place" | "places" => text.split("; ").map(|one| place(language, one)).collect::<Vec<_>>().join("; "),
        // Why an order was given up may be a sentence of ours or the organizer's.
        "reason" => cause(language, text),
        _ => text.to_owned(),
    }
}

/// What fills the blanks of the English sentence `key` so that it becomes `english`; `None` where nothing does.
fn filled<'a>(key: &str, english: &'a str) -> Option<Vec<(String, &'a str)>> {
    let sentence = WORDS.script(Language::En, key);
    let pattern = sentence[""].as_str()?;
    let mut parts = pattern.split("{{ ");
    let mut rest = english.strip_prefix(parts.next()?)?;
    let mut fills = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (name, after) = part.split_once(" }}")?;
        let end = if parts.peek().is_none() { rest.strip_suffix(after)?.len() } else { rest.find(after)? };
        let text = &rest[..end];
        if text.is_empty() {
            return None;
        }
        fills.push((name.to_owned(), text));
        rest = &rest[end + after.len()..];
    }
    rest.is_empty().then_some(fills)
}

/// `Sunday, 20 June 2027 at 20:00 CEST`.
pub(crate) fn moment(language: Language, at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    format!("{} {}", words::time::date_and_clock(language, &local), local.format("%Z"))
}

#[cfg(test)]
mod tests;
