//! What a gate remembers of its shielded rooms: counts, demand, budgets. All of it may be lost: then it begins anew.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use contracts::id::RoomId;
use dashmap::DashMap;
use platform::{lifecycle::every, telemetry::Chain};

use super::{
    Network, Shield,
    budget::{Budgets, ShieldConfig},
    count::Counts,
    demand::{Demand, OF_ONE_NETWORK},
    store,
};
use crate::{live::hub::lock, room::Room, state::Gate};

/// How often budgets that are full again and networks that are quiet are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// How often the counts are written where other gates find them.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// The most networks of a room whose demand is measured; that of others counts for the room only.
const NETWORKS: usize = 4_096;

/// The shields of a gate.
#[derive(Debug)]
pub struct Shields {
    /// What addresses and networks may do.
    pub budgets: Budgets,
    /// How many live connections a visitor may have.
    pub tabs: NonZeroU32,
    rooms: DashMap<RoomId, Arc<Mutex<Memory>>>,
}

/// What is remembered of one room.
#[derive(Debug, Default)]
pub struct Memory {
    /// What was counted since the shield was changed last.
    pub counts: Counts,
    /// Whether that is newer than what was written.
    is_news: bool,
    demand: Demand,
    networks: HashMap<Network, Demand>,
}

impl Shields {
    /// Nothing remembered.
    pub fn new(config: &ShieldConfig) -> Self {
        Self { budgets: Budgets::new(config), tabs: config.shield_tabs, rooms: DashMap::new() }
    }

    /// Does something with the memory of `room`.
    pub fn remember<T>(&self, room: &Room, act: impl FnOnce(&mut Memory) -> T) -> T {
        let memory = self.rooms.entry(room.id).or_default().clone();
        let mut memory = lock(&memory);
        if memory.counts.since != room.policy.shield.since {
            memory.counts = Counts::since(room.policy.shield.since);
        }
        memory.is_news = true;
        act(&mut memory)
    }

    /// Looks into the memory of a room; `None` where there is none.
    pub fn look<T>(&self, room: RoomId, look: impl FnOnce(&mut Memory) -> T) -> Option<T> {
        let memory = self.rooms.get(&room).map(|memory| memory.clone())?;
        let mut memory = lock(&memory);
        Some(look(&mut memory))
    }

    /// Forgets what nobody needs: full budgets, quiet networks, rooms that are gone.
    fn forget(&self, gate: &Gate) {
        self.budgets.forget_idle();
        let now = gate.clock.now();
        self.rooms.retain(|id, memory| {
            let Some(room) = gate.rooms.get(*id) else { return false };
            lock(memory).forget_quiet(&room.policy.shield, now);
            true
        });
    }

    /// Writes what was counted since the last time.
    ///
    /// # Errors
    /// When Redis is away: it is written the next time.
    pub async fn write_down(&self, gate: &Gate) -> Result<(), platform::postgres::StoreError> {
        let rooms: Vec<_> = self.rooms.iter().map(|entry| (*entry.key(), entry.value().clone())).collect();
        for (room, memory) in rooms {
            let news = {
                let mut memory = lock(&memory);
                std::mem::take(&mut memory.is_news).then(|| memory.counts.clone())
            };
            let Some(counts) = news else { continue };
            if let Err(error) = store::write(&gate.redis, room, gate.hub.node, &counts).await {
                lock(&memory).is_news = true;
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The bits that may be asked for beyond the easiest.
fn most(shield: &Shield) -> u8 {
    shield.hardest.saturating_sub(shield.easiest)
}

/// The demand of one network that is normal where that of the room is `normal`.
fn of_one(normal: u32) -> u32 {
    (normal / OF_ONE_NETWORK).max(1)
}

impl Memory {
    /// Notes that somebody of `network` took a new place.
    pub fn came(&mut self, network: Network, now: DateTime<Utc>) {
        self.demand.note(now);
        if self.networks.len() < NETWORKS || self.networks.contains_key(&network) {
            self.networks.entry(network).or_default().note(now);
        }
    }

    /// How many zero bits are asked of `network` by `now`; without one, of a network from which few come.
    pub fn difficulty(&mut self, shield: &Shield, network: Option<Network>, now: DateTime<Utc>) -> u8 {
        let most = most(shield);
        let all = self.demand.more(now, shield.normal, most);
        let one = network
            .and_then(|network| self.networks.get_mut(&network))
            .map_or(0, |demand| demand.more(now, of_one(shield.normal), most));
        shield.easiest.saturating_add(all.max(one)).min(shield.hardest)
    }

    /// How many new places a minute were taken of late.
    pub fn per_minute(&mut self, now: DateTime<Utc>) -> u64 {
        self.demand.per_minute(now)
    }

    fn forget_quiet(&mut self, shield: &Shield, now: DateTime<Utc>) {
        self.networks.retain(|_, demand| !demand.is_idle(now, of_one(shield.normal), most(shield)));
    }
}

/// Starts what is repeated: forgetting, and writing down.
pub fn spawn(gate: &Gate) {
    let (stopping, lifecycle) = (gate.lifecycle.stopping(), gate.lifecycle.clone());
    let forgetful = gate.clone();
    lifecycle
        .spawn(every(stopping.clone(), FORGET_EVERY, async move || forgetful.shields.forget(&forgetful)));
    let gate = gate.clone();
    lifecycle.spawn(every(stopping, WRITE_EVERY, async move || {
        if let Err(error) = gate.shields.write_down(&gate).await {
            tracing::debug!(error = %Chain(&error), "what the shields counted is not written down");
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    fn network(n: u32) -> Network {
        Network::of(IpAddr::V4((n << 8).into()))
    }

    #[test]
    fn one_network_that_floods_pays_and_the_others_do_not() {
        let shield = Shield { normal: 4_800, easiest: 10, hardest: 14, ..Shield::default() };
        let mut memory = Memory::default();
        // 600 a minute are normal for a network; 2,400 are not, and for the room they are.
        for n in 0..400 {
            memory.came(network(1), at(n * 25));
        }
        memory.came(network(2), at(9_998));
        assert_eq!(memory.difficulty(&shield, Some(network(1)), at(9_999)), 12);
        assert_eq!(memory.difficulty(&shield, Some(network(2)), at(9_999)), 10);
        assert_eq!(memory.difficulty(&shield, Some(network(3)), at(9_999)), 10);
        assert_eq!(memory.difficulty(&shield, None, at(9_999)), 10);
        memory.forget_quiet(&shield, at(60_000));
        assert_eq!(memory.networks.len(), 1, "it still pays");
        memory.forget_quiet(&shield, at(120_000));
        assert!(memory.networks.is_empty());
    }

    #[test]
    fn a_flood_from_everywhere_makes_everybody_pay_up_to_the_hardest() {
        let shield = Shield { normal: 60, easiest: 10, hardest: 14, ..Shield::default() };
        let mut memory = Memory::default();
        for n in 0..9_000_u32 {
            memory.came(network(n), at(i64::from(n)));
        }
        assert_eq!(memory.networks.len(), NETWORKS);
        assert_eq!(memory.difficulty(&shield, Some(network(1_000_000)), at(9_000)), 14);
    }
}
