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

/// Ids of one kind that were revoked.
#[derive(Debug)]
pub struct Revoked<K>(RwLock<Known<K>>);

#[derive(Debug)]
struct Known<K> {
    /// Each with the time from which its own end refuses it anyway.
    ids: HashMap<K, DateTime<Utc>>,
    /// When the last one that is known was revoked.
    until: Option<DateTime<Utc>>,
}

impl<K> Default for Revoked<K> {
    fn default() -> Self {
        Self(RwLock::new(Known { ids: HashMap::new(), until: None }))
    }
}

impl<K: Eq + Hash> Revoked<K> {
    /// Whether `id` was revoked.
    pub fn contains(&self, id: &K) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).ids.contains_key(id)
    }

    /// Revokes `id` in this process at once; others read it from where it is written down.
    pub fn add(&self, id: K, forget_at: DateTime<Utc>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).ids.insert(id, forget_at);
    }

    /// The same for several.
    pub fn add_all(&self, ids: Vec<(K, DateTime<Utc>)>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).ids.extend(ids);
    }

    /// From when on to read what was revoked; `None` before the first reading.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).until.map(|until| until - OVERLAP)
    }

    /// Takes in what was read (an id, when it was revoked, until when to remember it), and forgets what needs no remembering at
    /// `now`.
    pub fn learn(&self, read: Vec<(K, DateTime<Utc>, DateTime<Utc>)>, now: DateTime<Utc>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (id, revoked_at, forget_at) in read {
            known.until = known.until.max(Some(revoked_at));
            known.ids.insert(id, forget_at);
        }
        known.ids.retain(|_, forget_at| *forget_at > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_revoked_is_known_until_it_ends_by_itself_and_late_commits_are_read() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let later = |seconds| now + TimeDelta::seconds(seconds);
        let revoked = Revoked::default();
        assert_eq!(revoked.since(), None);
        revoked.learn(vec![(1, now, later(60))], now);
        revoked.add(2, later(30));
        assert!(revoked.contains(&1) && revoked.contains(&2) && !revoked.contains(&3));
        assert_eq!(revoked.since(), Some(later(-15)));
        revoked.learn(vec![(3, later(-5), later(90))], later(30));
        assert!(revoked.contains(&1) && !revoked.contains(&2) && revoked.contains(&3));
        assert_eq!(revoked.since(), Some(later(-15)));
    }
}
