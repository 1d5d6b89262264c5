//! Whether tickets of an event may be sent to others.

use contracts::id::EventId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
    ticket,
};

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
pub async fn set(app: &Booking, by: &Actor, event: EventId, allowed: bool) -> Result<(), RuleError> {
    let owner = ticket::store::owner(&app.postgres, event).await?.ok_or(RuleError::UnknownEvent)?;
    if owner != by.organizer {
        return Err(RuleError::NotYours);
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    audit::store::alone(&mut tx, "transfer.rule", event).await?;
    let before = store::is_allowed(&mut tx, event).await?;
    store::set_rule(&mut tx, event, allowed).await?;
    let did = Did::to("transfer.rule", event).set("allowed", before, allowed);
    audit::store::append(&mut tx, by, did).await?;
    Ok(postgres::commit(tx).await?)
}
