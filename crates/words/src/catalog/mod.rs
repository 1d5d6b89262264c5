//! Sentences in all languages. The file of a language has one a line, empty lines between them as one likes:
//!
//! ```text
//! line.ahead = Ahead of you
//! hold.until = Yours until {{ until }}
//! left[one] = {{ count }} ticket left
//! left[other] = {{ count }} tickets left
//! ```
//!
//! A key with a form in brackets is chosen by `count`: each language has exactly the forms that the CLDR gives it (`one` and
//! `other` in English and German; `one`, `many` and `other` in Spanish and Portuguese, where `many` is for whole millions;
//! `other` in Japanese). A blank has a name of small letters and underscores and nothing else: a script on the page fills the
//! same sentences.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use contracts::language::Language;
use serde_json::{Map, Value};

use crate::{
    number,
    sentence::{Sentence, plainly},
};

/// What is filled into a blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fill<'a> {
    /// A text, as it is.
    Text(Cow<'a, str>),
    /// A number: written as the language writes numbers, and, called `count`, choosing the form.
    Count(u64),
}

impl<'a> From<&'a str> for Fill<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Fill<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Fill<'_> {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

/// A file is not in the format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the words in {language:?} is no sentence, or says a key again")]
pub struct BadLine {
    /// Of which language.
    pub language: Language,
    /// From 1.
    pub line: usize,
}

/// A sentence cannot be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWords {
    /// The catalog has no such key.
    #[error("there is no sentence {0:?}")]
    Key(String),
    /// Nothing was given for a blank.
    #[error("the sentence {key:?} needs {blank:?}")]
    Blank {
        /// Of which sentence.
        key: String,
        /// Which.
        blank: String,
    },
}

#[derive(Clone, Debug)]
enum Entry {
    One(Sentence),
    ByCount(BTreeMap<&'static str, Sentence>),
}

impl Entry {
    fn blanks(&self) -> Vec<&'static str> {
        let mut blanks: Vec<_> = match self {
            Self::One(sentence) => sentence.blanks().collect(),
            // A form for one may do without the number.
            Self::ByCount(forms) => {
                forms.values().flat_map(Sentence::blanks).filter(|name| *name != "count").collect()
            }
        };
        blanks.sort_unstable();
        blanks.dedup();
        blanks
    }
}

