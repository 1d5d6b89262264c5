//! Who did what: the entries of an organizer.

use contracts::{id::AccountId, team::Scope};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{Entry, Wanted, store};
use crate::state::Booking;

/// The entries of `organizer` that are wanted, the newest first. Who works for some events sees what was done about these.
///
/// # Errors
/// When the database fails.
#[instrument(name = "audit.find", skip_all)]
pub async fn find(
    app: &Booking,
    organizer: AccountId,
    scope: &Scope,
    wanted: &Wanted,
) -> Result<Vec<Entry>, StoreError> {
    let events = match scope {
        Scope::All => None,
        Scope::Events(events) => Some(events.as_slice()),
    };
    store::list(&app.postgres, organizer, events, wanted).await
}
