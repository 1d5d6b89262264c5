//! Who people are. A fan registers or goes on as a guest; organizers are made by the operator.

pub mod change_password;
pub mod guest;
pub mod handler;
pub mod make_organizer;
pub mod password;
pub mod reach;
pub mod register;
pub mod sign_in;
pub mod store;
pub mod tries;

use std::net::IpAddr;

use contracts::{id::AccountId, session::Role};

use crate::invalid::{Checks, Invalid};

/// From where somebody asks who is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// What their browser or app is called.
    pub label: &'a str,
    /// Their address, where the gate told it.
    pub address: Option<IpAddr>,
}

/// Somebody we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub id: AccountId,
    /// Where mail goes.
    pub email: Email,
    /// What to call them.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
}

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
pub(crate) fn is_somebodys(address: &str) -> bool {
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

/// What stands in the column `role`.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Fan => "fan",
        Role::Organizer => "organizer",
    }
}

/// The address and the name of somebody new.
pub(crate) fn check_person(email: &str, name: Option<&str>) -> Result<Email, Invalid> {
    let mut checks = Checks::default();
    let email = Email::parse(email);
    checks.that(email.is_some(), "/email", "is an address like ada@example.org");
    checks.optional_text(name, 200, "/name");
    checks.done()?;
    email.ok_or_else(|| Invalid(Vec::new()))
}

/// A password that somebody chose: long enough, and short enough to hash.
pub(crate) fn check_password(password: &str) -> Result<(), Invalid> {
    let mut checks = Checks::default();
    let length = password.chars().count();
    checks.that((8..=200).contains(&length), "/password", "has 8 to 200 characters");
    checks.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_lower_case_and_nonsense_is_not() {
        assert_eq!(Email::parse(" Ada@Example.org ").unwrap().as_str(), "ada@example.org");
        for text in [
            "",
            "ada",
            "@x",
            "ada@",
            "a da@x.org",
            "ada@x..org",
            "<ada@x.org>",
            "a@b@c.org",
            "x@guest.invalid",
        ] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
    }
}
