//! Fills the embedded index from PostgreSQL and brings it up to what changed since, a few times a second. Nothing is
//! kept for a restart: filling takes seconds, and starts from what is true.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use contracts::id::EventId;
use platform::{
    ids::Ids,
    postgres::{Postgres, StoreError},
    telemetry::Chain,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::instrument;

use super::{
    Embedded, EmbeddedError,
    store::{self, Position},
};
use crate::{
    document::{self, Entry, store::Said},
    metrics,
    refusal::Refusal,
    sync::backoff::Backoff,
};

/// How many events are read at once.
const PAGE: u16 = 1000;

/// Why the embedded index could not follow. Always answered by a pause and another try.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// PostgreSQL failed.
    #[error("PostgreSQL failed")]
    Store(#[from] StoreError),
    /// The index failed.
    #[error("the embedded index cannot take what changed")]
    Embedded(#[from] EmbeddedError),
    /// The thread that wrote was lost.
    #[error("writing the embedded index was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// An embedded index that follows PostgreSQL.
#[derive(Debug)]
pub struct Follower {
    postgres: Postgres,
    embedded: Embedded,
    /// What the index holds, and of what it was told that there is nothing to hold.
    versions: HashMap<EventId, i64>,
    /// None until it was filled.
    position: Option<Position>,
    /// Whether something was taken that does not show yet.
    unshown: bool,
    compared: Instant,
    /// How often all versions are compared, whatever was told.
    compare: Duration,
}

/// Follows until told to stop, asking `every` so often.
pub async fn run(mut follower: Follower, every: Duration, ids: Ids, stopping: CancellationToken) {
    let mut backoff = Backoff::new(&ids);
    loop {
        let pause = match stopping.run_until_cancelled(follower.tick()).await {
            None => return,
            Some(Ok(())) => {
                backoff.reset();
                every
            }
            Some(Err(error)) => {
                tracing::warn!(error = %Chain(&error), "the embedded index cannot follow, trying again");
                backoff.pause().max(every)
            }
        };
        metrics::embedded(follower.embedded.age(), follower.versions.len());
        if stopping.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

impl Follower {
    /// Follows `postgres` with `embedded`, which is empty.
    pub fn new(postgres: Postgres, embedded: Embedded, compare: Duration) -> Self {
        let (versions, compared) = (HashMap::new(), Instant::now());
        Self { postgres, embedded, versions, position: None, unshown: false, compared, compare }
    }

    /// The version that is held of an event.
    pub fn held(&self, event: EventId) -> Option<i64> {
        self.versions.get(&event).copied()
    }

    /// Brings the index up to what PostgreSQL has. Safe to repeat after a failure.
    ///
    /// # Errors
    /// [`FollowError`]: the next try goes on where this one began.
    #[instrument(name = "embedded.follow", skip_all)]
    pub async fn tick(&mut self) -> Result<(), FollowError> {
        let began = Instant::now();
        match self.position {
            None => self.compare_all().await?,
            Some(_) if self.compared.elapsed() >= self.compare => self.compare_all().await?,
            Some(position) => {
                let changes = store::changes(&self.postgres, position).await?;
                if changes.position < position {
                    // Another history, or an older one: only looking at everything tells what is left.
                    tracing::warn!("PostgreSQL went back, the embedded index is compared with all of it");
                    self.compare_all().await?;
                } else {
                    self.take(&changes.events).await?;
                    self.position = Some(changes.position);
                }
            }
        }
        // At once, however much it was: every commit makes a segment.
        if self.unshown {
            self.blocking(Embedded::show).await?;
            self.unshown = false;
        }
        self.embedded.is_true_at(began);
        Ok(())
    }

    /// Compares all versions and takes what differs. The first time that is everything.
    async fn compare_all(&mut self) -> Result<(), FollowError> {
        // Before anything is read: what commits meanwhile is told again.
        let position = store::position(&self.postgres).await?;
        let mut unseen: HashSet<EventId> = self.versions.keys().copied().collect();
        let mut after = None;
        loop {
            let page = document::store::page(&self.postgres, after, PAGE.into()).await?;
            let Some(last) = page.last().copied() else { break };
            let versions = document::store::versions(&self.postgres, &page).await?;
            for event in &page {
                unseen.remove(event);
            }
            let known: Vec<(EventId, i64)> = versions.into_iter().collect();
            self.take(&known).await?;
            after = Some(last);
        }
        if !unseen.is_empty() {
            let gone = |event| Entry { event, version: 0, document: None };
            self.stage(unseen.iter().copied().map(gone).collect()).await?;
            for event in &unseen {
                self.versions.remove(event);
            }
        }
        if self.position.is_none() {
            tracing::info!(events = self.versions.len(), "the embedded index is filled");
        }
        self.position = Some(position);
        self.compared = Instant::now();
        Ok(())
    }

    /// Reads those again whose version is another than the one that is held, and takes them.
    async fn take(&mut self, events: &[(EventId, i64)]) -> Result<(), FollowError> {
        let changed: Vec<EventId> = events
            .iter()
            .filter(|(event, version)| self.versions.get(event) != Some(version))
            .map(|(event, _)| *event)
            .collect();
        for part in changed.chunks(PAGE.into()) {
            let Said { entries, odd, .. } = document::store::look(&self.postgres, "", part).await?;
            // The others go on; a comparison looks at these again.
            odd.iter().for_each(Refusal::tell);
            let versions: Vec<_> = entries.iter().map(|entry| (entry.event, entry.version)).collect();
            self.stage(entries).await?;
            self.versions.extend(versions);
        }
        Ok(())
    }

    /// Takes entries; they show at the end of the tick.
    async fn stage(&mut self, entries: Vec<Entry>) -> Result<(), FollowError> {
        self.unshown = true;
        self.blocking(move |embedded| embedded.take(&entries)).await
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&Embedded) -> Result<(), EmbeddedError> + Send + 'static,
    ) -> Result<(), FollowError> {
        let embedded = self.embedded.clone();
        Ok(tokio::task::spawn_blocking(move || work(&embedded)).await??)
    }
}
