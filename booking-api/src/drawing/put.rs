//! Drawing the plan of a draft anew.

use contracts::id::EventId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Drawn, Settled, settled, store};
use crate::{
    audit::{self, Actor, Did},
    catalog::{
        event::{self, create},
        version::{IfMatch, Unmatched},
    },
    invalid::{Checks, Invalid},
    publisher,
    seat::plan::{Said, plan},
    state::Booking,
};

/// Why a plan stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum PutPlanError {
    /// It cannot be a plan.
    #[error("the plan is not valid")]
    Invalid(#[from] Invalid),
    /// There is no event of this id.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// It can be changed no more.
    #[error("the plan is settled")]
    Settled(Settled),
    /// Somebody changed the event since the caller read it.
    #[error("the event has changed")]
    Unmatched(#[from] Unmatched),
    /// The database failed.
    #[error("drawing the plan failed")]
    Store(#[from] StoreError),
}

/// Puts a plan in the place of the one that a draft has, all or nothing.
///
/// # Errors
/// [`PutPlanError`].
#[instrument(name = "drawing.put", skip_all, fields(event.id = %event))]
pub async fn put(
    app: &Booking,
    by: &Actor,
    event: EventId,
    drawn: &Drawn,
    expected: &IfMatch,
) -> Result<(), PutPlanError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::lock(&mut tx, event).await? {
        return Err(PutPlanError::Unknown);
    }
    let before = event::store::lock(&mut tx, event).await?.ok_or(PutPlanError::Unknown)?;
    if before.owner != by.organizer {
        return Err(PutPlanError::NotYours);
    }
    if let Some(settled) = settled(before.publication, store::is_held(&mut tx, event).await?) {
        return Err(PutPlanError::Settled(settled));
    }
    expected.check(before.version)?;
    let known = store::tiers(&mut tx, event).await?;
    let said = Said {
        tiers: &drawn.tiers,
        known: &known,
        seats: &drawn.seats,
        points: &drawn.focal_points,
        is_draft: true,
    };
    let plan = plan(&said, &app.ids)?;
    let kept: Vec<_> = plan.tiers.iter().map(|tier| tier.id).collect();
    let mut checks = Checks::default();
    for name in store::wanted(&mut tx, event, &kept).await? {
        let detail = format!("keeps the tier {name}: a presale, a voucher or the waitlist is about it");
        checks.that(false, "/tiers", detail);
    }
    checks.done()?;
    store::replace(&mut tx, event, &plan).await?;
    publisher::store::write(&mut tx, &[(event, create::untouched(&plan))], app.clock.now()).await?;
    publisher::store::bump(&mut tx, event).await?;
    let kept_back = plan.tickets.iter().filter_map(|ticket| ticket.seat.as_ref()?.keep_back.as_ref()).count();
    let did = Did::to("drawing.put", event)
        .now("tiers", create::tiers_told(&plan.tiers))
        .now("tickets", plan.tickets.len())
        .now("keptBack", kept_back);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    app.views.forget(event).await;
    Ok(())
}
