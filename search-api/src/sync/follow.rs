//! Follows the slot: takes transactions, applies them, confirms what was applied.

use std::{collections::BTreeMap, future::Future, time::Duration};

use contracts::id::EventId;
use pgwire_replication::{Lsn, ReplicationClient, ReplicationEvent};
use platform::telemetry::Chain;
use tokio::{
    sync::{Notify, RwLock},
    time::{Instant, timeout},
};

use super::{
    Sync, SyncError,
    apply::apply,
    backoff::Backoff,
    pgoutput::{Change, Decoder},
};
use crate::metrics;

/// The most events that are written at once.
const BATCH: usize = 500;
/// How soon a change that was told but cannot be seen yet is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How often a change that cannot be seen for long is complained about.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// The indices that take every change: the one in use, and the one that is built beside it. Whoever swaps them holds the
/// lock, so that no change goes to the old one only.
pub(super) type Targets = RwLock<Vec<Sync>>;

/// Takes transactions from the stream and applies them, as many at once as have come meanwhile. Ends only by an error.
///
/// PostgreSQL tells of a commit before others can see it (for as long as a synchronous standby takes to answer), so the
/// stream carries the version too: a change whose version cannot be read yet is looked for again, and the slot is not
/// confirmed past it.
pub(super) async fn follow<T>(
    sync: &Sync,
    targets: &Targets,
    client: &mut ReplicationClient,
    compare: &Notify,
) -> Result<T, SyncError> {
    let mut backoff = Backoff::new(&sync.ids);
    let (mut decoder, mut open) = (Decoder::default(), Touched::new());
    let mut batch = Batch::default();
    let mut unseen_since = None;
    loop {
        if batch.events.is_empty() {
            batch.take(client.recv().await?, &mut decoder, &mut open, compare)?;
        } else if let Ok(next) = timeout(LOOK_AGAIN, client.recv()).await {
            batch.take(next?, &mut decoder, &mut open, compare)?;
        }
        // What has come already goes along.
        while batch.events.len() < BATCH
            && let Ok(next) = timeout(Duration::ZERO, client.recv()).await
        {
            batch.take(next?, &mut decoder, &mut open, compare)?;
        }
        apply_to_all(targets, &mut batch, &mut backoff).await?;
        if batch.events.is_empty() {
            unseen_since = None;
            if let Some(end) = batch.end.take() {
                client.update_applied_lsn(end);
            }
        } else if unseen_since.get_or_insert_with(Instant::now).elapsed() > COMPLAIN_EVERY {
            let events = batch.events.len();
            tracing::warn!(events, "commits were told that cannot be seen: does a synchronous standby lag?");
            unseen_since = None;
        }
    }
}

/// Brings what `batch` touched to every target, and leaves in it what cannot be seen yet.
async fn apply_to_all(targets: &Targets, batch: &mut Batch, backoff: &mut Backoff) -> Result<(), SyncError> {
    if batch.events.is_empty() {
        return Ok(());
    }
    let events: Vec<EventId> = batch.events.keys().copied().collect();
    let mut unseen = Touched::new();
    // Held until each has it: a swap in between would leave this change in the old index only.
    let targets = targets.read().await;
    for target in targets.iter() {
        for events in events.chunks(BATCH) {
            let applied = patiently(backoff, || apply(target, events)).await?;
            unseen.extend(batch.unseen(events, &applied.read));
        }
    }
    if let Some(target) = targets.first() {
        metrics::followed(events.len() - unseen.len(), batch.committed_micros.take(), target.clock.now());
    }
    batch.events = unseen;
    Ok(())
}

/// What was touched, and the version that it has since; none where it is gone.
type Touched = BTreeMap<EventId, Option<i64>>;

/// Whole transactions that were taken from the stream together.
#[derive(Debug, Default)]
struct Batch {
    /// What they touched.
    events: Touched,
    /// The end of the last one: what may be confirmed once they are applied.
    end: Option<Lsn>,
    /// When the first of them was committed, in microseconds since 2000.
    committed_micros: Option<i64>,
}

