//! The loop that follows PostgreSQL: one copy leads, reads the slot, writes the index, confirms the slot.

use std::{collections::BTreeSet, future::Future, time::Duration};

use contracts::id::EventId;
use pgwire_replication::{Lsn, ReplicationClient, ReplicationConfig, ReplicationEvent, TlsConfig};
use platform::telemetry::Chain;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::instrument;
use url::Url;

use super::{
    PUBLICATION, Sync, SyncError,
    apply::apply,
    backoff::Backoff,
    pgoutput::{Change, Decoder},
    reconcile::reconcile,
    store,
};
use crate::metrics;

/// How long a copy that does not lead waits before it asks again.
const CANDIDATE_WAITS: Duration = Duration::from_secs(1);
/// How often the leader looks whether it still leads and the index is still there.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The most events that are written at once.
const BATCH: usize = 500;
/// How often the slot's progress is told to PostgreSQL.
const CONFIRM_EVERY: Duration = Duration::from_secs(1);

/// Follows PostgreSQL until told to stop. Whatever fails is tried again, with growing pauses; nothing is confirmed
/// that the index has not taken, so nothing is lost meanwhile.
pub async fn run(sync: Sync, stopping: CancellationToken) {
    let mut backoff = Backoff::new(&sync.ids);
    while !stopping.is_cancelled() {
        let pause = match lead(&sync, &stopping, &mut backoff).await {
            Ok(Term::Over) => return,
            Ok(Term::NotElected) => CANDIDATE_WAITS,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "following PostgreSQL was interrupted");
                backoff.pause()
            }
        };
        if stopping.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// How an attempt to lead ended.
enum Term {
    /// Another copy leads.
    NotElected,
    /// The service stops.
    Over,
}

#[instrument(name = "sync.lead", skip_all)]
async fn lead(sync: &Sync, stopping: &CancellationToken, backoff: &mut Backoff) -> Result<Term, SyncError> {
    let number = sync.number();
    let Some(mut leadership) = store::try_lead(&sync.postgres, number).await? else {
        return Ok(Term::NotElected);
    };
    if sync.index.ensure(sync.ids.next()).await? {
        tracing::info!(index = sync.index.name(), "an index was made, it is filled from PostgreSQL");
    }
    let slot = store::ensure_slot(&sync.postgres, number).await?;
    let mut client = ReplicationClient::connect(replication(&sync.postgres_url, &slot)).await?;
    client.wait_started().await?;
    tracing::info!(slot, "following PostgreSQL");
    backoff.reset();
    let compare = Notify::new();
    compare.notify_one();
    let ended = tokio::select! {
        biased;
        () = stopping.cancelled() => Ok(Term::Over),
        failed = look(sync, &mut leadership) => failed,
        failed = follow(sync, &mut client, &compare) => failed,
        failed = compare_now_and_then(sync, &compare) => failed,
    };
    // Both are given back before another term begins: an open slot would refuse this copy too.
    if let Err(error) = client.shutdown().await {
        tracing::debug!(error = %Chain(&error), "the stream ended badly");
    }
    if let Err(error) = leadership.resign().await {
        tracing::debug!(error = %Chain(&error), "the leader's lock went with its connection");
    }
    ended
}

/// Looks now and then whether this copy still leads an index that is still there. Ends only by an error.
async fn look(sync: &Sync, leadership: &mut store::Leadership) -> Result<Term, SyncError> {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        leadership.check().await.map_err(|_| SyncError::Deposed)?;
        match sync.index.exists().await {
            Ok(true) => {}
            Ok(false) => return Err(SyncError::IndexGone),
            // Those who write find out by themselves, and wait.
            Err(error) => tracing::debug!(error = %Chain(&error), "Elasticsearch could not be looked at"),
        }
    }
}

/// Compares at the start, whenever asked, and every so often. Ends only by an error that waiting does not mend.
async fn compare_now_and_then(sync: &Sync, compare: &Notify) -> Result<Term, SyncError> {
    let mut backoff = Backoff::new(&sync.ids);
    loop {
        // Runs out by time, or is asked for.
        drop(tokio::time::timeout(sync.reconcile, compare.notified()).await);
        patiently(&mut backoff, || reconcile(sync)).await?;
    }
}

/// Takes transactions from the stream and applies them, as many at once as have come meanwhile. Ends only by an error.
async fn follow(sync: &Sync, client: &mut ReplicationClient, compare: &Notify) -> Result<Term, SyncError> {
    let mut backoff = Backoff::new(&sync.ids);
    let mut decoder = Decoder::default();
    let mut open = BTreeSet::new();
    loop {
        let mut batch = Batch::default();
        batch.take(client.recv().await?, &mut decoder, &mut open, compare)?;
        // What has come already goes along.
        while batch.events.len() < BATCH
            && let Ok(next) = tokio::time::timeout(Duration::ZERO, client.recv()).await
        {
            batch.take(next?, &mut decoder, &mut open, compare)?;
        }
        if !batch.events.is_empty() {
            let events: Vec<EventId> = batch.events.iter().copied().collect();
            patiently(&mut backoff, || apply(sync, &events)).await?;
            metrics::followed(events.len(), batch.committed_micros, sync.clock.now());
        }
        if let Some(end) = batch.end {
            client.update_applied_lsn(end);
        }
    }
}