/// The sentences of a program, by language and key.
#[derive(Clone, Debug)]
pub struct Catalog(BTreeMap<Language, BTreeMap<&'static str, Entry>>);

impl Catalog {
    /// Reads the text that `source` gives for each language.
    ///
    /// # Errors
    /// The first line that is no sentence, or says a key for the second time.
    pub fn new(source: impl Fn(Language) -> &'static str) -> Result<Self, BadLine> {
        let all = Language::ALL.into_iter().map(|language| Ok((language, read(language, source(language))?)));
        all.collect::<Result<_, _>>().map(Self)
    }

    /// The sentence `key`, with its blanks filled.
    ///
    /// # Errors
    /// When there is no such sentence, or a blank stays empty. A page's own test says each of its sentences.
    pub fn say(&self, language: Language, key: &str, fills: &[(&str, Fill<'_>)]) -> Result<String, NoWords> {
        self.write(language, key, fills, plainly, plainly)
    }

    /// As [`Catalog::say`]; `text` writes the words, and `filled` what is in the blanks.
    pub(crate) fn write(
        &self,
        language: Language,
        key: &str,
        fills: &[(&str, Fill<'_>)],
        text: impl Fn(&mut String, &str) -> fmt::Result,
        filled: impl Fn(&mut String, &str) -> fmt::Result,
    ) -> Result<String, NoWords> {
        let fill = |blank: &str| fills.iter().find(|(name, _)| *name == blank).map(|(_, fill)| fill);
        let missing = |blank: &str| NoWords::Blank { key: key.to_owned(), blank: blank.to_owned() };
        let sentence = match self.entry(language, key)? {
            Entry::One(sentence) => sentence,
            Entry::ByCount(forms) => {
                let Some(Fill::Count(count)) = fill("count") else { return Err(missing("count")) };
                let form = forms.get(number::category(language, *count)).or_else(|| forms.get("other"));
                form.ok_or_else(|| NoWords::Key(key.to_owned()))?
            }
        };
        if let Some(blank) = sentence.blanks().find(|blank| fill(blank).is_none()) {
            return Err(missing(blank));
        }
        let mut said = String::new();
        let written = sentence.write(&mut said, text, |out, blank| match fill(blank) {
            Some(Fill::Text(words)) => filled(out, words),
            Some(Fill::Count(count)) => filled(out, &number::count(language, *count)),
            None => Ok(()),
        });
        written.map_err(|_| NoWords::Key(key.to_owned()))?;
        Ok(said)
    }

    fn entry(&self, language: Language, key: &str) -> Result<&Entry, NoWords> {
        let found = self.0.get(&language).and_then(|entries| entries.get(key));
        found.ok_or_else(|| NoWords::Key(key.to_owned()))
    }

    /// Whether there is such a sentence.
    pub fn has(&self, key: &str) -> bool {
        self.entry(Language::En, key).is_ok()
    }

    /// The keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.0.get(&Language::En).into_iter().flat_map(BTreeMap::keys).copied()
    }

    /// The sentences whose keys begin with `prefix`, for a script: under the rest of the key a text with its blanks, or the
    /// texts by their forms.
    pub fn script(&self, language: Language, prefix: &str) -> Value {
        let entries = self.0.get(&language).into_iter().flatten();
        let told = entries.filter_map(|(key, entry)| {
            let value = match entry {
                Entry::One(sentence) => Value::String(sentence.to_string()),
                Entry::ByCount(forms) => {
                    let texts = forms
                        .iter()
                        .map(|(form, sentence)| ((*form).to_owned(), Value::String(sentence.to_string())));
                    Value::Object(texts.collect())
                }
            };
            Some((key.strip_prefix(prefix)?.to_owned(), value))
        });
        Value::Object(told.collect::<Map<_, _>>())
    }

    /// What differs between the languages: a key that one has not, other blanks, missing or needless forms, and a sentence that
    /// was not translated. Empty where all is well.
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        let english = self.0.get(&Language::En);
        for (language, entries) in &self.0 {
            for (key, entry) in english.into_iter().flatten() {
                match entries.get(key) {
                    None => gaps.push(format!("{language:?} has no {key}")),
                    Some(other) if other.blanks() != entry.blanks() => {
                        gaps.push(format!("{language:?} {key} has other blanks: {:?}", other.blanks()));
                    }
                    Some(_) => {}
                }
            }
            for (key, entry) in entries {
                if english.is_none_or(|english| !english.contains_key(key)) {
                    gaps.push(format!("{language:?} alone has {key}"));
                }
                if let Entry::ByCount(forms) = entry
                    && !forms.keys().eq(number::categories(*language))
                {
                    gaps.push(format!(
                        "{language:?} {key} has other forms than {:?}",
                        number::categories(*language)
                    ));
                }
            }
        }
        gaps
    }

    /// The keys that two languages say in the same words, with the language that is not English.
    pub fn untranslated(&self) -> Vec<(Language, &'static str)> {
        let text = |entry: &Entry| match entry {
            Entry::One(sentence) => sentence.to_string(),
            Entry::ByCount(forms) => forms.values().map(ToString::to_string).collect::<Vec<_>>().join("|"),
        };
        let others = self.0.iter().filter(|(language, _)| **language != Language::En);
        let same = others.flat_map(|(language, entries)| {
            let is_same = |key: &str, entry: &Entry| {
                self.entry(Language::En, key).is_ok_and(|english| text(english) == text(entry))
            };
            entries
                .iter()
                .filter(move |(key, entry)| is_same(key, entry))
                .map(|(key, _)| (*language, *key))
                .collect::<Vec<_>>()
        });
        same.collect()
    }
}

fn read(language: Language, text: &'static str) -> Result<BTreeMap<&'static str, Entry>, BadLine> {
    let mut entries = BTreeMap::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (index, line) in lines {
        let bad = BadLine { language, line: index + 1 };
        let sentence = line.split_once(" = ").and_then(|(key, text)| Some((key, Sentence::read(text)?)));
        let (key, sentence) = sentence.ok_or_else(|| bad.clone())?;
        let is_new = match key.strip_suffix(']').and_then(|key| key.split_once('[')) {
            None => entries.insert(key, Entry::One(sentence)).is_none(),
            Some((key, form)) => {
                let entry = entries.entry(key).or_insert_with(|| Entry::ByCount(BTreeMap::new()));
                match entry {
                    Entry::ByCount(forms) => forms.insert(form, sentence).is_none(),
                    Entry::One(_) => false,
                }
            }
        };
        if !is_new {
            return Err(bad);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
