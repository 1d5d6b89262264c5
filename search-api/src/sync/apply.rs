//! Brings the index to what PostgreSQL says of some events.

use std::collections::HashMap;

use contracts::id::EventId;

use super::{Sync, SyncError};
use crate::{
    document::{self, Entry, store::Said},
    index::{Held, Written},
    metrics,
    refusal::{self, Refusal},
};

/// How often one call raises versions past those of an index that is ahead, before it leaves the rest to the next
/// comparison.
const BUMPS: usize = 3;

/// What [`apply`] did.
#[derive(Debug, Default)]
pub struct Applied {
    /// How many documents the index took.
    pub taken: usize,
    /// How many were set aside.
    pub refused: usize,
    /// Of each event that PostgreSQL has, the version that was read.
    pub read: HashMap<EventId, i64>,
}

/// Reads `events` again and writes each over lower versions of itself.
///
/// Safe to repeat and to run beside itself: the version decides, not the order. An event without a version row gets a
/// tombstone. Where the index holds a version that PostgreSQL does not know, the version in PostgreSQL is raised past it.
/// What cannot be indexed is set aside with its cause, and the others go on.
///
/// # Errors
/// [`SyncError`]: some may have been written; repeat all.
pub async fn apply(sync: &Sync, events: &[EventId]) -> Result<Applied, SyncError> {
    let mut applied = Applied::default();
    let mut left: Vec<EventId> = events.to_vec();
    for _ in 0..BUMPS {
        let Said { mut entries, odd: mut refusals, refused } =
            document::store::look(&sync.postgres, sync.index.name(), &left).await?;
        applied.read.extend(entries.iter().map(|entry| (entry.event, entry.version)));
        applied.read.extend(refusals.iter().map(|refusal| (refusal.event, refusal.version)));
        entries.extend(tombstones(sync, &left, &applied.read).await?);
        let (mut stands, mut conflicts) = (Vec::new(), Vec::new());
        for (entry, outcome) in entries.iter().zip(sync.index.write(&entries).await?) {
            match outcome {
                Written::Done => {
                    applied.taken += 1;
                    stands.push(entry.event);
                }
                Written::Conflict => conflicts.push(entry.event),
                Written::Refused(cause) => {
                    refusals.push(Refusal { event: entry.event, version: entry.version, cause });
                }
            }
        }
        applied.refused += refusals.len();
        stands.extend(&conflicts);
        stands.retain(|event| refused.contains_key(event));
        set_aside(sync, &refusals, &stands).await?;
        left = raise_past(sync, &conflicts).await?;
        if left.is_empty() {
            break;
        }
    }
    Ok(applied)
}

/// Keeps what was refused, and forgets what stands by now.
async fn set_aside(sync: &Sync, refusals: &[Refusal], stands: &[EventId]) -> Result<(), SyncError> {
    // What an index of another shape refuses says nothing about the document.
    if sync.index.is_outlived() || (refusals.is_empty() && stands.is_empty()) {
        return Ok(());
    }
    refusals.iter().for_each(Refusal::tell);
    let (postgres, index) = (&sync.postgres, sync.index.name());
    if !refusals.is_empty() {
        refusal::store::set_aside(postgres, index, refusals).await?;
    }
    if !stands.is_empty() {
        refusal::store::forget(postgres, index, stands).await?;
    }
    metrics::set_aside(refusal::store::count(postgres, index).await?);
    Ok(())
}

/// A conflict is a success where PostgreSQL knows the version that the index holds: somebody else wrote it. The other
/// events are raised past the index and returned.
async fn raise_past(sync: &Sync, conflicts: &[EventId]) -> Result<Vec<EventId>, SyncError> {
    if conflicts.is_empty() {
        return Ok(Vec::new());
    }
    // First the index, then PostgreSQL: a version that PostgreSQL knew before the index got it is not missed.
    let held = sync.index.held(conflicts).await?;
    let known = document::store::versions(&sync.postgres, conflicts).await?;
    let ahead: HashMap<EventId, i64> = conflicts
        .iter()
        .filter_map(|event| match (held.get(event), known.get(event)) {
            (Some(held), Some(known)) => (held.version > *known).then_some((*event, held.version)),
            (Some(held), None) => Some((*event, held.version)),
            // Deleted by hand a moment ago: the index remembers the version of the delete, and tells nobody.
            (None, Some(known)) => Some((*event, known + 1)),
            (None, None) => None,
        })
        .collect();
    if !ahead.is_empty() {
        tracing::warn!(events = ahead.len(), "the index is ahead of PostgreSQL, versions are raised past it");
        document::store::bump_past(&sync.postgres, &ahead).await?;
    }
    Ok(ahead.into_keys().collect())
}

/// Tombstones for those of `events` that have no version row but stand in the index.
async fn tombstones(
    sync: &Sync,
    events: &[EventId],
    known: &HashMap<EventId, i64>,
) -> Result<Vec<Entry>, SyncError> {
    let missing: Vec<EventId> = events.iter().filter(|event| !known.contains_key(event)).copied().collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let held = sync.index.held(&missing).await?;
    let dead = |(event, held): (EventId, Held)| {
        (!held.deleted).then(|| Entry { event, version: held.version + 1, document: None })
    };
    Ok(held.into_iter().filter_map(dead).collect())
}
