//! What can be had, published once for all copies of the service: versions and changes that everybody agrees on.
//!
//! One copy at a time looks ([`publish`]): whoever finds nobody publishing. The others read what it wrote to Redis. A
//! version is written only on top of the one that was read, so that two who both believe themselves the publisher cannot
//! both be right. Whoever knows an older version is told what changed since ([`Published::since`]); [`hub`] tells it to
//! those who stay connected.

pub mod handler;
pub mod hub;
pub mod publish;
pub mod store;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use contracts::id::{EventId, TicketId};

use super::availability::Snapshot;

/// How many changes are kept: who knows an older version is given everything.
pub const CHANGES: usize = 256;

/// What changed from one version to a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The version before.
    pub from: u64,
    /// The version after.
    pub to: u64,
    /// The bits that are different.
    pub flips: Vec<u32>,
}

/// What is published of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Rises with every change: milliseconds since 1970 at which it was seen, or one more than the last.
    pub version: u64,
    /// When the look began that saw it, by the clock of Redis in milliseconds.
    pub looked_at: u64,
    /// One bit a ticket.
    pub bits: Vec<u8>,
    /// What changed lately, the newest first.
    pub changes: Vec<Change>,
}

/// What somebody must be told who knows an older version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Tickets that can be had now and could not then.
    pub free: Vec<u32>,
    /// The other way round.
    pub taken: Vec<u32>,
}

impl Published {
    /// What is different from the version `since`; none when nobody remembers that one.
    pub fn since(&self, since: u64) -> Option<Delta> {
        let mut flipped: HashMap<u32, bool> = HashMap::new();
        let mut at = self.version;
        for change in &self.changes {
            if at == since {
                break;
            }
            if change.to != at {
                return None;
            }
            at = change.from;
            for bit in &change.flips {
                let twice = flipped.entry(*bit).or_default();
                *twice = !*twice;
            }
        }
        if at != since {
            return None;
        }
        let changed = flipped.into_iter().filter_map(|(bit, changed)| changed.then_some(bit));
        let has = |bit: &u32| TicketId::new(*bit).is_some_and(|ticket| Snapshot::bit(&self.bits, ticket));
        let (mut free, mut taken): (Vec<u32>, Vec<u32>) = changed.partition(has);
        free.sort_unstable();
        taken.sort_unstable();
        Some(Delta { free, taken })
    }

    /// The next version, where `bits` are different; else the same one, looked at again.
    #[must_use]
    pub fn next(&self, bits: Vec<u8>, looked_at: u64) -> Self {
        // The plan of a draft was drawn anew: bits mean other seats now, and nobody can be told what changed.
        if bits.len() != self.bits.len() {
            let version = looked_at.max(self.version + 1);
            return Self { version, looked_at, bits, changes: Vec::new() };
        }
        let flips = flips(&self.bits, &bits);
        if flips.is_empty() {
            return Self { looked_at, ..self.clone() };
        }
        let version = looked_at.max(self.version + 1);
        let mut changes = vec![Change { from: self.version, to: version, flips }];
        changes.extend(self.changes.iter().take(CHANGES - 1).cloned());
        Self { version, looked_at, bits, changes }
    }
}

/// The bits that are different in the two.
fn flips(before: &[u8], after: &[u8]) -> Vec<u32> {
    let mut flips = Vec::new();
    for (index, after) in after.iter().enumerate() {
        let different = before.get(index).copied().unwrap_or_default() ^ after;
        for bit in (0..8_u32).filter(|bit| different >> bit & 1 == 1) {
            flips.extend(u32::try_from(index).ok().map(|index| index * 8 + bit));
        }
    }
    flips
}

/// What this copy knows of what is published, by event.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<EventId, Arc<Published>>>);

impl Known {
    /// For how many events it is remembered.
    const EVENTS: usize = 10_000;

    /// The last that we know of `event`.
    pub fn last(&self, event: EventId) -> Option<Arc<Published>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&event).cloned()
    }

    fn keep(&self, event: EventId, published: Arc<Published>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::EVENTS && !known.contains_key(&event) {
            known.clear();
        }
        known.insert(event, published);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(bits: &[u8]) -> Published {
        Published { version: 100, looked_at: 100, bits: bits.to_vec(), changes: Vec::new() }
    }

    #[test]
    fn a_version_rises_only_with_a_change_and_never_falls() {
        let one = first(&[0xff]);
        assert_eq!(one.next(vec![0xff], 200).version, 100);
        assert_eq!(one.next(vec![0xfe], 200).version, 200);
        assert_eq!(one.next(vec![0xfe], 50).version, 101, "a clock that was set back");
    }

    #[test]
    fn who_knows_an_older_version_is_told_what_is_different_now() {
        let one = first(&[0b1111]);
        let two = one.next(vec![0b1100], 200);
        let three = two.next(vec![0b1001], 300);
        assert_eq!(three.since(300), Some(Delta { free: vec![], taken: vec![] }));
        assert_eq!(three.since(200), Some(Delta { free: vec![0], taken: vec![2] }));
        assert_eq!(
            three.since(100),
            Some(Delta { free: vec![], taken: vec![1, 2] }),
            "what came back is not told"
        );
        assert_eq!(three.since(99), None);
    }

    #[test]
    fn the_changes_lead_from_any_kept_version_to_the_newest() {
        let mut versions = vec![first(&[0; 4])];
        for step in 0..CHANGES + 50 {
            let last = versions.last().unwrap();
            let mut bits = last.bits.clone();
            bits[step % 4] ^= u8::try_from(step % 251 + 1).unwrap();
            versions.push(last.next(bits, 1000 + u64::try_from(step).unwrap()));
        }
        let newest = versions.last().unwrap();
        assert_eq!(newest.changes.len(), CHANGES);
        for old in &versions[51..] {
            let Delta { free, taken } = newest.since(old.version).unwrap();
            let mut bits = old.bits.clone();
            for (list, is_free) in [(free, true), (taken, false)] {
                for bit in list {
                    Snapshot::set(&mut bits, TicketId::new(bit).unwrap(), is_free);
                }
            }
            assert_eq!(bits, newest.bits);
        }
        assert_eq!(newest.since(versions[49].version), None);
    }
}
