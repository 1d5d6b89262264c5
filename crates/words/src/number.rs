//! Numbers, and which form of a sentence goes with which: by the rules of the Unicode CLDR, of our languages only. A library
//! for all languages would build half of the workspace anew for these few lines; the table of `format` holds them.

use contracts::language::Language;

use crate::format;

/// A whole number, as the language groups it.
pub fn count(language: Language, count: u64) -> String {
    grouped(language, &count.to_string())
}

/// A number of minor units, of which so many are behind the point.
pub(crate) fn decimal(language: Language, minor: u64, digits: usize) -> String {
    let text = format!("{minor:0>width$}", width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let whole = grouped(language, whole);
    if part.is_empty() { whole } else { format!("{whole}{}{part}", format::of(language).point) }
}

fn grouped(language: Language, digits: &str) -> String {
    let format = format::of(language);
    if digits.len() < format.groups_from {
        return digits.to_owned();
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push_str(format.group);
        }
        grouped.push(digit);
    }
    grouped
}

/// Which form of a sentence goes with so many.
pub(crate) fn category(language: Language, count: u64) -> &'static str {
    let is_of_millions = count != 0 && count.is_multiple_of(1_000_000);
    match (language, count) {
        (Language::Pt, 0) | (Language::En | Language::De | Language::Es | Language::Pt, 1) => "one",
        (Language::Es | Language::Pt, _) if is_of_millions => "many",
        (Language::En | Language::De | Language::Es | Language::Pt | Language::Ja, _) => "other",
    }
}

/// The forms that a language has, in their alphabetical order.
pub(crate) const fn categories(language: Language) -> &'static [&'static str] {
    match language {
        Language::En | Language::De => &["one", "other"],
        Language::Es | Language::Pt => &["many", "one", "other"],
        Language::Ja => &["other"],
    }
}
