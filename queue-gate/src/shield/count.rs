//! What a shield saw and refused, or would have. Each gate counts for itself; a report adds up what all of them counted.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};
use contracts::proof::{Answered, Flaw};
use serde::{Deserialize, Serialize};

use super::{Measure, Network};

/// How many networks a measure keeps apart. When another one comes the one that was refused least makes room.
const KEPT: usize = 64;
/// How many of them are reported.
const TOLD: usize = 5;

/// The counts of one measure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Requests that the measure looked at.
    pub seen: u64,
    /// Those that it refused, or would have.
    pub refused: u64,
    /// Of which networks those were, about: one that came late may have the count of the one that it took the place of.
    networks: BTreeMap<String, u64>,
}

/// What became of proofs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proofs {
    /// Good, by work.
    pub solved: u64,
    /// Good, by waiting.
    pub waited: u64,
    /// None was sent.
    pub missing: u64,
    /// The challenge was none of theirs.
    pub foreign: u64,
    /// The challenge was too old.
    pub expired: u64,
    /// The work was too little.
    pub too_easy: u64,
    /// The wait was not over.
    pub too_early: u64,
    /// Too many from there had waited instead of calculating.
    pub too_many_waits: u64,
}

/// What one gate counted in one room since the shield was changed last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// When that was.
    pub since: Option<DateTime<Utc>>,
    tallies: [Tally; 5],
    /// What became of proofs.
    pub proofs: Proofs,
}

/// A network and how often it was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Often {
    network: String,
    count: u64,
}

impl Tally {
    fn note(&mut self, network: Network, is_refused: bool) {
        self.seen += 1;
        if is_refused {
            self.refused += 1;
            self.blame(network.to_string());
        }
    }

    /// The space-saving algorithm (Metwally, Agrawal, El Abbadi 2005): who is refused often is always among those kept.
    fn blame(&mut self, network: String) {
        let mut from = 0;
        if self.networks.len() >= KEPT && !self.networks.contains_key(&network) {
            let least = self.networks.iter().min_by_key(|(_, count)| **count);
            if let Some((least, count)) = least.map(|(name, count)| (name.clone(), *count)) {
                self.networks.remove(&least);
                from = count;
            }
        }
        *self.networks.entry(network).or_insert(from) += 1;
    }

    fn add(&mut self, other: &Self) {
        self.seen += other.seen;
        self.refused += other.refused;
        for (network, count) in &other.networks {
            *self.networks.entry(network.clone()).or_default() += count;
        }
    }

    /// The networks that were refused most often, and how often.
    pub fn most_refused(&self) -> Vec<Often> {
        let mut all: Vec<_> = self.networks.iter().collect();
        all.sort_by_key(|(network, count)| (Reverse(**count), *network));
        let often = |(network, count): (&String, &u64)| Often { network: network.clone(), count: *count };
        all.into_iter().take(TOLD).map(often).collect()
    }
}

impl Proofs {
    /// Counts what became of one.
    pub fn note(&mut self, outcome: Result<Answered, Option<Flaw>>) {
        let count = match outcome {
            Ok(Answered::Solved) => &mut self.solved,
            Ok(Answered::Waited) => &mut self.waited,
            Err(None) => &mut self.missing,
            Err(Some(Flaw::Foreign)) => &mut self.foreign,
            Err(Some(Flaw::Expired)) => &mut self.expired,
            Err(Some(Flaw::TooEasy)) => &mut self.too_easy,
            Err(Some(Flaw::TooEarly)) => &mut self.too_early,
        };
        *count += 1;
    }

    fn add(&mut self, other: Self) {
        self.solved += other.solved;
        self.waited += other.waited;
        self.missing += other.missing;
        self.foreign += other.foreign;
        self.expired += other.expired;
        self.too_easy += other.too_easy;
        self.too_early += other.too_early;
        self.too_many_waits += other.too_many_waits;
    }
}

impl Counts {
    /// Nothing counted since `since`.
    pub fn since(since: Option<DateTime<Utc>>) -> Self {
        Self { since, ..Self::default() }
    }

    /// Counts what `measure` said of a request from `network`.
    pub fn note(&mut self, measure: Measure, network: Network, is_refused: bool) {
        if let Some(index) = Measure::ALL.iter().position(|one| *one == measure) {
            self.tallies[index].note(network, is_refused);
        }
    }

    /// The counts of each measure.
    pub fn tallies(&self) -> impl Iterator<Item = (Measure, &Tally)> {
        Measure::ALL.into_iter().zip(&self.tallies)
    }

    /// What all of `counts` counted since `since`; others are of a shield before or after it.
    pub fn sum<'a>(since: Option<DateTime<Utc>>, counts: impl Iterator<Item = &'a Self>) -> Self {
        counts.filter(|one| one.since == since).fold(Self::since(since), |mut sum, one| {
            for (tally, other) in sum.tallies.iter_mut().zip(&one.tallies) {
                tally.add(other);
            }
            sum.proofs.add(one.proofs);
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(n: u32) -> Network {
        Network::of(std::net::Ipv4Addr::from(n << 8).into())
    }

    #[test]
    fn who_is_refused_often_is_told_and_what_is_kept_is_bounded() {
        let mut tally = Tally::default();
        for n in 0..5_000_u32 {
            tally.note(network(n % 1_000), true);
            if n.is_multiple_of(3) {
                tally.note(network(7_000), true);
            }
            tally.note(network(9), false);
        }
        assert_eq!((tally.seen, tally.refused), (11_667, 6_667));
        assert_eq!(tally.networks.len(), KEPT);
        let told = tally.most_refused();
        assert_eq!(told.len(), TOLD);
        assert_eq!(told[0].network, network(7_000).to_string());
    }

    #[test]
    fn counts_of_another_shield_are_not_added() {
        let since = DateTime::from_timestamp(1_800_000_000, 0);
        let mut one = Counts::since(since);
        one.note(Measure::Joins, network(1), true);
        one.proofs.note(Err(Some(Flaw::TooEasy)));
        let mut before = Counts::since(None);
        before.note(Measure::Joins, network(1), true);
        let sum = Counts::sum(since, [&one, &one, &before].into_iter());
        let joins = sum.tallies().find(|(measure, _)| *measure == Measure::Joins).unwrap().1;
        assert_eq!((joins.seen, joins.refused, sum.proofs.too_easy), (2, 2, 2));
        let written = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Counts>(&written).unwrap(), one);
    }
}
