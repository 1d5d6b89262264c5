//! Brings the index to what PostgreSQL says of some events.

use std::collections::HashMap;

use contracts::id::EventId;

use super::{Sync, SyncError};
use crate::{
    document::{self, Entry},
    index::{Held, Written},
    metrics,
};

/// How often one call raises versions past those of an index that is ahead, before it leaves the rest to the next
/// comparison.
const BUMPS: usize = 3;

/// Reads `events` again and writes each over lower versions of itself. Returns how many the index took.
///
/// Safe to repeat and to run beside itself: the version decides, not the order. An event without a version row gets a
/// tombstone. Where the index holds a version that PostgreSQL does not know, the version in PostgreSQL is raised past it.
///
/// # Errors
/// [`SyncError`]: some may have been written; repeat all.
pub async fn apply(sync: &Sync, events: &[EventId]) -> Result<usize, SyncError> {
    let mut taken = 0;
    let mut left: Vec<EventId> = events.to_vec();
    for _ in 0..BUMPS {
        let mut entries = document::store::read(&sync.postgres, &left).await?;
        entries.extend(tombstones(sync, &left, &entries).await?);
        if entries.is_empty() {
            return Ok(taken);
        }
        let written = sync.index.write(&entries).await?;
        let mut conflicts = Vec::new();
        for (entry, outcome) in entries.iter().zip(written) {
            match outcome {
                Written::Done => taken += 1,
                Written::Conflict => conflicts.push(entry.event),
                Written::Refused(reason) => {
                    metrics::document_refused();
                    tracing::error!(event.id = %entry.event, reason, "the index refuses a document");
                }
            }
        }
        left = raise_past(sync, &conflicts).await?;
        if left.is_empty() {
            return Ok(taken);
        }
    }
    Ok(taken)
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
async fn tombstones(sync: &Sync, events: &[EventId], found: &[Entry]) -> Result<Vec<Entry>, SyncError> {
    let missing: Vec<EventId> =
        events.iter().filter(|event| found.iter().all(|entry| entry.event != **event)).copied().collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let held = sync.index.held(&missing).await?;
    let dead = |(event, held): (EventId, Held)| {
        (!held.deleted).then(|| Entry { event, version: held.version + 1, document: None })
    };
    Ok(held.into_iter().filter_map(dead).collect())
}
