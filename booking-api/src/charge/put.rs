//! Saying what is charged.

use contracts::id::{AccountId, EventId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Charges, store};
use crate::{
    audit::{self, Actor, Did},
    catalog,
    invalid::{Checks, Invalid},
    state::Booking,
};

/// Why the charges stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum ChargeError {
    /// There can be no such charges.
    #[error("the charges are not valid")]
    Invalid(#[from] Invalid),
    /// There is no event of this id.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// Tickets are on sale, or were ordered: people have seen what they cost.
    #[error("sales of the event have begun")]
    Begun,
    /// The database failed.
    #[error("reading or writing charges failed")]
    Store(#[from] StoreError),
}

/// The charges of one's own event.
///
/// # Errors
/// [`ChargeError`].
pub async fn find(app: &Booking, owner: AccountId, event: EventId) -> Result<Charges, ChargeError> {
    let of = crate::offer::store::owner(&app.postgres, event).await?.ok_or(ChargeError::Unknown)?;
    if of != owner {
        return Err(ChargeError::NotYours);
    }
    let mut connection = app.postgres.acquire().await.map_err(StoreError::from)?;
    store::find(&mut connection, event).await?.ok_or(ChargeError::Unknown)
}

/// Writes the charges, as long as nobody can have seen a price with others.
///
/// # Errors
/// [`ChargeError`].
#[instrument(name = "charge.put", skip_all, fields(event.id = %charges.event))]
pub async fn put(app: &Booking, by: &Actor, charges: &Charges) -> Result<(), ChargeError> {
    charges.check()?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let event = catalog::event::store::lock(&mut tx, charges.event).await?.ok_or(ChargeError::Unknown)?;
    if event.owner != by.organizer {
        return Err(ChargeError::NotYours);
    }
    let is_open = event.publication == catalog::event::Publication::Published
        && event.facts.sales_start <= app.clock.now();
    if is_open || store::is_ordered(&mut tx, charges.event).await? {
        return Err(ChargeError::Begun);
    }
    let before = store::find(&mut tx, charges.event).await?;
    let unknown = store::write(&mut tx, charges).await?;
    let mut checks = Checks::default();
    for tier in unknown {
        let at = charges.tiers.iter().position(|(of, _)| *of == tier).unwrap_or_default();
        checks.that(false, format!("/tiers/{at}/tierId"), "is a tier of the event");
    }
    checks.done()?;
    let did = Did::to("charge.put", charges.event);
    let did = before.iter().fold(did, |did, before| {
        did.between(&before.rates, &charges.rates)
            .set("taxIncluded", before.tax_included, charges.tax_included)
            .set("tiers", &before.tiers, &charges.tiers)
    });
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    Ok(())
}
