//! The loop that keeps the index true: one copy leads, builds what is missing, follows the slot, compares.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use pgwire_replication::ReplicationClient;
use platform::telemetry::Chain;
use tokio::{
    sync::{Notify, RwLock},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::instrument;

use super::{
    Sync, SyncError,
    address::replication,
    backoff::Backoff,
    follow::{Targets, follow, patiently},
    guard,
    rebuild::{self, Progress, Tell},
    reconcile::reconcile,
    store::{self, Leadership, Slot},
};
use crate::{index::build::Standing, metrics};

/// How long a copy that does not lead waits before it asks again.
const CANDIDATE_WAITS: Duration = Duration::from_secs(1);
/// How long a copy waits whose program is older than the index.
const OUTDATED_WAITS: Duration = Duration::from_secs(10);
/// How long a copy waits before it builds again what came out wrong.
const BAD_BUILD_WAITS: Duration = Duration::from_mins(1);
/// How often the leader looks whether it still leads, the index is still there, and nobody wants the lead.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long PostgreSQL may take to answer the leader; it gives up one that is silent for [`store::LEADER_IDLES`].
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// How long Elasticsearch may take to say whether the index is there. Together with the above shorter than a leader may be
/// silent.
const LOOKS_WITHIN: Duration = Duration::from_secs(2);
/// How long a leader that ends takes at most to give stream and lock back. Where it cannot, PostgreSQL takes them.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(1);
/// How long everything before the first change may take; a slot waits for transactions that are under way.
const PREPARED_WITHIN: Duration = Duration::from_secs(30);

/// What a copy wants with the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To keep it true; it is built where there is none, or one of an older shape.
    Keep,
    /// To build it anew, then to give the lead back.
    Rebuild,
}

/// Keeps the index true until told to stop. Whatever fails is tried again, with growing pauses; nothing is confirmed
/// that the index has not taken, so nothing is lost meanwhile.
pub async fn run(sync: Sync, stopping: CancellationToken) {
    let lead = Lead { sync: &sync, errand: Errand::Keep, tell: &rebuild::log, stopping: &stopping };
    tokio::select! {
        () = lead.again_and_again() => {}
        () = guard::watch(&sync) => {}
    }
}

