//! How much one address and one network may do in one room. Each gate counts for itself.

use std::{net::IpAddr, num::NonZeroU32};

use clap::Args;
use contracts::id::RoomId;
use governor::clock::{Clock, DefaultClock};
use platform::http::one_network;

use super::Network;
use crate::limiter::{self, Limiter};

/// What each address and each network may do in a shielded room. A whole minute's budget may be used at once, then it
/// refills evenly.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Shielded rooms")]
pub struct ShieldConfig {
    /// New places a minute of one address in one room. Many fans may share an address (a campus, a mobile carrier).
    #[arg(long, env = "QUEUE_GATE_SHIELD_JOINS_PER_ADDRESS", default_value = "120")]
    pub shield_joins_per_address: NonZeroU32,
    /// New places a minute of one network (a /24 of IPv4, a /48 of IPv6) in one room.
    #[arg(long, env = "QUEUE_GATE_SHIELD_JOINS_PER_NETWORK", default_value = "1200")]
    pub shield_joins_per_network: NonZeroU32,
    /// Challenges a minute of one address in one room.
    #[arg(long, env = "QUEUE_GATE_SHIELD_CHALLENGES_PER_ADDRESS", default_value = "600")]
    pub shield_challenges_per_address: NonZeroU32,
    /// Challenges a minute of one network in one room.
    #[arg(long, env = "QUEUE_GATE_SHIELD_CHALLENGES_PER_NETWORK", default_value = "6000")]
    pub shield_challenges_per_network: NonZeroU32,
    /// New places a minute of one address in one room that waited instead of calculating.
    #[arg(long, env = "QUEUE_GATE_SHIELD_WAITS_PER_ADDRESS", default_value = "12")]
    pub shield_waits_per_address: NonZeroU32,
    /// New places a minute of one network in one room that waited instead of calculating.
    #[arg(long, env = "QUEUE_GATE_SHIELD_WAITS_PER_NETWORK", default_value = "60")]
    pub shield_waits_per_network: NonZeroU32,
    /// Live connections that one address may open a minute in one room.
    #[arg(long, env = "QUEUE_GATE_SHIELD_SOCKETS_PER_ADDRESS", default_value = "600")]
    pub shield_sockets_per_address: NonZeroU32,
    /// Live connections that one network may open a minute in one room.
    #[arg(long, env = "QUEUE_GATE_SHIELD_SOCKETS_PER_NETWORK", default_value = "6000")]
    pub shield_sockets_per_network: NonZeroU32,
    /// Live connections that one visitor may have at a time; the oldest gives way.
    #[arg(long, env = "QUEUE_GATE_SHIELD_TABS", default_value = "4")]
    pub shield_tabs: NonZeroU32,
    /// The most addresses, and the most networks, whose budgets of one kind are kept for 10 seconds. When more addresses
    /// come, only their networks are limited until then.
    #[arg(long, env = "QUEUE_GATE_SHIELD_KEYS", default_value = "200000")]
    pub shield_keys: usize,
}

/// What there is a budget of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// New places.
    Joins,
    /// Challenges.
    Challenges,
    /// New places of those who waited.
    Waits,
    /// Live connections.
    Sockets,
}

impl Kind {
    /// The name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joins => "joins",
            Self::Challenges => "challenges",
            Self::Waits => "waits",
            Self::Sockets => "sockets",
        }
    }
}

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of one address.
    Address,
    /// That of its network.
    Network,
}

/// A budget that has nothing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Of what.
    pub kind: Kind,
    /// Whose.
    pub whose: Whose,
    /// How much a minute.
    pub quota: u32,
    /// Seconds until there is something again.
    pub wait: u64,
}

impl Spent {
    /// The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    pub fn fields(&self) -> (String, String) {
        let whose = match self.whose {
            Whose::Address => "address",
            Whose::Network => "network",
        };
        let name = format!("{}-{whose}", self.kind.name());
        (format!("\"{name}\";q={};w=60", self.quota), format!("\"{name}\";r=0;t={}", self.wait))
    }
}

type Key = (RoomId, IpAddr);

/// The two budgets of one kind.
#[derive(Debug)]
struct Pair {
    kind: Kind,
    address: (NonZeroU32, Limiter<Key>),
    network: (NonZeroU32, Limiter<Key>),
}

/// The budgets of all addresses and networks in all shielded rooms.
#[derive(Debug)]
pub struct Budgets {
    pairs: [Pair; 4],
    keys: usize,
    clock: DefaultClock,
}

impl Budgets {
    /// Full budgets.
    pub fn new(config: &ShieldConfig) -> Self {
        let limiter = |quota| (quota, limiter::per_minute(quota));
        let pair =
            |kind, address, network| Pair { kind, address: limiter(address), network: limiter(network) };
        let c = config;
        Self {
            pairs: [
                pair(Kind::Joins, c.shield_joins_per_address, c.shield_joins_per_network),
                pair(Kind::Challenges, c.shield_challenges_per_address, c.shield_challenges_per_network),
                pair(Kind::Waits, c.shield_waits_per_address, c.shield_waits_per_network),
                pair(Kind::Sockets, c.shield_sockets_per_address, c.shield_sockets_per_network),
            ],
            keys: config.shield_keys,
            clock: DefaultClock::default(),
        }
    }

