//! Against those who take more than their part of a line: work before a place, limits for addresses and networks, few
//! sockets for each visitor. Every measure is off until its organizer turns it on, and can be watched before it binds.
//!
//! A shield stands before a *new* place only. Who holds one needs nothing more, whatever they do (promise W3).

pub mod budget;
pub mod change;
pub mod count;
pub mod demand;
pub mod handler;
pub mod judge;
pub mod memory;
pub mod report;
pub mod store;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};
use contracts::proof;
use serde::{Deserialize, Serialize};

use crate::room::WrongSetting;

/// How a measure acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Not at all.
    #[default]
    Off,
    /// It counts what it would refuse, and lets it through.
    Observe,
    /// It refuses.
    Enforce,
}

/// What a shield consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Work before a place.
    Proof,
    /// New places for each address and network.
    Joins,
    /// Challenges for each address and network.
    Challenges,
    /// Live connections opened from each address and network.
    Sockets,
    /// Live connections of each visitor.
    Tabs,
}

impl Measure {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 5] = [Self::Proof, Self::Joins, Self::Challenges, Self::Sockets, Self::Tabs];

    /// The name in settings, reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Joins => "joins",
            Self::Challenges => "challenges",
            Self::Sockets => "sockets",
            Self::Tabs => "tabs",
        }
    }
}

/// The shield of a room, as its organizer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shield {
    /// Work before a place.
    pub proof: Mode,
    /// New places for each address and network.
    pub joins: Mode,
    /// Challenges for each address and network.
    pub challenges: Mode,
    /// Live connections opened from each address and network.
    pub sockets: Mode,
    /// Live connections of each visitor.
    pub tabs: Mode,
    /// How many new places a minute are no reason to ask for more work.
    pub normal: u32,
    /// The zero bits that are asked for then.
    pub easiest: u8,
    /// The most that are asked for.
    pub hardest: u8,
    /// How long those who cannot calculate wait, in seconds.
    pub wait: u16,
    /// When it was last changed: what was counted before is not reported.
    pub since: Option<DateTime<Utc>>,
}

impl Default for Shield {
    fn default() -> Self {
        Self {
            proof: Mode::Off,
            joins: Mode::Off,
            challenges: Mode::Off,
            sockets: Mode::Off,
            tabs: Mode::Off,
            normal: 600,
            easiest: 16,
            hardest: 21,
            wait: 30,
            since: None,
        }
    }
}

impl Shield {
    /// How `measure` acts.
    pub fn mode(&self, measure: Measure) -> Mode {
        match measure {
            Measure::Proof => self.proof,
            Measure::Joins => self.joins,
            Measure::Challenges => self.challenges,
            Measure::Sockets => self.sockets,
            Measure::Tabs => self.tabs,
        }
    }

    /// Whether all is in its bounds.
    ///
    /// # Errors
    /// [`WrongSetting`]: the first that is not.
    pub fn check(&self) -> Result<(), WrongSetting> {
        let wrong = |field, bounds: String| Err(WrongSetting { field, bounds });
        if !(1..=1_000_000).contains(&self.normal) {
            return wrong("normal", "between 1 and 1000000 new places a minute".to_owned());
        }
        let hardest = proof::HARDEST;
        if self.easiest > self.hardest || self.hardest > hardest {
            let field = if self.hardest > hardest { "hardest" } else { "easiest" };
            return wrong(field, format!("bits with 0 ≤ easiest ≤ hardest ≤ {hardest}"));
        }
        if !(5..=600).contains(&self.wait) {
            return wrong("wait", "between PT5S and PT10M".to_owned());
        }
        Ok(())
    }
}

/// What counts as one network: a /24 of IPv4 or a /48 of IPv6, which is what one site gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The network of `address`.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        })
    }

    /// Its address, for the key of a budget.
    pub fn address(self) -> IpAddr {
        self.0
    }
}

impl std::fmt::Display for Network {
    /// The network; no address in it is told.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bits = if self.0.is_ipv4() { 24 } else { 48 };
        write!(f, "{}/{bits}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_24_bits_of_one_version_and_48_of_the_other() {
        let network = |text: &str| Network::of(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(network("::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::77"), "2001:db8:1::/48");
    }

    #[test]
    fn a_shield_has_bounds_and_is_off_by_default() {
        let usual = Shield::default();
        assert_eq!(usual.check(), Ok(()));
        assert!(Measure::ALL.iter().all(|measure| usual.mode(*measure) == Mode::Off));
        assert_eq!(serde_json::from_str::<Shield>("{}").unwrap(), usual);
        let wrong = |shield: Shield| shield.check().unwrap_err().field;
        assert_eq!(wrong(Shield { normal: 0, ..usual }), "normal");
        assert_eq!(wrong(Shield { easiest: 22, ..usual }), "easiest");
        assert_eq!(wrong(Shield { hardest: 25, ..usual }), "hardest");
        assert_eq!(wrong(Shield { wait: 4, ..usual }), "wait");
        assert_eq!(wrong(Shield { wait: 601, ..usual }), "wait");
    }
}
