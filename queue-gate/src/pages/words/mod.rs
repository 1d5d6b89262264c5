//! What the gate's pages say, in each language, and the times, counts and prices in it.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use contracts::{
    frame::{RiseReason, TierOffer, Wait},
    language::Language,
};
use platform::http::{Kind, Problem};
use serde_json::{Value, json};
use words::{Catalog, Fill};

use crate::problems::REJECTED;

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

/// What stands before the sentences that a script says too.
const LIVE: &str = "live.";
/// What stands before the sentences of the gate that come in frames, in English.
const OWN: &str = "own.";

/// The sentence `key`. One that is missing is said by its key; a test says all that there are.
pub(super) fn say(language: Language, key: &str, fills: &[(&str, Fill<'_>)]) -> String {
    WORDS.say(language, key, fills).unwrap_or_else(|_| key.to_owned())
}

/// The words for a script: its sentences, what `Intl` is called with, and the gate's own sentences beside their translations.
pub(super) fn script(language: Language) -> Value {
    let own = WORDS.keys().filter(|key| key.starts_with(OWN) && language != Language::En);
    let own: Vec<_> = own.map(|key| [pattern(Language::En, key), pattern(language, key)]).collect();
    json!({ "tag": words::tag(language), "say": WORDS.script(language, LIVE), "own": own })
}

/// A sentence of the gate with its one blank, where it has one, open.
fn pattern(language: Language, key: &str) -> String {
    say(language, key, &[("at", "{{ at }}".into())])
}

/// Words that came with a frame: translated where they are the gate's own, else as the organizer wrote them.
pub(super) fn own(language: Language, words: &str) -> String {
    let translated = WORDS.keys().filter(|key| key.starts_with(OWN)).find_map(|key| {
        let english = pattern(Language::En, key);
        let (before, after) = english.split_once("{{ at }}").unwrap_or((english.as_str(), ""));
        let at = words.strip_prefix(before)?.strip_suffix(after)?;
        (english.contains("{{ at }}") || at.is_empty()).then(|| say(language, key, &[("at", at.into())]))
    });
    translated.unwrap_or_else(|| words.to_owned())
}

/// What a kind of problem is called; those that nobody meets on a page have English titles only.
pub(super) fn title(language: Language, kind: Kind) -> String {
    let key = format!("kind.{}", kind.name);
    if WORDS.has(&key) { say(language, &key, &[]) } else { kind.title.to_owned() }
}

/// What is said of this case of a problem: the organizer's words, or what the gate says of it in English.
pub(super) fn detail(language: Language, problem: &Problem) -> Option<String> {
    let body = problem.body();
    let words = body["detail"].as_str()?;
    let is_read = language == Language::En || problem.kind() == REJECTED;
    is_read.then(|| own(language, words))
}

/// An interval of waiting in whole minutes, the first rounded down and the last up.
pub(super) fn span(language: Language, wait: Wait) -> String {
    if wait.to < 60 {
        return say(language, "live.wait.short", &[]);
    }
    let (from, to) = (u64::from((wait.from / 60).max(1)), u64::from(wait.to.div_ceil(60)));
    if from == to {
        say(language, "live.wait.about", &[("count", to.into())])
    } else {
        say(language, "live.wait.range", &[("from", from.into()), ("to", to.into())])
    }
}

/// Minutes and seconds until `by`.
pub(super) fn countdown(by: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = (by - now).num_seconds().max(0);
    format!("{}:{:02}", left / 60, left % 60)
}

/// A time, with its day where that is another than `now`. A script writes it in the zone of its reader.
pub(super) fn clock(language: Language, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let is_today = at.date_naive() == now.date_naive();
    let write: fn(Language, &DateTime<Utc>) -> String =
        if is_today { words::time::clock } else { words::time::date_and_clock_short };
    say(language, "draw.utc", &[("time", write(language, &at).into())])
}

/// The organizer's words, and why more people are ahead than a moment ago.
pub(super) fn message(language: Language, words: Option<&str>, reason: Option<RiseReason>) -> String {
    let reason = reason.map(|reason| {
        let key = match reason {
            RiseReason::EarlierFansReturned => "live.reason.earlierFansReturned",
            RiseReason::LaneChanged => "live.reason.laneChanged",
            RiseReason::LineRestored => "live.reason.lineRestored",
        };
        say(language, key, &[])
    });
    words.map(ToOwned::to_owned).into_iter().chain(reason).collect::<Vec<_>>().join(" ")
}

/// Which prices there are, from the lowest to the highest; empty where there are none.
pub(super) fn prices(language: Language, tiers: &[TierOffer]) -> String {
    let by_price = |tier: &&TierOffer| tier.price.minor;
    let (Some(low), Some(high)) = (tiers.iter().min_by_key(by_price), tiers.iter().max_by_key(by_price))
    else {
        return String::new();
    };
    let from = words::money(language, low.price);
    if low.price == high.price {
        return say(language, "live.price", &[("from", from.into())]);
    }
    let to = words::money(language, high.price);
    say(language, "live.prices", &[("from", from.into()), ("to", to.into())])
}

#[cfg(test)]
mod tests;