/// Whole transactions that were taken from the stream together.
#[derive(Debug, Default)]
struct Batch {
    /// What they touched.
    events: BTreeSet<EventId>,
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
        open: &mut BTreeSet<EventId>,
        compare: &Notify,
    ) -> Result<(), SyncError> {
        match event.ok_or(SyncError::Closed)? {
            ReplicationEvent::Begin { .. } => open.clear(),
            ReplicationEvent::XLogData { data, .. } => match decoder.read(&data)? {
                Some(Change::Touched(event)) => {
                    open.insert(event);
                }
                Some(Change::Truncated) => compare.notify_one(),
                None => {}
            },
            ReplicationEvent::Commit { end_lsn, commit_time_micros, .. } => {
                self.events.append(open);
                self.end = Some(end_lsn);
                self.committed_micros.get_or_insert(commit_time_micros);
            }
            // All that was committed before this position has come before this message.
            ReplicationEvent::KeepAlive { wal_end, .. } if open.is_empty() => self.end = Some(wal_end),
            ReplicationEvent::KeepAlive { .. }
            | ReplicationEvent::Message { .. }
            | ReplicationEvent::StoppedAt { .. } => {}
        }
        Ok(())
    }
}

/// Repeats `work` while waiting may mend its failure.
async fn patiently<T, F: Future<Output = Result<T, SyncError>>>(
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

/// The address of the database as the replication client wants it.
fn replication(url: &Url, slot: &str) -> ReplicationConfig {
    let decoded = |text: &str| percent_decoded(text);
    let parameter =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let host = parameter("host").unwrap_or_else(|| url.host_str().unwrap_or("127.0.0.1").to_owned());
    let user = decoded(url.username());
    let database = decoded(url.path().trim_start_matches('/'));
    let database = if database.is_empty() { user.clone() } else { database };
    let tls = match parameter("sslmode").as_deref() {
        Some("require") => TlsConfig::require(),
        Some("verify-ca") => TlsConfig::verify_ca(parameter("sslrootcert").map(Into::into)),
        Some("verify-full") => TlsConfig::verify_full(parameter("sslrootcert").map(Into::into)),
        _ => TlsConfig::disabled(),
    };
    ReplicationConfig::new(
        host,
        user,
        decoded(url.password().unwrap_or_default()),
        database,
        slot,
        PUBLICATION,
    )
    .with_port(url.port().unwrap_or(5432))
    .with_tls(tls)
    .with_application_name("search-api")
    .with_status_interval(CONFIRM_EVERY)
    .with_wakeup_interval(CONFIRM_EVERY)
}

/// A part of a URL without its percent signs.
fn percent_decoded(text: &str) -> String {
    // A form-encoded value is decoded the same way but for the plus sign, which stands for itself here.
    let pair = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_database_is_taken_apart() {
        let url = "postgres://us%40er:p%2Bw+%26@db.example:6543/shop?sslmode=require".parse().unwrap();
        let config = replication(&url, "slot");
        assert_eq!((config.host.as_str(), config.port), ("db.example", 6543));
        assert_eq!((config.user.as_str(), config.password.as_str()), ("us@er", "p+w+&"));
        assert_eq!(config.database, "shop");
        assert!(config.tls.mode.requires_tls());
        let url = "postgres://postgres@127.0.0.1:15432/postgres?host=/run/postgresql".parse().unwrap();
        assert_eq!(replication(&url, "slot").host, "/run/postgresql");
    }

    #[test]
    fn only_whole_transactions_are_confirmed() {
        let (mut batch, mut decoder, mut open) = (Batch::default(), Decoder::default(), BTreeSet::new());
        let event = EventId::from(uuid::Uuid::from_u128(1));
        open.insert(event);
        let alive = ReplicationEvent::KeepAlive {
            wal_end: Lsn::from_u64(9),
            reply_requested: false,
            server_time_micros: 0,
        };
        batch.take(Some(alive), &mut decoder, &mut open, &Notify::new()).unwrap();
        assert_eq!(batch.end, None, "a transaction is open");
        let commit = ReplicationEvent::Commit {
            lsn: Lsn::from_u64(7),
            end_lsn: Lsn::from_u64(8),
            commit_time_micros: 5,
        };
        batch.take(Some(commit), &mut decoder, &mut open, &Notify::new()).unwrap();
        assert_eq!((batch.end, batch.events), (Some(Lsn::from_u64(8)), BTreeSet::from([event])));
    }
}
