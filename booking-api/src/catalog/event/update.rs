//! Making an event different: everything but its tickets.

use contracts::id::EventId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{
    ChangedEvent, Links, Publication, check,
    create::{CreateEventError, keep_links},
    store, tell,
};
use crate::{
    allocation,
    audit::{self, Actor},
    catalog::version::{IfMatch, Unmatched},
    drawing,
    invalid::{Checks, Invalid},
    publisher,
    state::Booking,
};

/// Why an event stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpdateEventError {
    /// It cannot be an event.
    #[error("the event is not valid")]
    Invalid(#[from] Invalid),
    /// There is no event of this id.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// It cannot become what the organizer says.
    #[error("the event is {}, and cannot become {}", .from.name(), .to.name())]
    WrongState {
        /// What it is.
        from: Publication,
        /// What it was to be.
        to: Publication,
    },
    /// Somebody changed it since the caller read it.
    #[error("the event has changed")]
    Unmatched(#[from] Unmatched),
    /// Another event of the organizer has this external id.
    #[error("the external id is taken")]
    ExternalIdTaken,
    /// The database failed.
    #[error("changing the event failed")]
    Store(#[from] StoreError),
}

/// Writes over the event. Its currency stays: prices are in it.
///
/// # Errors
/// [`UpdateEventError`].
#[instrument(name = "event.update", skip_all, fields(event.id = %event))]
pub async fn update(
    app: &Booking,
    by: &Actor,
    event: EventId,
    changed: &ChangedEvent,
    expected: &IfMatch,
) -> Result<(), UpdateEventError> {
    let owner = by.organizer;
    let facts = changed.facts();
    let links = Links { venue: changed.venue_id, performers: changed.performer_ids.clone() };
    check(&facts, &links)?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let before = store::lock(&mut tx, event).await?.ok_or(UpdateEventError::Unknown)?;
    if before.owner != owner {
        return Err(UpdateEventError::NotYours);
    }
    expected.check(before.version)?;
    let publication = changed.state.unwrap_or(before.publication);
    if !before.publication.may_become(publication) {
        return Err(UpdateEventError::WrongState { from: before.publication, to: publication });
    }
    let mut checks = Checks::default();
    checks.that(before.facts.currency == facts.currency, "/currency", "cannot change: prices are in it");
    checks.done()?;
    keep_links(&mut tx, owner, &links).await.map_err(|error| match error {
        CreateEventError::Invalid(invalid) => UpdateEventError::Invalid(invalid),
        CreateEventError::ExternalIdTaken => UpdateEventError::ExternalIdTaken,
        CreateEventError::Store(error) => UpdateEventError::Store(error),
    })?;
    let linked = store::links(&mut tx, event).await?;
    store::update(&mut tx, event, &facts, links.venue, publication).await.map_err(|error| {
        match error.constraint() {
            Some("event_owner_id_external_id_key") => UpdateEventError::ExternalIdTaken,
            _ => error.into(),
        }
    })?;
    store::put_performers(&mut tx, event, &links.performers).await?;
    if (before.publication, publication) == (Publication::Draft, Publication::Published) {
        checks_something(drawing::store::has_tickets(&mut tx, event).await?)?;
        // In one transaction: there is no moment in which a fan could have them.
        for kept in drawing::store::kept_by_label(&mut tx, event).await? {
            allocation::keep::keep(app, &mut tx, by, (event, facts.starts_at), kept).await?;
        }
    }
    publisher::store::bump(&mut tx, event).await?;
    let after = tell::After { facts: &facts, links: &links, publication };
    tell::changed(app, &mut tx, (&before, &linked), after).await?;
    let did = tell::did("event.update", (&before, &linked), after);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    app.views.forget(event).await;
    Ok(())
}

/// A draft may have nothing to sell; what is published has.
fn checks_something(has_tickets: bool) -> Result<(), Invalid> {
    let mut checks = Checks::default();
    checks.that(has_tickets, "/state", "is published when there is something to sell: draw its plan first");
    checks.done()
}
