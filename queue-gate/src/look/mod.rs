//! How the pages of a room look: what its organizer calls themselves, a colour, a logo, texts in each language.
//!
//! A look is called after what it says ([`Look::id`]) and never changes: the policy of a room names the one that it has, the log
//! names those that it had, and a link ([`contracts::look`]) shows one that no fan sees yet. [`colour`] makes of one colour what
//! can be read by day and by night, [`logo`] says what is a logo, [`known`] keeps the looks of all rooms in memory.

pub mod colour;
pub mod handler;
pub mod known;
pub mod link;
pub mod logo;
pub mod page;
pub mod set;
pub mod sheet;
pub mod store;
pub mod upload;

use std::collections::BTreeMap;

use contracts::{language::Language, look::ContentId};
use serde::{Deserialize, Serialize};

pub use self::colour::Colour;
use crate::room::WrongSetting;

/// The longest name, in characters.
const NAME_MAX: usize = 60;
/// The longest text that says what a room is about, in characters.
const WELCOME_MAX: usize = 500;
/// The longest rules, in characters.
const RULES_MAX: usize = 1000;
/// The most lines of a text.
const LINES_MAX: usize = 30;
/// The longest address, in bytes.
const LINK_MAX: usize = 300;

/// How the pages of a room look. What is absent is as it is without a look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Look {
    /// What stands at the top of the pages: whose room it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The colour of buttons and links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// The same on a dark page; the one above where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent_dark: Option<Colour>,
    /// The picture at the top of the pages, in the place of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<ContentId>,
    /// Where the organizer is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The languages that the pages are offered in; all where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// The language for those whose languages are not offered, and the one whose texts stand in where another has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What the organizer says, in each language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<Language, Texts>,
}

