//! E-mail addresses.

use crate::id::AccountId;

/// An e-mail address, in lower case. Only the shape is known, not whether anybody reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The longest address (RFC 5321 section 4.5.3.1.3, without the brackets).
    const LONGEST: usize = 254;

    /// Reads what somebody typed.
    pub fn parse(text: &str) -> Option<Self> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let visible = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[]\\,;:\"@".contains(c);
        let good = !local.is_empty()
            && is_somebodys(&address)
            && address.len() <= Self::LONGEST
            && local.chars().all(visible)
            && domain.chars().all(visible)
            && domain.split('.').all(|label| !label.is_empty());
        good.then_some(Self(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Stands for the address of a guest who has told none yet. Nothing is ever sent there (RFC 2606 keeps `invalid` free).
    pub fn nobodys(account: AccountId) -> Self {
        Self(format!("{account}{NOBODY}"))
    }

    /// The address, where it is somebody's.
    pub fn known(&self) -> Option<&str> {
        is_somebodys(&self.0).then_some(&self.0)
    }
}

const NOBODY: &str = "@guest.invalid";

/// Whether mail may go to an address: it does not stand for one that nobody has told.
pub fn is_somebodys(address: &str) -> bool {
    !address.ends_with(NOBODY)
}

/// Addresses stay out of logs.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email")
    }
}

/// From a column that a constraint keeps in shape.
impl From<String> for Email {
    fn from(address: String) -> Self {
        Self(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_lower_case_and_nonsense_is_not() {
        assert_eq!(Email::parse(" Ada@Example.org ").unwrap().as_str(), "ada@example.org");
        let guest = "x@guest.invalid";
        for text in ["", "ada", "@x", "ada@", "a da@x.org", "ada@x..org", "<ada@x.org>", "a@b@c.org", guest] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
    }
}
