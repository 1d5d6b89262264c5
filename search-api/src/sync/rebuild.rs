//! Builds an index beside the one in use, from PostgreSQL, and puts it in its place.
//!
//! Every change goes to both while it is built (`follow`), versions decide between a change and the filling, and
//! the swap happens between two changes: so at each moment the index in use holds all that was confirmed, and no search
//! finds nothing. Killed at any moment, the old index is in use or the new one, and whoever leads next removes the other.

use std::time::Duration;

use contracts::id::EventId;
use tokio::time::Instant;
use tracing::instrument;

use super::{
    Sync, SyncError,
    apply::apply,
    backoff::Backoff,
    follow::{Targets, patiently},
    reconcile::compare,
};
use crate::{document, metrics};

/// How many events are read and written at once. Three such pages are under way at a time: while one is read, another is
/// written.
const PAGE: usize = 500;
/// How often the new index is compared at most before the swap: again where much differed, which is mended by then. That some
/// documents differ is usual while events change: one of the two sides was asked before the other.
const COMPARISONS: usize = 3;
/// One document in so many is much.
const MUCH: usize = 100;
/// How long the old index stays: for searches that were under way when it was replaced.
const OLD_STAYS: Duration = Duration::from_secs(3);
/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// One document in so many may be refused, and ten beside. More of them are no poison: the mapping is wrong.
const REFUSED_AT_MOST: usize = 100;

/// How far the building is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Another copy leads and does not hand over yet.
    Waiting,
    /// Documents are written.
    Filling {
        /// How many are written.
        done: usize,
        /// Of how many.
        total: usize,
        /// How many a second, since the beginning.
        rate: f64,
    },
    /// All are written; they are compared with PostgreSQL.
    Comparing,
    /// The new index is in use.
    Swapped {
        /// How many documents it holds.
        documents: usize,
        /// How many were set aside.
        refused: usize,
        /// How long it took.
        took: Duration,
    },
    /// The old index is removed.
    Removed,
}

/// Whoever wants to hear how far it is.
pub type Tell<'a> = dyn Fn(&Progress) + Send + std::marker::Sync + 'a;

/// Tells it to the log.
pub fn log(progress: &Progress) {
    match progress {
        Progress::Filling { done, total, rate } => tracing::info!(done, total, rate, "an index is filled"),
        Progress::Swapped { documents, refused, took } => {
            tracing::info!(documents, refused, ?took, "a new index is in use");
        }
        Progress::Waiting | Progress::Comparing | Progress::Removed => {
            tracing::debug!(?progress, "an index is built");
        }
    }
}

/// Fills `index`, which [`crate::index::Index::begin`] made and `targets` has, and puts it in the place of the one in use.
///
/// # Errors
/// [`SyncError`]: the index in use is as it was. [`SyncError::BadBuild`] where more documents are refused than a mapping
/// that is right would refuse.
#[instrument(name = "sync.rebuild", skip_all)]
pub(super) async fn build(
    sync: &Sync,
    index: &str,
    targets: &Targets,
    tell: &Tell<'_>,
) -> Result<(), SyncError> {
    let began = Instant::now();
    let next = sync.with(sync.index.beside());
    let mut backoff = Backoff::new(&sync.ids);
    let (documents, refused) = fill(&next, tell).await?;
    // Where nothing is in use, little is better than nothing.
    let is_in_use = targets.read().await.len() > 1;
    if is_in_use && refused > documents / REFUSED_AT_MOST + 10 {
        return Err(SyncError::BadBuild { refused, documents });
    }
    tell(&Progress::Comparing);
    for _ in 0..COMPARISONS {
        patiently(&mut backoff, || async { Ok(next.index.show(index).await?) }).await?;
        if patiently(&mut backoff, || compare(&next)).await?.total() <= documents / MUCH {
            break;
        }
    }
    let old = {
        let mut targets = targets.write().await;
        let old = sync.index.swap(index).await?;
        *targets = vec![sync.clone()];
        old
    };
    tell(&Progress::Swapped { documents, refused, took: began.elapsed() });
    if !old.is_empty() {
        tokio::time::sleep(OLD_STAYS).await;
    }
    for old in old {
        patiently(&mut backoff, || async { Ok(sync.index.remove(&old).await?) }).await?;
    }
    tell(&Progress::Removed);
    Ok(())
}

/// Writes every event to `next`. Returns how many there were, and how many were refused.
async fn fill(next: &Sync, tell: &Tell<'_>) -> Result<(usize, usize), SyncError> {
    let mut backoff = Backoff::new(&next.ids);
    let total =
        patiently(&mut backoff, || async { Ok(document::store::count(&next.postgres).await?) }).await?;
    let total = usize::try_from(total).unwrap_or_default();
    let began = Instant::now();
    let (mut done, mut refused, mut told, mut after) = (0, 0, began, None);
    loop {
        let limit = i64::try_from(3 * PAGE).unwrap_or(i64::MAX);
        let read = || async { Ok(document::store::page(&next.postgres, after, limit).await?) };
        let events = patiently(&mut backoff, read).await?;
        let Some(last) = events.last().copied() else { break };
        let mut pages = events.chunks(PAGE);
        let mut page = || pages.next().unwrap_or_default();
        let (first, second, third) =
            tokio::try_join!(write(next, page()), write(next, page()), write(next, page()))?;
        (done, refused, after) = (done + events.len(), refused + first + second + third, Some(last));
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            tell_filling(done, total, began, tell);
        }
    }
    tell_filling(done, done.max(total), began, tell);
    Ok((done, refused))
}

fn tell_filling(done: usize, total: usize, began: Instant, tell: &Tell<'_>) {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let rate = count(done) / began.elapsed().as_secs_f64().max(1e-3);
    metrics::building(count(done), count(total));
    tell(&Progress::Filling { done, total, rate });
}

/// Writes some events and returns how many were refused.
async fn write(next: &Sync, events: &[EventId]) -> Result<usize, SyncError> {
    if events.is_empty() {
        return Ok(0);
    }
    let mut backoff = Backoff::new(&next.ids);
    Ok(patiently(&mut backoff, || apply(next, events)).await?.refused)
}