/// What an organizer says in one language. Plain texts: a page shows them letter by letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Texts {
    /// What this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome: Option<String>,
    /// The rules of the line or of the sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Where help is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Look {
    /// Brought into the form in which it is kept: an empty text is none, lines end in one way, languages stand in our order.
    ///
    /// # Errors
    /// [`WrongSetting`]: the first that is outside its bounds.
    pub fn read(self) -> Result<Self, WrongSetting> {
        let mut texts = self.texts;
        for said in texts.values_mut() {
            for text in [&mut said.welcome, &mut said.rules, &mut said.help] {
                *text = text.take().and_then(|text| kept(&text));
            }
        }
        texts.retain(|_, said| *said != Texts::default());
        let offered = |language: &Language| self.languages.contains(language);
        let look = Self {
            name: self.name.and_then(|name| kept(&name)),
            link: self.link.and_then(|link| kept(&link)),
            languages: Language::ALL.into_iter().filter(offered).collect(),
            texts,
            ..self
        };
        look.check()?;
        Ok(look)
    }

    fn check(&self) -> Result<(), WrongSetting> {
        if let Some(name) = &self.name {
            check_words("name", name, NAME_MAX, 1)?;
        }
        if let Some(link) = &self.link {
            check_link("link", link)?;
        }
        if self.accent_dark.is_some() && self.accent.is_none() {
            let bounds = "there only where accent is".to_owned();
            return Err(WrongSetting { field: "accentDark", bounds });
        }
        if self.language.is_some_and(|language| !self.offered().contains(&language)) {
            return Err(WrongSetting { field: "language", bounds: "one of the languages".to_owned() });
        }
        for said in self.texts.values() {
            if let Some(welcome) = &said.welcome {
                check_words("texts.welcome", welcome, WELCOME_MAX, LINES_MAX)?;
            }
            if let Some(rules) = &said.rules {
                check_words("texts.rules", rules, RULES_MAX, LINES_MAX)?;
            }
            if let Some(help) = &said.help {
                check_link("texts.help", help)?;
            }
        }
        Ok(())
    }

    /// Whether it is the one of a room without any.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What it is called.
    pub fn id(&self) -> ContentId {
        // A map of words and numbers: it is always written, and always in the same order.
        ContentId::of(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// The languages that its pages are offered in.
    pub fn offered(&self) -> &[Language] {
        if self.languages.is_empty() { &Language::ALL } else { &self.languages }
    }

    /// The language for those whose languages are not offered.
    pub fn usual(&self) -> Language {
        let first = || self.languages.first().copied().unwrap_or_default();
        self.language.unwrap_or_else(first)
    }

    /// In which language somebody reads it who wants one of `wishes`, the first most.
    pub fn language_for(&self, wishes: &[Language]) -> Language {
        let offered = |language: &&Language| self.offered().contains(language);
        wishes.iter().find(offered).copied().unwrap_or_else(|| self.usual())
    }

    /// What `find` finds in the texts in `language`, else in those of the usual language; with the language that it is in.
    pub fn say<'a>(
        &'a self,
        language: Language,
        find: impl Fn(&'a Texts) -> Option<&'a str>,
    ) -> Option<(Language, &'a str)> {
        let in_language = |language| Some((language, find(self.texts.get(&language)?)?));
        in_language(language).or_else(|| in_language(self.usual()))
    }
}

/// A text as it is kept; `None` where it says nothing.
fn kept(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn check_words(field: &'static str, text: &str, max: usize, lines: usize) -> Result<(), WrongSetting> {
    let fits = text.chars().count() <= max
        && text.split('\n').count() <= lines
        && !text.chars().any(|char| char.is_control() && char != '\n');
    let of_lines = if lines == 1 { "in one line".to_owned() } else { format!("in at most {lines} lines") };
    let bounds = || format!("a text of at most {max} characters {of_lines}, without control characters");
    if fits { Ok(()) } else { Err(WrongSetting { field, bounds: bounds() }) }
}

fn check_link(field: &'static str, link: &str) -> Result<(), WrongSetting> {
    let is_one = link.len() <= LINK_MAX
        && !link.chars().any(char::is_control)
        && link.parse::<url::Url>().is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
    let bounds = || format!("an address that begins with https://, of at most {LINK_MAX} bytes");
    if is_one { Ok(()) } else { Err(WrongSetting { field, bounds: bounds() }) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(look: serde_json::Value) -> Result<Look, &'static str> {
        serde_json::from_value::<Look>(look).unwrap().read().map_err(|wrong| wrong.field)
    }

    #[test]
    fn a_look_is_kept_in_one_form_and_called_after_it() {
        let look = read(json!({
            "name": " Harbour Hall ", "accent": "#1A2B3C", "link": "", "languages": ["de", "en", "de"],
            "texts": { "de": { "welcome": "Zwei\r\nZeilen\n", "rules": " " }, "en": {} },
        }))
        .unwrap();
        let written = serde_json::to_value(&look).unwrap();
        let wanted = json!({
            "name": "Harbour Hall", "accent": "#1a2b3c", "languages": ["en", "de"],
            "texts": { "de": { "welcome": "Zwei\nZeilen" } },
        });
        assert_eq!(written, wanted);
        assert_eq!(read(wanted).unwrap().id(), look.id());
        assert_ne!(Look::default().id(), look.id());
        assert!(read(json!({ "name": "", "texts": { "ja": { "help": "" } } })).unwrap().is_none());
    }

    #[test]
    fn a_look_has_bounds() {
        let long = |count| "x".repeat(count);
        for (field, look) in [
            ("name", json!({ "name": long(61) })),
            ("name", json!({ "name": "two\nlines" })),
            ("name", json!({ "name": "bell\u{7}" })),
            ("link", json!({ "link": "http://harbour.example/" })),
            ("link", json!({ "link": "javascript:alert(1)" })),
            ("link", json!({ "link": "https://ada:secret@harbour.example/" })),
            ("link", json!({ "link": format!("https://harbour.example/{}", long(300)) })),
            ("accentDark", json!({ "accentDark": "#ffffff" })),
            ("language", json!({ "languages": ["de"], "language": "en" })),
            ("texts.welcome", json!({ "texts": { "en": { "welcome": long(501) } } })),
            ("texts.rules", json!({ "texts": { "en": { "rules": long(1001) } } })),
            ("texts.rules", json!({ "texts": { "en": { "rules": "a\n".repeat(30) + "b" } } })),
            ("texts.rules", json!({ "texts": { "en": { "rules": "a\u{0}b" } } })),
            ("texts.help", json!({ "texts": { "ja": { "help": "//harbour.example" } } })),
        ] {
            assert_eq!(read(look.clone()), Err(field), "{look}");
        }
        let full = json!({ "name": "座".repeat(60), "texts": { "ja": { "welcome": "座".repeat(500) } } });
        assert!(read(full).is_ok());
        for colour in ["red", "#123", "#1234567", "1a2b3c", "#1a2b3g", "#1a2b3c;}"] {
            assert!(serde_json::from_value::<Look>(json!({ "accent": colour })).is_err(), "{colour}");
        }
    }

    #[test]
    fn a_language_that_is_not_offered_or_says_nothing_falls_back() {
        use Language::{De, En, Es, Ja};
        let look = read(json!({
            "languages": ["de", "ja", "es"], "language": "ja",
            "texts": { "ja": { "welcome": "ようこそ", "rules": "規則" }, "de": { "welcome": "Willkommen" }, "en": { "rules": "Rules" } },
        }))
        .unwrap();
        assert_eq!(look.language_for(&[En, De, Ja]), De);
        assert_eq!(look.language_for(&[En]), Ja);
        assert_eq!(look.language_for(&[]), Ja);
        assert_eq!(look.say(De, |said| said.welcome.as_deref()), Some((De, "Willkommen")));
        assert_eq!(look.say(De, |said| said.rules.as_deref()), Some((Ja, "規則")));
        assert_eq!(look.say(Es, |said| said.welcome.as_deref()), Some((Ja, "ようこそ")));
        assert_eq!(look.say(De, |said| said.help.as_deref()), None);
        assert_eq!(Look::default().language_for(&[Es, De]), Es);
        assert_eq!(Look::default().usual(), En);
        assert_eq!(
            read(json!({ "languages": ["es", "de"] })).unwrap().usual(),
            De,
            "the first that is offered"
        );
    }
}
