//! Beginning a run under a key, or finding what came of it before.

use contracts::id::AccountId;
use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};

use super::{Done, Key, RUN_LASTS, Run, store};
use crate::state::Booking;

/// Why the work does not begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The key came with another body.
    #[error("the key belongs to another request")]
    Reused,
    /// The first request under the key is not done.
    #[error("a request under this key is running")]
    Running,
    /// The database failed.
    #[error("looking up a key failed")]
    Store(#[from] StoreError),
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// The work, and [`store::finish`] in its transaction.
    Run(Run),
    /// Nothing: this is the answer.
    Done(Done),
}

/// Commits the key as running.
///
/// # Errors
/// [`BeginError`].
pub async fn begin(app: &Booking, account: AccountId, key: Key) -> Result<Begun, BeginError> {
    let now = app.clock.now();
    let run = Run { key, id: app.ids.next() };
    if store::insert(&app.postgres, account, &run, now).await? {
        return Ok(Begun::Run(run));
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    let before = store::lock(&mut tx, account, &run.key.text).await?;
    let Some(before) = before else { return Err(BeginError::Running) };
    if before.body != run.key.body {
        return Err(BeginError::Reused);
    }
    if let Some(done) = before.done {
        return Ok(Begun::Done(done));
    }
    if before.since + RUN_LASTS > now {
        return Err(BeginError::Running);
    }
    store::take_over(&mut tx, account, &run, now).await?;
    postgres::commit(tx).await?;
    Ok(Begun::Run(run))
}

/// Forgets a run that came to nothing, so that it may be tried again under the same key.
pub async fn forget(app: &Booking, account: AccountId, run: &Run) {
    if let Err(error) = store::delete(&app.postgres, account, run).await {
        tracing::warn!(error = %Chain(&error), "a key stays in use until its run counts as dead");
    }
}
