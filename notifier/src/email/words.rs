//! What mails say, in each language: one sentence a line, `key = sentence`. A sentence is a template of its own, and is plain text:
//! it is escaped where it is put into HTML.

use std::{collections::BTreeMap, sync::LazyLock};

use contracts::language::Language;
use minijinja::{Environment, UndefinedBehavior, Value};

/// The sentences of a language.
const fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("words/en.txt"),
        Language::De => include_str!("words/de.txt"),
        Language::Es => include_str!("words/es.txt"),
        Language::Pt => include_str!("words/pt.txt"),
        Language::Ja => include_str!("words/ja.txt"),
    }
}

/// The keys and sentences of a language.
fn sentences(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    source(language).lines().filter_map(|line| line.split_once(" = "))
}

static WORDS: LazyLock<BTreeMap<Language, Environment<'static>>> = LazyLock::new(|| {
    let environment = |language| {
        let mut all = Environment::new();
        all.set_undefined_behavior(UndefinedBehavior::Strict);
        for (key, sentence) in sentences(language) {
            all.add_template(key, sentence).expect("a sentence of ours that a test says");
        }
        (language, all)
    };
    Language::ALL.into_iter().map(environment).collect()
});

/// One language, with what is filled into its sentences.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) language: Language,
    with: Value,
}

impl Words {
    pub(super) fn new(language: Language, with: Value) -> Self {
        Self { language, with }
    }

    /// The sentence `key`.
    pub(super) fn say(&self, key: &str) -> Result<String, minijinja::Error> {
        let all = WORDS.get(&self.language).ok_or(minijinja::ErrorKind::TemplateNotFound)?;
        all.get_template(key)?.render(&self.with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is filled in, by name.
    fn blanks(sentence: &str) -> Vec<&str> {
        let mut blanks: Vec<&str> =
            sentence.split("{{ ").skip(1).filter_map(|rest| rest.split(" }}").next()).collect();
        blanks.sort_unstable();
        blanks
    }

    #[test]
    fn every_language_has_every_sentence_with_the_same_blanks() {
        let english: Vec<_> = sentences(Language::En).collect();
        assert!(english.len() > 60);
        for language in Language::ALL {
            let others: Vec<_> = sentences(language).collect();
            assert_eq!(others.len(), english.len(), "{language:?}");
            for ((key, sentence), (other_key, other)) in english.iter().zip(others) {
                assert_eq!((*key, blanks(sentence)), (other_key, blanks(other)), "{language:?}");
                assert!(!other.trim().is_empty());
                // A code is called so in German too.
                let is_other = other != *sentence || *key == "code";
                assert!(language == Language::En || is_other, "{language:?} {key} is not translated");
            }
            let lines = source(language).lines().filter(|line| !line.is_empty()).count();
            assert_eq!(lines, english.len(), "{language:?}: a line is no sentence");
        }
    }
}
