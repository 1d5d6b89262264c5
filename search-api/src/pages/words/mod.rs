//! What the pages of search say, in each language, and the prices and months in it.

use std::sync::LazyLock;

use chrono::{NaiveDate, TimeZone, Utc};
use contracts::{
    language::Language,
    money::{Currency, Money},
};
use platform::http::Problem;
use serde_json::json;
use words::{Catalog, Fill};

use crate::query::BadParameter;

/// The sentences.
pub(super) static WORDS: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::new(|language| match language {
        Language::En => include_str!("en.txt"),
        Language::De => include_str!("de.txt"),
        Language::Es => include_str!("es.txt"),
        Language::Pt => include_str!("pt.txt"),
        Language::Ja => include_str!("ja.txt"),
    })
    .expect("a test reads each file")
});

/// What stands before the sentences that the script of the form says.
const LIVE: &str = "live.";
/// What stands before the details of problems, which come in English.
const OWN: &str = "own.";
/// What stands before the titles of problems.
const KIND: &str = "kind.";

/// The sentence `key`. One that is missing is said by its key; a test says all that there are.
pub(super) fn say(language: Language, key: &str, fills: &[(&str, Fill<'_>)]) -> String {
    WORDS.say(language, key, fills).unwrap_or_else(|_| key.to_owned())
}

/// The sentence `key` without blanks, where there is one.
pub(super) fn named(language: Language, key: &str) -> Option<String> {
    WORDS.has(key).then(|| say(language, key, &[]))
}

/// The words for the script, which end no element that they stand in.
pub(super) fn script(language: Language) -> String {
    let told = json!({ "tag": words::tag(language), "say": WORDS.script(language, LIVE) });
    told.to_string().replace('<', "\\u003c")
}

/// A problem in a line for a fan.
pub(super) fn problem(language: Language, problem: &Problem) -> String {
    let title = named(language, &format!("{KIND}{}", problem.kind().name));
    let title = title.unwrap_or_else(|| problem.kind().title.to_owned());
    let detail = problem.body()["detail"].as_str().and_then(|detail| own(language, detail));
    format!("{title} {}", detail.unwrap_or_default()).trim_end().to_owned()
}

/// A detail of ours, which came in English; in another language only where we know it.
fn own(language: Language, english: &str) -> Option<String> {
    if language == Language::En {
        return Some(english.to_owned());
    }
    WORDS.keys().filter(|key| key.starts_with(OWN)).find_map(|key| {
        let pattern = say(Language::En, key, &[("city", "{{ city }}".into())]);
        let (before, after) = pattern.split_once("{{ city }}").unwrap_or((pattern.as_str(), ""));
        let city = english.strip_prefix(before)?.strip_suffix(after)?;
        (pattern.contains("{{ city }}") || city.is_empty())
            .then(|| say(language, key, &[("city", city.into())]))
    })
}

/// A field that we do not understand, in words for a fan.
pub(super) fn mistaken(language: Language, error: &BadParameter) -> String {
    let field = error.parameter.as_str();
    named(language, &format!("mistaken.{field}"))
        .filter(|_| field != "other")
        .unwrap_or_else(|| say(language, "mistaken.other", &[("field", field.into())]))
}

/// An amount as somebody wrote it, in the digits of its currency; as it is where that is none of ours.
pub(super) fn price(language: Language, amount: &str, currency: &str) -> String {
    let written = || format!("{amount} {currency}").trim_end().to_owned();
    let Ok(code) = currency.parse::<Currency>() else { return written() };
    let digits = usize::try_from(code.digits()).unwrap_or_default();
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    if part.len() > digits {
        return written();
    }
    let minor: Option<i64> = format!("{whole}{part:0<digits$}").parse().ok();
    minor.map_or_else(written, |minor| words::money(language, Money { minor, currency: code }))
}

/// Prices from one to another; either may be open.
pub(super) fn range(language: Language, from: &str, to: &str, currency: &str) -> String {
    let (low, high) = (|| price(language, from, currency).into(), || price(language, to, currency).into());
    match (from, to) {
        ("", _) => say(language, "range.to", &[("to", high())]),
        (_, "") => say(language, "range.from", &[("from", low())]),
        _ => say(language, "range.both", &[("from", low()), ("to", high())]),
    }
}

/// `2027-07` as `July 2027`.
pub(super) fn month(language: Language, value: &str) -> String {
    let first = format!("{value}-01").parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    first.map_or_else(
        || value.to_owned(),
        |first| words::time::month(language, &Utc.from_utc_datetime(&first)),
    )
}

#[cfg(test)]
mod tests;
