//! Whether tickets of an event may be sent to others.

use contracts::id::{AccountId, EventId};
use platform::postgres::StoreError;
use tracing::instrument;

use super::store;
use crate::{state::Booking, ticket};

/// Why the rule stays.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// There is no such event.
    #[error("there is no such event")]
    UnknownEvent,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// The database failed.
    #[error("changing the rule failed")]
    Store(#[from] StoreError),
}

/// Lets tickets be sent, or no more from now on. What is on its way already can still be accepted.
///
/// # Errors
/// [`RuleError`].
#[instrument(name = "transfer.rule", skip_all, fields(event.id = %event))]
pub async fn set(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    allowed: bool,
) -> Result<(), RuleError> {
    let owner = ticket::store::owner(&app.postgres, event).await?.ok_or(RuleError::UnknownEvent)?;
    if owner != organizer {
        return Err(RuleError::NotYours);
    }
    Ok(store::set_rule(&app.postgres, event, allowed).await?)
}
