//! The languages in which we write to people.

use serde::{Deserialize, Serialize};

/// A language, by its code of ISO 639-1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English: where we know nothing better.
    #[default]
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// Japanese.
    Ja,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Es, Self::Pt, Self::Ja];

    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Pt => "pt",
            Self::Ja => "ja",
        }
    }

    /// The language of a tag such as `pt` or `pt-BR` (RFC 5646), if it is one of ours.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The one that `Accept-Language` likes best among ours (RFC 9110, 12.5.4); `None` where it likes none of them.
    pub fn liked(header: &str) -> Option<Self> {
        Self::all_liked(header).into_iter().next()
    }

    /// Those that `Accept-Language` likes among ours, the best first.
    pub fn all_liked(header: &str) -> Vec<Self> {
        let mut all: Vec<(Self, u32)> = Vec::new();
        for range in header.split(',').take(50) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default();
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1000), thousandths);
            let (Some(language), Some(weight)) = (Self::of(tag), weight) else { continue };
            match all.iter_mut().find(|(known, _)| *known == language) {
                Some((_, known)) => *known = weight.max(*known),
                None => all.push((language, weight)),
            }
        }
        all.retain(|(_, weight)| *weight > 0);
        all.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        all.into_iter().map(|(language, _)| language).collect()
    }
}

/// `0.7` as 700; `None` for what is no weight.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    Some(whole * 1000 + part).filter(|weight| *weight <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_among_ours_is_taken() {
        for (header, liked) in [
            ("de", Some(Language::De)),
            ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::Pt)),
            ("fr;q=0.9, en;q=0.3, ja;q=0.5", Some(Language::Ja)),
            ("ES-419", Some(Language::Es)),
            ("en;q=0.5,de;q=0.5", Some(Language::En)),
            ("de;q=0, en;q=0.001", Some(Language::En)),
            ("de;q=7, de;q=x, de;q=0.12345", None),
            ("fr, *", None),
            ("", None),
            (";;;,,,q=", None),
        ] {
            assert_eq!(Language::liked(header), liked, "{header}");
        }
    }
}
