//! What an organizer has: their events.

use contracts::{
    id::{AccountId, EventId},
    team::Scope,
};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{Listed, store};
use crate::state::Booking;

/// The most events in one answer.
pub const PAGE: i64 = 100;

/// At most [`PAGE`] events of `organizer` that were made before `before`, the newest made first. Who works for some events sees these.
///
/// # Errors
/// When the database fails.
#[instrument(name = "event.list", skip_all)]
pub async fn list(
    app: &Booking,
    organizer: AccountId,
    scope: &Scope,
    before: Option<EventId>,
) -> Result<Vec<Listed>, StoreError> {
    let among = match scope {
        Scope::All => None,
        Scope::Events(events) => Some(events.as_slice()),
    };
    store::of_organizer(&app.postgres, organizer, among, before, PAGE).await
}
