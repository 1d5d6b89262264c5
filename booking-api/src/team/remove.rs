//! Somebody works for an organizer no longer.

use contracts::id::AccountId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::state::Booking;

/// Takes `member` out of the team of `organizer`; `false` when they are not in it. What they may do is gone everywhere
/// within two seconds.
///
/// # Errors
/// When the database fails.
#[instrument(name = "team.remove", skip_all)]
pub async fn remove(app: &Booking, organizer: AccountId, member: AccountId) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let removed = store::remove(&mut tx, organizer, member).await?;
    postgres::commit(tx).await?;
    app.teams.forget(member).await;
    Ok(removed)
}