    /// Takes one of `kind` from the budgets of `address` and of its network in `room`.
    ///
    /// # Errors
    /// The budget that has nothing left. Of an address that has nothing left its network pays nothing.
    pub fn take(&self, kind: Kind, room: RoomId, address: IpAddr) -> Result<(), Spent> {
        let Some(pair) = self.pairs.iter().find(|pair| pair.kind == kind) else { return Ok(()) };
        let network = Network::of(address).address();
        let whose =
            [(Whose::Address, &pair.address, one_network(address)), (Whose::Network, &pair.network, network)];
        for (whose, (quota, limiter), key) in whose {
            if limiter.len() >= self.keys {
                ::metrics::counter!(crate::metrics::SHIELD_FULL).increment(1);
                continue;
            }
            if let Err(until) = limiter.check_key(&(room, key)) {
                let wait = until.wait_time_from(self.clock.now()).as_secs() + 1;
                return Err(Spent { kind, whose, quota: quota.get(), wait });
            }
        }
        Ok(())
    }

    /// Forgets the budgets that are full again. To be called now and then, or they add up until no key has room.
    pub fn forget_idle(&self) {
        for pair in &self.pairs {
            for (_, limiter) in [&pair.address, &pair.network] {
                limiter::forget_idle(limiter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use uuid::Uuid;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        shield: ShieldConfig,
    }

    fn budgets(arguments: &[&str]) -> Budgets {
        let line = Line::parse_from([&["gate"], arguments].concat());
        Budgets::new(&line.shield)
    }

    fn take(budgets: &Budgets, kind: Kind, address: &str) -> Result<(), Spent> {
        budgets.take(kind, RoomId::from(Uuid::from_u128(1)), address.parse().unwrap())
    }

    #[test]
    fn an_address_has_its_budget_and_its_network_another() {
        let budgets =
            budgets(&["--shield-joins-per-address=2", "--shield-joins-per-network=3", "--shield-tabs=1"]);
        assert_eq!(take(&budgets, Kind::Joins, "192.0.2.1"), Ok(()));
        assert_eq!(take(&budgets, Kind::Joins, "192.0.2.1"), Ok(()));
        let spent = take(&budgets, Kind::Joins, "192.0.2.1").unwrap_err();
        assert_eq!((spent.whose, spent.quota), (Whose::Address, 2));
        assert!((1..=31).contains(&spent.wait), "{spent:?}");
        assert_eq!(spent.fields().0, r#""joins-address";q=2;w=60"#);
        assert_eq!(spent.fields().1, format!("\"joins-address\";r=0;t={}", spent.wait));
        assert_eq!(take(&budgets, Kind::Joins, "192.0.2.2"), Ok(()));
        assert_eq!(take(&budgets, Kind::Joins, "192.0.2.3").unwrap_err().whose, Whose::Network);
        assert_eq!(take(&budgets, Kind::Joins, "192.0.3.3"), Ok(()), "another network");
        assert_eq!(take(&budgets, Kind::Challenges, "192.0.2.1"), Ok(()), "another budget");
        let other = RoomId::from(Uuid::from_u128(2));
        assert_eq!(budgets.take(Kind::Joins, other, "192.0.2.1".parse().unwrap()), Ok(()), "another room");
    }

    #[test]
    fn addresses_of_ipv6_share_by_64_bits_and_networks_by_48() {
        let budgets = budgets(&["--shield-joins-per-address=1", "--shield-joins-per-network=2"]);
        assert_eq!(take(&budgets, Kind::Joins, "2001:db8:1:1::1"), Ok(()));
        assert_eq!(take(&budgets, Kind::Joins, "2001:db8:1:1::2").unwrap_err().whose, Whose::Address);
        assert_eq!(take(&budgets, Kind::Joins, "2001:db8:1:2::1"), Ok(()));
        assert_eq!(take(&budgets, Kind::Joins, "2001:db8:1:3::1").unwrap_err().whose, Whose::Network);
        assert_eq!(take(&budgets, Kind::Joins, "2001:db8:2::1"), Ok(()));
    }

    #[test]
    fn what_is_kept_is_bounded_and_spent_budgets_are_not_forgotten() {
        let budgets = budgets(&["--shield-joins-per-address=1", "--shield-keys=2"]);
        assert_eq!(take(&budgets, Kind::Joins, "192.0.2.1"), Ok(()));
        budgets.forget_idle();
        assert!(take(&budgets, Kind::Joins, "192.0.2.1").is_err());
        assert_eq!(take(&budgets, Kind::Joins, "192.0.2.2"), Ok(()));
        for n in 3..100 {
            assert_eq!(take(&budgets, Kind::Joins, &format!("192.0.2.{n}")), Ok(()));
        }
        assert!(budgets.pairs[0].address.1.len() <= 2, "{}", budgets.pairs[0].address.1.len());
    }
}
