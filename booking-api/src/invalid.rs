//! What is wrong with a body that could be read: each fault by the place where it is (a JSON pointer, RFC 6901).

use serde::Serialize;

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: `/tiers/0/price`.
    pub pointer: String,
    /// What, and how to mend it.
    pub detail: String,
}

/// The body says things that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", in_words(.0))]
pub struct Invalid(pub Vec<Fault>);

/// Collects faults, so that a caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct Checks(Vec<Fault>);

impl Checks {
    /// The most faults that are told; an import of 20,000 bad seats is one mistake, not 20,000.
    const MOST: usize = 20;

    /// Notes a fault at `pointer` unless `holds`.
    pub fn that(&mut self, holds: bool, pointer: impl Into<String>, detail: impl Into<String>) {
        if !holds && self.0.len() < Self::MOST {
            self.0.push(Fault { pointer: pointer.into(), detail: detail.into() });
        }
    }

    /// Checks that `text` has `1..=most` characters and none that controls a terminal.
    pub fn text(&mut self, text: &str, most: usize, pointer: &str) {
        let length = text.chars().count();
        self.that((1..=most).contains(&length), pointer, format!("has 1 to {most} characters, not {length}"));
        self.that(!text.contains(char::is_control), pointer, "has no control characters");
        self.that(text.trim() == text, pointer, "begins and ends with something visible");
    }

    /// The same for a text that may be absent.
    pub fn optional_text(&mut self, text: Option<&str>, most: usize, pointer: &str) {
        if let Some(text) = text {
            self.text(text, most, pointer);
        }
    }

    /// Everything noted at places below `at`.
    pub fn below(&mut self, at: &str, invalid: Invalid) {
        for fault in invalid.0 {
            self.that(false, format!("{at}{}", fault.pointer), fault.detail);
        }
    }

    /// Whether nothing was wrong.
    ///
    /// # Errors
    /// All faults, in the order in which they were found.
    pub fn done(self) -> Result<(), Invalid> {
        if self.0.is_empty() { Ok(()) } else { Err(Invalid(self.0)) }
    }
}

fn in_words(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect::<Vec<_>>().join("; ")
}
