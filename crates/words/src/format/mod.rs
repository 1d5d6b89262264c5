//! How languages write times and money: patterns and names of the Unicode CLDR 48, of the five languages only, so that a
//! program does not carry those of all others. A test holds them to what `Intl` makes of the same.

use std::{collections::BTreeMap, sync::LazyLock};

use contracts::{language::Language, money::Money};

use crate::{
    number,
    sentence::{Sentence, plainly},
};

/// The patterns and names of a language.
pub(crate) struct Format {
    /// What stands between groups of three digits.
    pub(crate) group: &'static str,
    /// From how many digits on there are groups.
    pub(crate) groups_from: usize,
    pub(crate) point: &'static str,
    pub(crate) months: Vec<&'static str>,
    pub(crate) months_short: Vec<&'static str>,
    pub(crate) days: Vec<&'static str>,
    pub(crate) days_short: Vec<&'static str>,
    patterns: BTreeMap<&'static str, Sentence>,
    symbols: BTreeMap<&'static str, &'static str>,
}

static FORMATS: LazyLock<BTreeMap<Language, Format>> =
    LazyLock::new(|| Language::ALL.into_iter().map(|language| (language, read(language))).collect());

const fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("data/en.txt"),
        Language::De => include_str!("data/de.txt"),
        Language::Es => include_str!("data/es.txt"),
        Language::Pt => include_str!("data/pt.txt"),
        Language::Ja => include_str!("data/ja.txt"),
    }
}

fn read(language: Language) -> Format {
    let lines: BTreeMap<_, _> = source(language).lines().filter_map(|line| line.split_once(" = ")).collect();
    let text = |key| lines.get(key).copied().unwrap_or_default();
    let list = |key| text(key).split('|').collect();
    let patterns = lines.iter().filter_map(|(key, text)| Some((*key, Sentence::read(text)?)));
    Format {
        group: text("group"),
        groups_from: text("groups_from").parse().unwrap_or(4),
        point: text("point"),
        months: list("months"),
        months_short: list("months_short"),
        days: list("days"),
        days_short: list("days_short"),
        patterns: patterns.collect(),
        symbols: text("symbols").split('|').filter_map(|pair| pair.split_once('=')).collect(),
    }
}

/// The format of a language.
pub(crate) fn of(language: Language) -> &'static Format {
    &FORMATS[&language]
}

impl Format {
    /// The pattern `key`, filled.
    pub(crate) fn write<'a>(&self, key: &str, fill: impl Fn(&str) -> &'a str) -> String {
        let mut out = String::new();
        if let Some(pattern) = self.patterns.get(key) {
            let written = pattern.write(&mut out, plainly, |out, blank| plainly(out, fill(blank)));
            written.expect("a string takes everything");
        }
        out
    }
}

/// An amount, with the sign of its currency where the language has one, in the digits of the currency.
pub fn money(language: Language, money: Money) -> String {
    let format = of(language);
    let digits = usize::try_from(money.currency.digits()).unwrap_or_default();
    let amount = number::decimal(language, money.minor.unsigned_abs(), digits);
    let symbol = format.symbols.get(money.currency.as_str()).copied();
    let currency = symbol.unwrap_or(money.currency.as_str());
    // Letters keep a distance.
    let pattern = if currency.ends_with(char::is_alphabetic) { "money_code" } else { "money" };
    let text = format.write(pattern, |blank| if blank == "amount" { amount.as_str() } else { currency });
    if money.minor < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests;
