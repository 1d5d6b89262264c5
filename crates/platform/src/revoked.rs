//! Ids that hold no longer although the tokens that name them do: read again and again from where that is written down, so that
//! a token is checked without asking anybody.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{PoisonError, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};

/// How far each reading goes back behind the last: a transaction that revoked something may commit this much later, and the
/// clocks of those who write may differ by as much.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);

/// Ids of one kind that were revoked, each with how, where it matters.
#[derive(Debug)]
pub struct Revoked<K, H = ()>(RwLock<Known<K, H>>);

#[derive(Debug)]
struct Known<K, H> {
    /// Each with the time from which its own end refuses it anyway.
    ids: HashMap<K, (H, DateTime<Utc>)>,
    /// When the last one that is known was revoked.
    until: Option<DateTime<Utc>>,
}

/// An id that was revoked, as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<K, H = ()> {
    /// Which.
    pub id: K,
    /// How.
    pub how: H,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when to remember it.
    pub forget_at: DateTime<Utc>,
}

impl<K, H> Default for Revoked<K, H> {
    fn default() -> Self {
        Self(RwLock::new(Known { ids: HashMap::new(), until: None }))
    }
}

impl<K: Eq + Hash> Revoked<K> {
    /// Whether `id` was revoked.
    pub fn contains(&self, id: &K) -> bool {
        self.how(id).is_some()
    }

    /// Revokes `id` in this process at once; others read it from where it is written down.
    pub fn add(&self, id: K, forget_at: DateTime<Utc>) {
        self.add_as(id, (), forget_at);
    }

    /// The same for several.
    pub fn add_all(&self, ids: Vec<(K, DateTime<Utc>)>) {
        let ids = ids.into_iter().map(|(id, forget_at)| (id, ((), forget_at)));
        self.0.write().unwrap_or_else(PoisonError::into_inner).ids.extend(ids);
    }
}

impl<K: Eq + Hash, H: Copy> Revoked<K, H> {
    /// How `id` was revoked; `None` where it was not.
    pub fn how(&self, id: &K) -> Option<H> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).ids.get(id).map(|(how, _)| *how)
    }

    /// Revokes `id` in this process at once, and says `how`.
    pub fn add_as(&self, id: K, how: H, forget_at: DateTime<Utc>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).ids.insert(id, (how, forget_at));
    }

    /// From when on to read what was revoked; `None` before the first reading.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).until.map(|until| until - OVERLAP)
    }

    /// Takes in what was read, and forgets what needs no remembering at `now`. Says how many are known.
    pub fn learn(&self, read: Vec<Written<K, H>>, now: DateTime<Utc>) -> usize {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for Written { id, how, at, forget_at } in read {
            known.until = known.until.max(Some(at));
            known.ids.insert(id, (how, forget_at));
        }
        known.ids.retain(|_, (_, forget_at)| *forget_at > now);
        known.ids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_revoked_is_known_until_it_ends_by_itself_and_late_commits_are_read() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let later = |seconds| now + TimeDelta::seconds(seconds);
        let written = |id, at, forget_at| vec![Written { id, how: (), at, forget_at }];
        let revoked = Revoked::default();
        assert_eq!(revoked.since(), None);
        assert_eq!(revoked.learn(written(1, now, later(60)), now), 1);
        revoked.add(2, later(30));
        assert!(revoked.contains(&1) && revoked.contains(&2) && !revoked.contains(&3));
        assert_eq!(revoked.since(), Some(later(-15)));
        assert_eq!(revoked.learn(written(3, later(-5), later(90)), later(30)), 2);
        assert!(revoked.contains(&1) && !revoked.contains(&2) && revoked.contains(&3));
        assert_eq!(revoked.since(), Some(later(-15)));
    }
}
