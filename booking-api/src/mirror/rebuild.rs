//! Building the mirror of one event from Postgres.

use std::time::Duration;

use contracts::id::EventId;
use platform::postgres::{self, StoreError};
use tokio::time::{Instant, sleep, timeout_at};

use super::{Rebuilding, store};
use crate::state::Booking;

/// How many tickets are read and written at once.
const CHUNK: i64 = 1000;

/// How long somebody who asks for seats waits for the mirror: one of a large hall is built in less.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether another copy has built it.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Why there is no mirror.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another copy is at it.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// A store failed.
    #[error("building the mirror failed")]
    Store(#[from] StoreError),
}

/// The epoch of the mirror of `event`; builds it first where it does not belong to this Redis.
///
/// One copy builds at a time (an advisory lock). Were there two nevertheless, only the later could finish: the mirror
/// remembers which epoch is being built.
///
/// # Errors
/// [`RebuildError`].
#[tracing::instrument(name = "mirror.rebuild", skip_all, fields(event.id = %event))]
pub async fn ensure(app: &Booking, event: EventId) -> Result<i64, RebuildError> {
    let redis = &mut app.redis.clone();
    if let (_, Some(epoch)) = store::look(redis, event).await? {
        return Ok(epoch);
    }
    // This transaction is the lock and nothing else: it writes nothing, so Redis may be asked inside it.
    let mut lock = postgres::begin(&app.postgres).await?;
    if !store::lock(&mut lock, event).await? {
        return Err(Rebuilding.into());
    }
    let built = build(app, event).await;
    postgres::rollback(lock).await;
    built
}

/// As [`ensure`], but waits while it is built: when a sale begins everybody comes at once, and nobody shall be sent away
/// because they came second.
///
/// # Errors
/// [`RebuildError`]; that it is still being built only after some seconds.
pub async fn wait(app: &Booking, event: EventId) -> Result<i64, RebuildError> {
    let turn = app.builds.of(event).await;
    let until = Instant::now() + PATIENCE;
    let Ok(_turn) = timeout_at(until, turn.lock()).await else { return Err(Rebuilding.into()) };
    loop {
        match ensure(app, event).await {
            Err(RebuildError::Rebuilding(_)) if Instant::now() < until => sleep(LOOK_AGAIN).await,
            built => return built,
        }
    }
}

/// Builds it, unless another copy did meanwhile.
async fn build(app: &Booking, event: EventId) -> Result<i64, RebuildError> {
    let redis = &mut app.redis.clone();
    let (run, epoch) = store::look(redis, event).await?;
    if let Some(epoch) = epoch {
        return Ok(epoch);
    }
    let epoch = store::next_epoch(&app.postgres, event, &run, app.clock.now()).await?;
    let pools = store::pools(&app.postgres, event).await?;
    if !store::begin(redis, event, &pools, epoch).await? {
        return Err(Rebuilding.into());
    }
    let mut after = -1;
    loop {
        let tickets = store::tickets(&app.postgres, event, after, CHUNK).await?;
        let Some(last) = tickets.last() else { break };
        after = last.ticket.int();
        store::apply(redis, event, &tickets).await?;
    }
    if !store::finish(redis, event, epoch, &run).await? {
        return Err(Rebuilding.into());
    }
    tracing::info!(mirror.epoch = epoch, "the mirror of sold tickets was built");
    Ok(epoch)
}
