//! A sentence with blanks: `Hello {{ name }}!`.

use std::fmt::{self, Write};

/// What stands in a sentence, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(&'static str),
    Blank(&'static str),
}

/// A sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence(Vec<Part>);

impl Sentence {
    /// The sentence that `text` is; `None` where a brace opens or closes no blank.
    pub(crate) fn read(text: &'static str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{ ") {
            let (name, after) = after.split_once(" }}")?;
            let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                return None;
            }
            parts.extend([Part::Text(before), Part::Blank(name)]);
            rest = after;
        }
        parts.push(Part::Text(rest));
        parts.retain(|part| *part != Part::Text(""));
        let is_clear = |part: &Part| matches!(part, Part::Text(text) if text.contains(['{', '}']));
        (!parts.is_empty() && !parts.iter().any(is_clear)).then_some(Self(parts))
    }

    /// The names of its blanks.
    pub(crate) fn blanks(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|part| match part {
            Part::Blank(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    /// Writes its texts with `text`, and what is in its blanks with `blank`.
    pub(crate) fn write(
        &self,
        out: &mut String,
        text: impl Fn(&mut String, &str) -> fmt::Result,
        blank: impl Fn(&mut String, &str) -> fmt::Result,
    ) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(words) => text(out, words),
            Part::Blank(name) => blank(out, name),
        })
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(words) => f.write_str(words),
            Part::Blank(name) => write!(f, "{{{{ {name} }}}}"),
        })
    }
}

/// Writes a text as it is.
pub(crate) fn plainly(out: &mut String, text: &str) -> fmt::Result {
    out.write_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_read_as_it_is_written() {
        for text in ["Go on", "{{ name }}", "About {{ count }} minutes, {{ your_name }}."] {
            assert_eq!(Sentence::read(text).unwrap().to_string(), text);
        }
        for text in ["", "{{ name", "{{name}}", "{{ Name }}", "{ name }", "a }} b", "{{  }}", "{{ a|b }}"] {
            assert_eq!(Sentence::read(text), None, "{text}");
        }
        let sentence = Sentence::read("{{ a }} and {{ b }}").unwrap();
        assert_eq!(sentence.blanks().collect::<Vec<_>>(), ["a", "b"]);
    }
}
