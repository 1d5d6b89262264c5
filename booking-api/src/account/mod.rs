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

pub use contracts::email::Email;
use contracts::{id::AccountId, session::Role};

use crate::invalid::{Checks, Invalid};

/// The longest name, in characters; the database takes no longer one.
pub const NAME_MAX: usize = 200;

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

/// What stands in the column `role`.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Fan => "fan",
        Role::Organizer => "organizer",
    }
}

/// The name of somebody new, who may have told none.
pub(crate) fn check_name(name: Option<&str>) -> Result<(), Invalid> {
    let mut checks = Checks::default();
    checks.optional_text(name, NAME_MAX, "/name");
    checks.done()
}

/// The same and the address.
pub(crate) fn check_person(email: &str, name: Option<&str>) -> Result<Email, Invalid> {
    let mut checks = Checks::default();
    let email = Email::parse(email);
    checks.that(email.is_some(), "/email", "is an address like ada@example.org");
    checks.optional_text(name, NAME_MAX, "/name");
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
