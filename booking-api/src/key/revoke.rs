//! A key is good no longer.

use contracts::id::OrganizerKeyId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
};

/// Revokes a key of `organizer`; `false` when there is none with this id that holds. No gate takes it after two seconds.
///
/// # Errors
/// When the database fails.
#[instrument(name = "key.revoke", skip_all, fields(key.id = %id))]
pub async fn revoke(app: &Booking, by: &Actor, id: OrganizerKeyId) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let revoked = store::revoke(&mut tx, by.organizer, id, app.clock.now()).await?;
    if revoked {
        audit::store::append(&mut tx, by, Did::new("key.revoke", id)).await?;
    }
    postgres::commit(tx).await?;
    Ok(revoked)
}