/// Builds the index anew, however it stands, while changes go on, and puts it in the place of the old one. Where another
/// copy leads, that one hands over first and leads again afterwards. What an outage or a busy server interrupts is begun
/// again. `tell` hears how far it is.
///
/// # Errors
/// [`SyncError`] where another attempt would not end better: the old index is in use as before, and what was built is removed by whoever leads next.
pub async fn rebuild_once(sync: &Sync, tell: &Tell<'_>) -> Result<(), SyncError> {
    let lead = Lead { sync, errand: Errand::Rebuild, tell, stopping: &CancellationToken::new() };
    let mut backoff = Backoff::new(&sync.ids);
    loop {
        match lead.for_a_term(&mut backoff).await {
            Ok(Term::Over) => return Ok(()),
            // Another copy builds: it does not hand over before it has finished.
            Ok(_) => tell(&Progress::Waiting),
            Err(error) if error.is_of_the_moment() => {
                tracing::warn!(error = %Chain(&error), "the index is not built yet, trying again");
                tokio::time::sleep(backoff.pause()).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// How an attempt to lead ended.
enum Term {
    /// Another copy leads.
    NotElected,
    /// Another copy wanted to lead, to build an index.
    Yielded,
    /// The index came after this program.
    Outdated,
    /// The errand is done, or the service stops.
    Over,
}

/// One copy that wants to lead.
#[derive(Clone, Copy)]
struct Lead<'a> {
    sync: &'a Sync,
    errand: Errand,
    tell: &'a Tell<'a>,
    stopping: &'a CancellationToken,
}

/// What a term begins with.
struct Prepared {
    client: ReplicationClient,
    targets: Targets,
    /// The index that is to be built, where one is.
    begun: Option<String>,
}

impl Lead<'_> {
    async fn again_and_again(self) {
        let mut backoff = Backoff::new(&self.sync.ids);
        while !self.stopping.is_cancelled() {
            let pause = match self.for_a_term(&mut backoff).await {
                Ok(Term::Over) => return,
                Ok(Term::NotElected | Term::Yielded) => CANDIDATE_WAITS,
                Ok(Term::Outdated) => {
                    tracing::warn!(
                        "the index has a newer shape than this program, which lets it be: start the newer one, \
                         or go back with this one's `search-api rebuild`"
                    );
                    OUTDATED_WAITS
                }
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "following PostgreSQL was interrupted");
                    if matches!(error, SyncError::BadBuild { .. }) {
                        BAD_BUILD_WAITS
                    } else {
                        backoff.pause()
                    }
                }
            };
            self.stopping.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    /// Leads until something fails, the errand is done, or the service stops.
    #[instrument(name = "sync.lead", skip_all)]
    async fn for_a_term(self, backoff: &mut Backoff) -> Result<Term, SyncError> {
        let Some(elected) = self.in_time(self.elected()).await? else { return Ok(Term::Over) };
        let Some(mut leadership) = elected else { return Ok(Term::NotElected) };
        metrics::leads(true);
        let ended = self.serve(&mut leadership, backoff).await;
        metrics::leads(false);
        // Given back before another term begins. Where that fails, the lock goes with its connection.
        if let Ok(Err(error)) = timeout(GIVEN_BACK_WITHIN, leadership.resign()).await {
            tracing::debug!(error = %Chain(&error), "the leader's lock went with its connection");
        }
        ended
    }

    /// The leader's lock, where it can be had. Who has to build asks the one who leads to hand over.
    async fn elected(self) -> Result<Option<Leadership>, SyncError> {
        let number = self.sync.number();
        let builds = self.errand == Errand::Rebuild || self.sync.index.standing().await? == Standing::Older;
        Ok(if builds {
            store::demand(&self.sync.postgres, number).await?
        } else {
            store::try_lead(&self.sync.postgres, number).await?
        })
    }

    async fn serve(self, leadership: &mut Leadership, backoff: &mut Backoff) -> Result<Term, SyncError> {
        let Some(prepared) = self.in_time(self.prepare()).await? else { return Ok(Term::Over) };
        let Some(Prepared { mut client, targets, begun }) = prepared else { return Ok(Term::Outdated) };
        backoff.reset();
        let (compare, building) = (Notify::new(), AtomicBool::new(begun.is_some()));
        let ended = tokio::select! {
            biased;
            () = self.stopping.cancelled() => Ok(Term::Over),
            ended = self.look(leadership, &building) => ended,
            failed = follow(self.sync, &targets, &mut client, &compare) => failed,
            ended = self.keep_true(begun, &targets, &building, &compare) => ended,
        };
        // Given back before another term begins: an open slot would refuse this copy too.
        if let Ok(Err(error)) = timeout(GIVEN_BACK_WITHIN, client.shutdown()).await {
            tracing::debug!(error = %Chain(&error), "the stream ended badly");
        }
        ended
    }

    /// All that comes before the first change; none where the index came after this program.
    async fn prepare(self) -> Result<Option<Prepared>, SyncError> {
        let sync = self.sync;
        // Asked under the lock: until now another copy could change it.
        let standing = sync.index.standing().await?;
        if standing == Standing::Newer && self.errand == Errand::Keep {
            return Ok(None);
        }
        let left = sync.index.sweep().await?;
        if left > 0 {
            tracing::info!(indices = left, "what was left of indices that nobody finished is removed");
        }
        // First the slot, then whatever reads the documents: a change after the one is not missed by the other.
        let slot = store::ensure_slot(&sync.postgres, sync.number()).await?;
        tell_of_loss(&slot, standing);
        let begun = match (standing, self.errand) {
            (Standing::Current, Errand::Keep) => None,
            _ => Some(sync.index.begin(sync.ids.next()).await?),
        };
        let mut targets = match standing {
            Standing::Missing => Vec::new(),
            Standing::Current => vec![sync.clone()],
            Standing::Older | Standing::Newer => vec![sync.with(sync.index.outlived().await?)],
        };
        targets.extend(begun.as_ref().map(|_| sync.with(sync.index.beside())));
        store::free_slot(&sync.postgres, &slot.name).await?;
        let mut client = ReplicationClient::connect(replication(&sync.postgres_url, &slot.name)).await?;
        client.wait_started().await?;
        tracing::info!(slot = slot.name, "following PostgreSQL");
        Ok(Some(Prepared { client, targets: RwLock::new(targets), begun }))
    }

    /// Looks whether this copy still leads an index that is still there, and whether another one wants to lead. What is
    /// being built is finished first.
    async fn look(self, leadership: &mut Leadership, building: &AtomicBool) -> Result<Term, SyncError> {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let wanted = timeout(ANSWERS_WITHIN, leadership.is_wanted(self.sync.number())).await;
            let wanted = wanted.map_err(|_| SyncError::Deposed)?.map_err(|_| SyncError::Deposed)?;
            let is_building = building.load(Ordering::Relaxed);
            if wanted && !is_building {
                tracing::info!("another copy asks for the lead, to build an index");
                return Ok(Term::Yielded);
            }
            // Where there is none yet, it is being built. Where Elasticsearch is away, those who write find out by themselves,
            // and wait.
            let standing = timeout(LOOKS_WITHIN, self.sync.index.standing()).await;
            if !is_building && matches!(standing, Ok(Ok(Standing::Missing))) {
                return Err(SyncError::IndexGone);
            }
        }
    }

    /// Builds what is to be built, then compares at once, whenever asked, and every so often. Ends only by an error that
    /// waiting does not mend, or when nothing but building was wanted.
    async fn keep_true(
        self,
        begun: Option<String>,
        targets: &Targets,
        building: &AtomicBool,
        compare: &Notify,
    ) -> Result<Term, SyncError> {
        if let Some(index) = begun {
            rebuild::build(self.sync, &index, targets, self.tell).await?;
            building.store(false, Ordering::Relaxed);
        }
        if self.errand == Errand::Rebuild {
            return Ok(Term::Over);
        }
        let mut backoff = Backoff::new(&self.sync.ids);
        loop {
            patiently(&mut backoff, || reconcile(self.sync)).await?;
            // Runs out by time, or is asked for.
            drop(timeout(self.sync.reconcile, compare.notified()).await);
        }
    }

    /// Does `work` in the time that everything before the first change may take; none when the service stops.
    async fn in_time<T>(
        self,
        work: impl Future<Output = Result<T, SyncError>>,
    ) -> Result<Option<T>, SyncError> {
        match self.stopping.run_until_cancelled(timeout(PREPARED_WITHIN, work)).await {
            None => Ok(None),
            Some(Err(_)) => Err(SyncError::Silent),
            Some(Ok(done)) => done.map(Some),
        }
    }
}

/// A slot that is made anew beside an index that stands means that changes were missed. The comparison with which every
/// term begins finds them; people should hear of it.
fn tell_of_loss(slot: &Slot, standing: Standing) {
    if slot.made && standing != Standing::Missing {
        metrics::slot_made_anew();
        tracing::warn!(
            slot = slot.name,
            lost_its_log = slot.lost,
            "the slot was gone, it was made anew; what was missed meanwhile is found by comparing everything"
        );
    }
}
