//! Building the mirror of one event from Postgres.

use contracts::id::EventId;
use platform::postgres::{self, StoreError};

use super::{Rebuilding, store};
use crate::state::Booking;

/// How many tickets are read and written at once.
const CHUNK: i64 = 1000;

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
