//! Bypass rules: which requests pass by the line of a room. The first rule that matches counts; requests that it lets through
//! take no slot and are counted apart. Pure but for its parts.

pub mod change;
pub mod count;
pub mod handler;
pub mod let_through;
pub mod staff;
pub mod store;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::id::StaffTokenId;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{WrongSetting, check_text};
use crate::site::Pattern;

/// The most rules of one room.
pub const RULES_MAX: usize = 50;
/// The most staff tokens of one room at a time.
pub const STAFF_MAX: usize = 100;
/// The longest name of a rule and of a staff token, in characters.
pub const NAME_MAX: usize = 100;

/// What passes by the line of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Bypass {
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// The staff tokens that hold.
    pub staff: Vec<Staff>,
}

/// One rule. All that it names must be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What its organizer calls it.
    pub name: String,
    /// The path is this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Pattern>,
    /// The client asks from this network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// The request carries a staff token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub staff: bool,
}

/// A range of addresses, or one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

/// A text that is no range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a network is an address such as 192.0.2.7, or a range such as 192.0.2.0/24")]
pub struct NoNetwork;

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        let one = || text.parse::<IpAddr>().ok().map(IpNet::from);
        text.parse().ok().or_else(one).map(|network| Self(network.trunc())).ok_or(NoNetwork)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

/// A staff token, as its room lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Staff {
    /// Which.
    pub id: StaffTokenId,
    /// Whose, or what for.
    pub label: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A request, as rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// Its path, as it was sent.
    pub path: &'a str,
    /// The address of the client, as the gate and the proxies that it trusts know it.
    pub client: IpAddr,
    /// Whether it carries a staff token that holds.
    pub is_staff: bool,
}

impl Rule {
    /// Whether it lets `attempt` through.
    pub fn matches(&self, attempt: &Attempt<'_>) -> bool {
        self.path.as_ref().is_none_or(|path| path.is_surely(attempt.path))
            && self.network.is_none_or(|network| network.0.contains(&attempt.client))
            && (attempt.is_staff || !self.staff)
    }

    /// What it looks at, for metrics.
    pub const fn looks_at(&self) -> &'static str {
        match (self.path.is_some(), self.network.is_some(), self.staff) {
            (true, false, false) => "path",
            (false, true, false) => "address",
            (false, false, true) => "staff",
            _ => "several",
        }
    }
}

impl Bypass {
    /// The first rule that lets `attempt` through.
    pub fn rule_for(&self, attempt: &Attempt<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(attempt))
    }

    /// Whether the room lists the token `id`, and it has not ended.
    pub fn lists(&self, id: StaffTokenId, now: DateTime<Utc>) -> bool {
        self.staff.iter().any(|staff| staff.id == id && staff.expires_at > now)
    }
}

/// Whether a room may have these `rules`.
///
/// # Errors
/// [`WrongSetting`]: the first thing that is wrong with them.
pub fn check(rules: &[Rule]) -> Result<(), WrongSetting> {
    let wrong = |bounds: &str| Err(WrongSetting { field: "rules", bounds: bounds.to_owned() });
    if rules.len() > RULES_MAX {
        return wrong(&format!("at most {RULES_MAX} rules"));
    }
    for (at, rule) in rules.iter().enumerate() {
        check_text("rules.name", &rule.name, NAME_MAX)?;
        if rules[..at].iter().any(|other| other.name == rule.name) {
            return wrong("rules with different names");
        }
        if rule.path.is_none() && rule.network.is_none() && !rule.staff {
            return wrong("rules that each name a path, a network, or staff");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(value: serde_json::Value) -> Vec<Rule> {
        serde_json::from_value(value).unwrap()
    }

    fn attempt<'a>(path: &'a str, client: &str, is_staff: bool) -> Attempt<'a> {
        Attempt { path, client: client.parse().unwrap(), is_staff }
    }

    #[test]
    fn the_first_rule_that_matches_counts_and_all_it_names_must_be_so() {
        let rules = rules(json!([
            { "name": "status", "path": "/status" },
            { "name": "office", "path": "/admin/*", "network": "192.0.2.0/24" },
            { "name": "crew", "staff": true },
            { "name": "box", "network": "2001:db8::/32" },
        ]));
        assert_eq!(check(&rules), Ok(()));
        let bypass = Bypass { rules, staff: Vec::new() };
        let named = |attempt: Attempt<'_>| bypass.rule_for(&attempt).map(|rule| rule.name.as_str());
        assert_eq!(named(attempt("/status", "9.9.9.9", true)), Some("status"));
        assert_eq!(named(attempt("/admin/x", "192.0.2.7", true)), Some("office"));
        assert_eq!(named(attempt("/admin/x", "192.0.3.7", false)), None);
        assert_eq!(named(attempt("/tickets", "192.0.2.7", false)), None);
        assert_eq!(named(attempt("/tickets", "9.9.9.9", true)), Some("crew"));
        assert_eq!(named(attempt("/tickets", "2001:db8::7", false)), Some("box"));
        assert_eq!(named(attempt("/admin/../tickets", "192.0.2.7", false)), None);
        let seen: Vec<_> = bypass.rules.iter().map(Rule::looks_at).collect();
        assert_eq!(seen, ["path", "several", "staff", "address"]);
    }

    #[test]
    fn a_rule_that_lets_everything_through_is_none() {
        let wrong = |value| check(&rules(value)).unwrap_err().to_string();
        assert!(wrong(json!([{ "name": "all" }])).contains("each name"));
        assert!(wrong(json!([{ "name": "", "staff": true }])).contains("rules.name"));
        let twice = json!([{ "name": "a", "staff": true }, { "name": "a", "path": "/b" }]);
        assert!(wrong(twice).contains("different names"));
        for bad in [
            json!({ "name": "a", "network": "192.0.2.0/33" }),
            json!({ "name": "a", "network": "all" }),
            json!({ "name": "a", "path": "b" }),
            json!({ "name": "a", "path": "/b", "host": "c" }),
        ] {
            assert!(serde_json::from_value::<Rule>(bad.clone()).is_err(), "{bad}");
        }
        let one = Network::try_from("192.0.2.77/24".to_owned()).unwrap();
        assert_eq!(String::from(one), "192.0.2.0/24");
    }
}
