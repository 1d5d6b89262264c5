//! A key is good no longer.

use contracts::id::{AccountId, OrganizerKeyId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::state::Booking;

/// Revokes a key of `organizer`; `false` when there is none with this id that holds. No gate takes it after two seconds.
///
/// # Errors
/// When the database fails.
#[instrument(name = "key.revoke", skip_all, fields(key.id = %id))]
pub async fn revoke(app: &Booking, organizer: AccountId, id: OrganizerKeyId) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let revoked = store::revoke(&mut tx, organizer, id, app.clock.now()).await?;
    postgres::commit(tx).await?;
    Ok(revoked)
}
