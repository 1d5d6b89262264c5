//! Codes that sign somebody in, sent by mail: eight digits, good for ten minutes, once, and for five tries.

pub mod handler;
pub mod purge;
pub mod request;
pub mod sign_in;
pub mod store;

use chrono::TimeDelta;
use contracts::id::MailCodeId;
use platform::ids::secret;

use crate::code::CodeSecret;

/// How long a code is good.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);
/// How many tries a code has, the right one among them.
pub const TRIES: i32 = 5;

/// A code: eight digits that nobody can guess in five tries.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

/// It stays out of logs.
impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digits")
    }
}

impl Digits {
    /// New ones.
    pub fn new() -> Self {
        Self(format!("{:08}", u64::from_le_bytes(secret()) % 100_000_000))
    }

    /// Reads what somebody typed; spaces do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(Self(digits))
    }

    /// As a mail shows it.
    pub fn shown(&self) -> String {
        let (front, back) = self.0.split_at(4);
        format!("{front} {back}")
    }

    /// What is kept of it.
    pub fn hash(&self, secret: &CodeSecret, id: MailCodeId) -> [u8; 32] {
        secret.keyed("sign-in", &[id.uuid().as_bytes(), self.0.as_bytes()])
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_shown_and_kept_under_the_secret_for_one_request() {
        let code = Digits::new();
        assert_eq!(Digits::parse(&code.shown()), Some(code.clone()));
        for wrong in ["", "1234567", "123456789", "1234567x", "١٢٣٤٥٦٧٨"] {
            assert_eq!(Digits::parse(wrong), None, "{wrong}");
        }
        let secret = |byte| CodeSecret::new(vec![byte; 32]).unwrap();
        let id = |id| MailCodeId::from(Uuid::from_u128(id));
        let kept = code.hash(&secret(1), id(1));
        assert_ne!(kept, code.hash(&secret(2), id(1)));
        assert_ne!(kept, code.hash(&secret(1), id(2)));
    }
}
