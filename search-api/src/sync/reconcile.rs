//! Compares PostgreSQL with the index, page by page, and mends what differs.

use std::collections::{HashMap, HashSet};

use contracts::id::EventId;
use tracing::instrument;

use super::{Sync, SyncError, apply::apply};
use crate::{
    document::{self, Entry},
    index::Held,
    metrics, refusal,
};

/// How many events are compared at once.
const PAGE: u16 = 500;

/// What a comparison found, and mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Events that the index did not have, or had in a lower version.
    pub behind: usize,
    /// Documents under a version that PostgreSQL does not know, or with another content under the same version.
    pub astray: usize,
    /// Documents of events that PostgreSQL does not have.
    pub surplus: usize,
}

impl Differences {
    /// How many in all.
    pub const fn total(&self) -> usize {
        self.behind + self.astray + self.surplus
    }
}

/// Compares version and digest of every event with the index, and mends the differences. Answers what it found; none
/// means that the index was true. Safe beside the stream: the version decides.
///
/// # Errors
/// [`SyncError`]: some of it may have been mended; run it again.
#[instrument(name = "sync.reconcile", skip_all)]
pub async fn reconcile(sync: &Sync) -> Result<Differences, SyncError> {
    let differences = compare(sync).await?;
    metrics::reconciled(&differences);
    metrics::set_aside(refusal::store::count(&sync.postgres, sync.index.name()).await?);
    if differences.total() > 0 {
        tracing::info!(
            behind = differences.behind,
            astray = differences.astray,
            surplus = differences.surplus,
            "differences between PostgreSQL and the index were mended"
        );
    }
    Ok(differences)
}

/// As [`reconcile`], for an index that nobody looks at yet: measures nothing.
pub(super) async fn compare(sync: &Sync) -> Result<Differences, SyncError> {
    let mut differences = Differences::default();
    let mut after = None;
    loop {
        let page = document::store::page(&sync.postgres, after, PAGE.into()).await?;
        let last = page.last().copied();
        if last.is_some() {
            mend_page(sync, &page, &mut differences).await?;
        }
        // What PostgreSQL does not have stands between the events of a page, or after the last of all.
        mend_surplus(sync, after, last, &mut differences).await?;
        if last.is_none() {
            return Ok(differences);
        }
        after = last;
    }
}

async fn mend_page(sync: &Sync, page: &[EventId], found: &mut Differences) -> Result<(), SyncError> {
    // First the index, then PostgreSQL: what PostgreSQL then says is at least as new as what the index held.
    let held = sync.index.held(page).await?;
    let said = document::store::look(&sync.postgres, sync.index.name(), page).await?;
    let mut astray = HashMap::new();
    // What was set aside is tried again, and is no difference as long as it stays so.
    let mut mend: Vec<EventId> = said.odd.iter().map(|refusal| refusal.event).collect();
    for entry in &said.entries {
        match difference(entry, held.get(&entry.event)) {
            Difference::None => {}
            Difference::Behind => {
                if said.refused.get(&entry.event) != Some(&entry.version) {
                    found.behind += 1;
                }
                mend.push(entry.event);
            }
            Difference::Astray(version) => {
                found.astray += 1;
                astray.insert(entry.event, version);
                mend.push(entry.event);
            }
        }
    }
    document::store::bump_past(&sync.postgres, &astray).await?;
    if !mend.is_empty() {
        apply(sync, &mend).await?;
    }
    Ok(())
}

/// How a document in the index differs from PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// Not at all.
    None,
    /// It is missing or older.
    Behind,
    /// It has this version, which is higher, or the same with another content.
    Astray(i64),
}

fn difference(entry: &Entry, held: Option<&Held>) -> Difference {
    match held {
        None => Difference::Behind,
        Some(held) if held.version < entry.version => Difference::Behind,
        Some(held) if held.version == entry.version && held.digest == entry.digest() => Difference::None,
        Some(held) => Difference::Astray(held.version),
    }
}

async fn mend_surplus(
    sync: &Sync,
    mut after: Option<EventId>,
    to: Option<EventId>,
    found: &mut Differences,
) -> Result<(), SyncError> {
    loop {
        let page = sync.index.live(after, to, usize::from(PAGE) + 1).await?;
        let events: Vec<EventId> = page.events.iter().map(|(event, _)| *event).collect();
        let known: HashSet<EventId> =
            document::store::versions(&sync.postgres, &events).await?.into_keys().collect();
        let surplus: Vec<EventId> = events.into_iter().filter(|event| !known.contains(event)).collect();
        if !surplus.is_empty() {
            found.surplus += surplus.len();
            apply(sync, &surplus).await?;
        }
        match page.after {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_one_of_version_or_of_content() {
        let entry = Entry { event: uuid::Uuid::from_u128(1).into(), version: 5, document: None };
        let held = |version, digest: &str| Held { version, digest: digest.to_owned(), deleted: true };
        assert_eq!(difference(&entry, None), Difference::Behind);
        assert_eq!(difference(&entry, Some(&held(4, &entry.digest()))), Difference::Behind);
        assert_eq!(difference(&entry, Some(&held(5, &entry.digest()))), Difference::None);
        assert_eq!(difference(&entry, Some(&held(5, "another"))), Difference::Astray(5));
        assert_eq!(difference(&entry, Some(&held(6, &entry.digest()))), Difference::Astray(6));
    }
}
