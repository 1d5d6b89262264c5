//! Signing in by another provider (OpenID Connect, code flow with PKCE). The provider says who somebody is; what they may do
//! here is our own affair.
//!
//! Three things bind an answer of the provider to the browser that asked. A cookie holds a secret of the browser. What Redis keeps of
//! an attempt lies under a hash of that secret and of the `state`: whoever brings one without the other finds nothing, and an
//! attempt that was found is gone. The `nonce` and the verifier of PKCE are worked out of both and stand nowhere.

pub mod begin;
pub mod discover;
pub mod finish;
pub mod handler;
pub mod read;
pub mod store;
pub mod verify;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::session::Role;
use hmac::{Hmac, KeyInit, Mac};
use platform::ids::secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// The cookie with the secret of a browser that is signing in.
pub const COOKIE: &str = "__Host-usher_sign_in";
/// How long somebody may take at the provider.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);
/// The longest path that one is led back to.
const WAY_BACK_MAX: usize = 1_000;

/// A provider that the operator trusts.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// What it is called in paths.
    pub id: String,
    /// What it is called on the page.
    pub name: String,
    /// Who it is, to the letter.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// What we share with it.
    pub secret: Option<String>,
    /// For the addresses of which domains its word counts; for all where it names none.
    pub domains: Vec<String>,
    /// Whether it is called without TLS: for one on this machine.
    pub plain: bool,
}

/// It stays out of logs.
impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({})", self.id)
    }
}

impl Provider {
    /// Whether its word counts for this address.
    pub fn speaks_for(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.is_empty() || self.domains.iter().any(|one| one.eq_ignore_ascii_case(domain))
    }
}

/// The secret of a browser that is signing in.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser([u8; 32]);

/// It stays out of logs.
impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser")
    }
}

impl Browser {
    /// A new one.
    pub fn make() -> Self {
        Self(secret())
    }

    /// From a cookie.
    pub fn read(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// For the cookie.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Where the attempt with this `state` is kept.
    pub fn place(&self, state: &str) -> String {
        format!("sign-in:{}", self.derived("place", state))
    }

    /// What the ID token of the attempt must repeat.
    pub fn nonce(&self, state: &str) -> String {
        self.derived("nonce", state)
    }

    /// What only whoever began the attempt can show (RFC 7636).
    pub fn verifier(&self, state: &str) -> String {
        self.derived("verifier", state)
    }

    /// What is told of the verifier beforehand.
    pub fn challenge(&self, state: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier(state).as_bytes()))
    }

    fn derived(&self, purpose: &str, state: &str) -> String {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.0).expect("a code takes a key of any length");
        code.update(format!("{purpose}\n{state}").as_bytes());
        URL_SAFE_NO_PAD.encode(code.finalize().into_bytes())
    }
}

/// Somebody was sent to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// To which.
    pub provider: String,
    /// Where they go when they are back.
    pub to: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Where somebody goes on who asked for `path`: inside this site, or to its beginning.
pub fn way_back(path: Option<&str>) -> String {
    let inside = |path: &str| {
        let is_path = path.starts_with('/') && path.len() <= WAY_BACK_MAX;
        let is_plain = path.chars().all(|c| c.is_ascii_graphic() && c != '\\');
        // As a browser reads it: two slashes lead to another host.
        let here: Url = "https://here.invalid/".parse().ok()?;
        let there = here.join(path).ok()?;
        (is_path && is_plain && there.origin() == here.origin()).then(|| path.to_owned())
    };
    path.and_then(inside).unwrap_or_else(|| "/".to_owned())
}

/// What a provider says of somebody, found genuine.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// Which provider, to the letter.
    pub issuer: String,
    /// Who, for good: its own name for them.
    pub subject: String,
    /// Their address, where the provider tells one.
    pub email: Option<String>,
    /// Whether it says that the address is theirs.
    pub is_verified: bool,
    /// What to call them.
    pub name: Option<String>,
}

/// It names somebody, and stays out of logs.
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Said({})", self.issuer)
    }
}

/// An account with a password that has the address of whoever comes for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it may do.
    pub role: Role,
    /// Whether somebody has shown before that they read what is mailed to the address.
    pub is_proven: bool,
}

/// What becomes of somebody whom a provider names for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// A new account.
    New,
    /// The account with their address is theirs.
    Theirs,
    /// The account with their address becomes theirs: whoever made it never showed that the address is theirs, so its password and its
    /// sessions are worth nothing from now on.
    TakenBack,
}

/// What becomes of somebody whom a provider names for the first time and whose address it says is verified. Nobody else is
/// linked to anything: an address alone is a claim.
pub fn first(found: Option<Found>) -> First {
    match found {
        None => First::New,
        // The operator made it, and named the address.
        Some(Found { role: Role::Organizer, .. } | Found { is_proven: true, .. }) => First::Theirs,
        Some(Found { role: Role::Fan, is_proven: false }) => First::TakenBack,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_nowhere_else() {
        for path in ["/", "/e/1?x=2#there", "/checkout/abc"] {
            assert_eq!(way_back(Some(path)), path);
        }
        let long = format!("/{}", "x".repeat(WAY_BACK_MAX));
        for path in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/e\r\nSet-Cookie: a=b",
            "",
            "evil",
            "///evil.example",
            "/é",
            long.as_str(),
        ] {
            assert_eq!(way_back(Some(path)), "/", "{path:?}");
        }
        assert_eq!(way_back(None), "/");
    }

    #[test]
    fn what_binds_an_attempt_takes_the_browser_and_the_state() {
        let (one, other) = (Browser([1; 32]), Browser([2; 32]));
        assert_eq!(Browser::read(&one.text()).as_ref(), Some(&one));
        assert_eq!(Browser::read("short"), None);
        let all =
            |browser: &Browser, state| [browser.place(state), browser.nonce(state), browser.verifier(state)];
        let ones = all(&one, "s");
        assert!(ones.iter().all(|text| text.len() >= 43), "{ones:?}");
        for others in [all(&other, "s"), all(&one, "t")] {
            assert!(ones.iter().all(|text| !others.contains(text)), "{ones:?} {others:?}");
        }
        assert!(!format!("{one:?}").contains(&one.text()));
    }

    #[test]
    fn an_account_whose_address_nobody_proved_is_taken_back_from_whoever_made_it() {
        let found = |role, is_proven| Some(Found { role, is_proven });
        assert_eq!(first(None), First::New);
        assert_eq!(first(found(Role::Fan, true)), First::Theirs);
        assert_eq!(first(found(Role::Organizer, false)), First::Theirs);
        assert_eq!(first(found(Role::Fan, false)), First::TakenBack);
    }

    #[test]
    fn a_provider_speaks_for_its_own_domains() {
        let provider = |domains: &[&str]| Provider {
            id: "one".to_owned(),
            name: "One".to_owned(),
            issuer: "https://one.example".to_owned(),
            client: "usher".to_owned(),
            secret: None,
            domains: domains.iter().map(|one| (*one).to_owned()).collect(),
            plain: false,
        };
        assert!(provider(&[]).speaks_for("ada@anywhere.example"));
        assert!(provider(&["hall.example"]).speaks_for("ada@hall.example"));
        assert!(!provider(&["hall.example"]).speaks_for("ada@sub.hall.example"));
        assert!(!provider(&["hall.example"]).speaks_for("hall.example"));
    }
}