impl Batch {
    /// Adds what `event` says. `open` has what the transaction in progress touched so far.
    fn take(
        &mut self,
        event: Option<ReplicationEvent>,
        decoder: &mut Decoder,
        open: &mut Touched,
        compare: &Notify,
    ) -> Result<(), SyncError> {
        match event.ok_or(SyncError::Closed)? {
            ReplicationEvent::Begin { .. } => open.clear(),
            ReplicationEvent::XLogData { data, .. } => match decoder.read(&data)? {
                Some(Change::Touched(event, version)) => {
                    open.insert(event, version);
                }
                Some(Change::Truncated) => {
                    // No version of what went will be seen any more.
                    self.events.values_mut().chain(open.values_mut()).for_each(|version| *version = None);
                    compare.notify_one();
                }
                None => {}
            },
            ReplicationEvent::Commit { end_lsn, commit_time_micros, .. } => {
                self.events.append(open);
                self.end = Some(end_lsn);
                self.committed_micros.get_or_insert(commit_time_micros);
            }
            // All that was committed before this position has come before this message. So the slot goes on also where
            // nobody changes an event.
            ReplicationEvent::KeepAlive { wal_end, .. } if open.is_empty() => {
                self.end = self.end.max(Some(wal_end));
            }
            ReplicationEvent::KeepAlive { .. }
            | ReplicationEvent::Message { .. }
            | ReplicationEvent::StoppedAt { .. } => {}
        }
        Ok(())
    }

    /// Those of `events` whose version, as it was told, is higher than the one that was read.
    fn unseen(&self, events: &[EventId], read: &std::collections::HashMap<EventId, i64>) -> Touched {
        let is_unseen = |event: &EventId| {
            let told = self.events.get(event).copied().flatten()?;
            read.get(event).is_none_or(|read| *read < told).then_some((*event, Some(told)))
        };
        events.iter().filter_map(is_unseen).collect()
    }
}

/// Repeats `work` while waiting may mend its failure.
pub(super) async fn patiently<T, F: Future<Output = Result<T, SyncError>>>(
    backoff: &mut Backoff,
    mut work: impl FnMut() -> F,
) -> Result<T, SyncError> {
    loop {
        match work().await {
            Ok(done) => {
                backoff.reset();
                return Ok(done);
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(error = %Chain(&error), "the index cannot follow, trying again");
                tokio::time::sleep(backoff.pause()).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u128) -> EventId {
        uuid::Uuid::from_u128(number).into()
    }

    fn alive(end: u64) -> ReplicationEvent {
        ReplicationEvent::KeepAlive {
            wal_end: Lsn::from_u64(end),
            reply_requested: false,
            server_time_micros: 0,
        }
    }

    #[test]
    fn only_whole_transactions_are_confirmed() {
        let (mut batch, mut decoder, mut open) = (Batch::default(), Decoder::default(), Touched::new());
        open.insert(event(1), Some(1));
        batch.take(Some(alive(9)), &mut decoder, &mut open, &Notify::new()).unwrap();
        assert_eq!(batch.end, None, "a transaction is open");
        let commit = ReplicationEvent::Commit {
            lsn: Lsn::from_u64(7),
            end_lsn: Lsn::from_u64(8),
            commit_time_micros: 5,
        };
        batch.take(Some(commit), &mut decoder, &mut open, &Notify::new()).unwrap();
        assert_eq!((batch.end, batch.events), (Some(Lsn::from_u64(8)), Touched::from([(event(1), Some(1))])));
    }

    #[test]
    fn a_quiet_slot_goes_on_with_the_signs_of_life() {
        let mut batch = Batch::default();
        for (told, end) in [(9, 9), (12, 12), (11, 12)] {
            batch
                .take(Some(alive(told)), &mut Decoder::default(), &mut Touched::new(), &Notify::new())
                .unwrap();
            assert_eq!(batch.end, Some(Lsn::from_u64(end)));
        }
    }

    #[test]
    fn what_was_told_but_cannot_be_read_is_looked_for_again() {
        let told = [(event(1), Some(3)), (event(2), Some(1)), (event(3), None), (event(4), Some(2))];
        let batch = Batch { events: told.into(), ..Batch::default() };
        let read = [(event(1), 2), (event(4), 5)].into();
        let events: Vec<EventId> = batch.events.keys().copied().collect();
        let unseen = batch.unseen(&events, &read);
        assert_eq!(unseen, Touched::from([(event(1), Some(3)), (event(2), Some(1))]));
    }
}
