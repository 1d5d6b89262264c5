//! A site that is not ours: its public host, where it is really served, and which of its paths a room guards.
//!
//! Requests for its host pass [`handler::stand_before`]: the line's own paths are the gate's, guarded paths take a pass, and
//! all others go through to the origin as they are.

pub mod address;
pub mod back;
pub mod config;
pub mod handler;
pub mod head;
pub mod pass_on;
pub mod spelling;

use serde::{Deserialize, Serialize};

pub use self::{
    address::{Host, Origin},
    config::SiteConfig,
};
use crate::room::WrongSetting;

/// The most path patterns of one site.
const PATHS_MAX: usize = 50;
/// The longest pattern.
const PATTERN_MAX: usize = 200;

/// A site that is not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// Under which host browsers find it. Its name leads to the gate.
    pub host: Host,
    /// Where it is really served.
    pub origin: Origin,
    /// What is guarded. Everything else goes through.
    pub paths: Vec<Pattern>,
}

/// Paths: one, or with `/*` at the end also all beneath it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// A text that is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pattern is a plain path such as /checkout, or with /* at its end such as /tickets/*")]
pub struct NoPattern;

impl TryFrom<String> for Pattern {
    type Error = NoPattern;

    fn try_from(text: String) -> Result<Self, NoPattern> {
        let path = text
            .strip_suffix("/*")
            .map_or(text.as_str(), |prefix| if prefix.is_empty() { "/" } else { prefix });
        let fits =
            text.len() <= PATTERN_MAX && spelling::is_plain(path) && (path == "/" || !path.ends_with('/'));
        if fits { Ok(Self(text)) } else { Err(NoPattern) }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl Pattern {
    /// Its path, without the `/*`; of all paths, nothing.
    fn path(&self) -> &str {
        self.0.strip_suffix("/*").unwrap_or(&self.0)
    }

    /// Whether it covers one of the readings of a path. What is beneath a guarded path is guarded too, and so is the path with
    /// an ending such as `.json`: there are origins that answer those alike.
    fn covers(&self, segments: &[String]) -> bool {
        let path = self.path().to_lowercase();
        let wanted: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let Some((last, first)) = wanted.split_last() else { return true };
        segments.len() >= wanted.len()
            && first.iter().zip(segments).all(|(wanted, segment)| wanted == segment)
            && segments[first.len()]
                .strip_prefix(last)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether `path` is exactly this, or for `/*` beneath it, letter by letter, and can be read in no other way.
    pub fn is_surely(&self, path: &str) -> bool {
        let beneath = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        spelling::is_plain(path) && self.0.strip_suffix("/*").map_or_else(|| path == self.0, beneath)
    }
}

impl Site {
    /// Whether `path` is guarded: in any spelling that some origin might take for a guarded path.
    pub fn guards(&self, path: &str) -> bool {
        let Some(readings) = spelling::readings(path) else { return true };
        readings.iter().any(|segments| self.paths.iter().any(|pattern| pattern.covers(segments)))
    }

    /// Where its fans come in when nobody knows where they came from: the first guarded path.
    pub fn front(&self) -> &str {
        match self.paths.first().map_or("", Pattern::path) {
            "" => "/",
            path => path,
        }
    }

    /// Whether it is one that may be guarded at all; who may guard it says [`SiteConfig::permits`].
    ///
    /// # Errors
    /// [`WrongSetting`] without patterns, or with too many.
    pub fn check(&self) -> Result<(), WrongSetting> {
        if (1..=PATHS_MAX).contains(&self.paths.len()) {
            Ok(())
        } else {
            Err(WrongSetting { field: "site.paths", bounds: format!("1 to {PATHS_MAX} patterns") })
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn site(paths: &[&str]) -> Site {
        let paths = paths.iter().map(|path| Pattern::try_from((*path).to_owned()).unwrap()).collect();
        Site { host: "shop.example".parse().unwrap(), origin: "http://10.0.0.5:8080".parse().unwrap(), paths }
    }

    #[test]
    fn a_pattern_guards_its_path_and_all_beneath_in_every_spelling() {
        let site = site(&["/tickets/*", "/Checkout"]);
        for path in [
            "/tickets",
            "/tickets/",
            "/tickets/a/b",
            "/TICKETS",
            "//tickets/x",
            "/%74ickets",
            "/x/../tickets/y",
            "/tickets.json",
            "/tickets;a",
            "/tickets.",
            "/checkout",
            "/checkout/pay",
            "/CHECKOUT.php/x",
            "/%zz",
            "/tickets/../about",
            "/tickets\\a",
        ] {
            assert!(site.guards(path), "{path}");
        }
        for path in ["/", "/about", "/ticketsale", "/old/tickets", "/check-out", "*", "/caf%C3%A9", "/a/../b"]
        {
            assert!(!site.guards(path), "{path}");
        }
        assert!(super::tests::site(&["/*"]).guards("/"));
        assert!(super::tests::site(&["/*"]).guards("*"));
    }

    #[test]
    fn what_lets_through_matches_letter_by_letter() {
        let [one, tree] =
            ["/api/status", "/api/public/*"].map(|text| Pattern::try_from(text.to_owned()).unwrap());
        assert!(
            one.is_surely("/api/status")
                && tree.is_surely("/api/public")
                && tree.is_surely("/api/public/a.js")
        );
        for path in [
            "/api/status/",
            "/API/status",
            "/api//status",
            "/api/statu%73",
            "/api/buy/../status",
            "/api/status;a",
        ] {
            assert!(!one.is_surely(path), "{path}");
        }
        for path in ["/api/publicity", "/api/public/../buy", "/api/public/%2e%2e/buy", "/api/public/..;/buy"]
        {
            assert!(!tree.is_surely(path), "{path}");
        }
    }

    #[test]
    fn only_plain_paths_are_patterns() {
        for text in ["/", "/*", "/a", "/a/*", "/a/b.html"] {
            assert!(Pattern::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in
            ["", "*", "a", "/a/", "/a//*", "/a/../b", "/*/a", "/a*", "/a?b", "/a%20", "https://a/b", "/a;b"]
        {
            assert_eq!(Pattern::try_from(text.to_owned()), Err(NoPattern), "{text}");
        }
    }
}
