//! Codes that organizers give out: how many at once, how they are written down, how they are kept, and how slowly they are
//! guessed.

pub mod guess;
pub mod handler;
pub mod store;
pub mod table;

pub use contracts::access_code::{Code, LENGTHS};
use contracts::id::EventId;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// The longest label.
pub const LABEL_MAX: usize = 100;
/// How many codes one call imports.
pub const IMPORT_MAX: usize = 10_000;
/// How many codes one answer holds.
pub const PAGE: i64 = 1000;
/// How many codes one export holds.
pub const EXPORT: i64 = 100_000;

/// The secret under which codes are kept: whoever reads the database without it learns no code.
#[derive(Clone)]
pub struct CodeSecret(Vec<u8>);

impl std::fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeSecret")
    }
}

impl CodeSecret {
    /// From at least 32 bytes; `None` when there are fewer.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= 32).then_some(Self(bytes))
    }

    /// What stands for `parts` under the secret, for one `purpose`. All parts but the last have a fixed length.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    pub fn keyed(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// What is kept of a code that is good for one `purpose` at `event`.
    pub fn hash(&self, purpose: &str, event: EventId, code: &Code) -> [u8; 32] {
        self.keyed(purpose, &[event.uuid().as_bytes(), code.as_str().as_bytes()])
    }
}

/// A value as an organizer writes it: in a table everything is text, in JSON a number may be a number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// A number.
    Number(i64),
    /// A word.
    Word(String),
}

impl Text {
    /// What is written, without the space around it; `None` for nothing.
    pub fn said(&self) -> Option<String> {
        match self {
            Self::Number(number) => Some(number.to_string()),
            Self::Word(word) => Some(word.trim().to_owned()).filter(|word| !word.is_empty()),
        }
    }
}

/// Several names: a list in JSON, apart by `;` in a table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// A list.
    List(Vec<String>),
    /// One text.
    Text(String),
}

impl Names {
    /// The names.
    pub fn all(&self) -> Vec<String> {
        let trimmed = |name: &str| name.trim().to_owned();
        let all: Vec<String> = match self {
            Self::List(names) => names.iter().map(|name| trimmed(name)).collect(),
            Self::Text(text) => text.split(';').map(trimmed).collect(),
        };
        all.into_iter().filter(|name| !name.is_empty()).collect()
    }
}

/// The code, or what is wrong with it in words for its organizer.
///
/// # Errors
/// These words.
pub fn read(text: &str) -> Result<Code, String> {
    Code::parse(text)
        .ok_or_else(|| format!("a code has {} to {} letters and digits", LENGTHS.start(), LENGTHS.end()))
}

/// The label, or what is wrong with it.
///
/// # Errors
/// These words.
pub fn label(text: Option<&Text>) -> Result<Option<String>, String> {
    let label = text.and_then(Text::said);
    let is_wrong = |label: &String| label.chars().count() > LABEL_MAX || label.contains(char::is_control);
    if label.as_ref().is_some_and(is_wrong) {
        return Err(format!("a label has at most {LABEL_MAX} characters, and none that controls"));
    }
    Ok(label)
}

/// A whole number from `least` on; `None` where nothing is written.
///
/// # Errors
/// What is wrong with it.
pub fn number<N: TryFrom<i64> + PartialOrd>(
    text: Option<&Text>,
    name: &str,
    least: i64,
) -> Result<Option<N>, String> {
    let Some(said) = text.and_then(Text::said) else { return Ok(None) };
    let number = said.parse::<i64>().ok().filter(|number| *number >= least);
    let number = number.and_then(|number| N::try_from(number).ok());
    number.map(Some).ok_or_else(|| format!("{name} is a whole number from {least} on"))
}

/// How many may use a code: one where nothing is written, and any number for `many`.
///
/// # Errors
/// What is wrong with it.
pub fn uses(text: Option<&Text>, name: &str) -> Result<Option<i32>, String> {
    if text.and_then(Text::said).as_deref() == Some("many") {
        return Ok(None);
    }
    number(text, name, 1)
        .map(|uses| Some(uses.unwrap_or(1)))
        .map_err(|_| format!("{name} is a number from 1 on, or many"))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_another_for_another_purpose_event_and_secret() {
        let secret = |byte| CodeSecret::new(vec![byte; 32]).unwrap();
        let event = |id| EventId::from(Uuid::from_u128(id));
        let code = |text| Code::parse(text).unwrap();
        let one = secret(1).hash("voucher", event(1), &code("ABC-123"));
        assert_eq!(one, secret(1).hash("voucher", event(1), &code("abc123")));
        for other in [
            secret(1).hash("presale", event(1), &code("ABC123")),
            secret(1).hash("voucher", event(2), &code("ABC123")),
            secret(1).hash("voucher", event(1), &code("ABC124")),
            secret(2).hash("voucher", event(1), &code("ABC123")),
        ] {
            assert_ne!(one, other);
        }
        assert!(CodeSecret::new(vec![1; 31]).is_none());
    }

    #[test]
    fn what_is_written_is_read_or_told_what_is_wrong() {
        let word = |text: &str| Some(Text::Word(text.to_owned()));
        assert_eq!(uses(None, "uses"), Ok(Some(1)));
        assert_eq!(uses(word(" many ").as_ref(), "uses"), Ok(None));
        assert_eq!(uses(Some(&Text::Number(25)), "uses"), Ok(Some(25)));
        for wrong in ["0", "-1", "some", "99999999999"] {
            assert!(uses(word(wrong).as_ref(), "uses").is_err(), "{wrong}");
        }
        assert_eq!(number::<i64>(word("").as_ref(), "budget", 1), Ok(None));
        assert!(number::<i64>(word("1.5").as_ref(), "budget", 1).is_err());
        assert!(label(word(&"x".repeat(101)).as_ref()).is_err());
        assert_eq!(Names::Text("Gold; ;Floor".to_owned()).all(), ["Gold", "Floor"]);
    }
}
