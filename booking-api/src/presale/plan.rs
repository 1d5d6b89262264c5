//! An organizer says when tickets are sold with codes only.

use contracts::id::{AccountId, EventId, PresaleId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Presale, Written, check, store};
use crate::{
    audit::{self, Actor, Did},
    catalog,
    invalid::Invalid,
    offer::own::{NotOwned, own},
    seat,
    state::Booking,
};

/// Why an organizer can do nothing with presales.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no such event, or it is another organizer's.
    #[error(transparent)]
    Event(#[from] NotOwned),
    /// There can be no such windows.
    #[error("the windows are not valid")]
    Invalid(#[from] Invalid),
    /// The event has no such code.
    #[error("the event has no such code")]
    UnknownCode,
    /// The database failed; nothing was done, unless the outcome of the commit is unknown. Ask again.
    #[error("managing presales failed")]
    Store(#[from] StoreError),
}

/// The windows of one's own event.
///
/// # Errors
/// [`ManageError`].
pub async fn find(app: &Booking, organizer: AccountId, event: EventId) -> Result<Vec<Presale>, ManageError> {
    own(&app.postgres, organizer, event).await?;
    Ok(store::of_event(&app.postgres, event).await?)
}

/// Puts `windows` in place of those that there are. What is held stays held.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "presale.put", skip_all, fields(event.id = %event))]
pub async fn put(app: &Booking, by: &Actor, event: EventId, windows: &[Written]) -> Result<(), ManageError> {
    let tiers: Vec<_> =
        seat::store::tiers(&app.postgres, event).await?.into_iter().map(|tier| tier.id).collect();
    let mut tx = postgres::begin(&app.postgres).await?;
    // The lock on the event: of two organizers' pages at once one is whole.
    let locked = catalog::event::store::lock(&mut tx, event).await?.ok_or(NotOwned::Unknown)?;
    if locked.owner != by.organizer {
        return Err(NotOwned::NotYours.into());
    }
    check(windows, &tiers)?;
    let before: Vec<Written> =
        store::of_event(&mut *tx, event).await?.into_iter().map(Presale::written).collect();
    let named: Vec<(PresaleId, &Written)> = windows.iter().map(|window| (app.ids.next(), window)).collect();
    store::put(&mut tx, event, &named).await?;
    audit::store::append(&mut tx, by, Did::to("presale.put", event).set("presales", before, windows)).await?;
    postgres::commit(tx).await?;
    app.views.forget(event).await;
    Ok(())
}
