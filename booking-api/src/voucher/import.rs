//! An organizer brings vouchers.

use contracts::{
    access_code::import::{Import, Outcome},
    id::EventId,
};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{NewVoucher, PURPOSE, Written, store};
use crate::{
    audit::{self, Actor, Did},
    offer::own::{NotOwned, own},
    state::Booking,
};

/// Why an organizer can do nothing with vouchers.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no such event, or it is another organizer's.
    #[error(transparent)]
    Event(#[from] NotOwned),
    /// The event has no such voucher.
    #[error("the event has no such voucher")]
    UnknownVoucher,
    /// The database failed; nothing was done, unless the outcome of the commit is unknown. Ask again.
    #[error("managing vouchers failed")]
    Store(#[from] StoreError),
}

/// Imports `written` vouchers, and says of each what became of it, in order. All that can be are imported in one
/// transaction; importing the same again changes nothing.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "voucher.import", skip_all, fields(event.id = %event))]
pub async fn import(
    app: &Booking,
    by: &Actor,
    event: EventId,
    written: &[Written],
) -> Result<Vec<Outcome>, ManageError> {
    own(&app.postgres, by.organizer, event).await?;
    let tiers = store::tiers(&app.postgres, event).await?;
    let import = Import::of(written.iter().map(|one| one.read(&tiers)), |new| &new.code);
    let rows: Vec<store::Row<'_>> = import.read().iter().map(|new| row(app, event, new)).collect();
    let mut tx = postgres::begin(&app.postgres).await?;
    let imported = store::insert(&mut tx, event, &rows, app.clock.now()).await?;
    let did = Did::to("voucher.import", event).now("imported", imported.len());
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    tracing::info!(event.id = %event, imported = imported.len(), of = written.len(), "vouchers were imported");
    Ok(import.outcomes(rows.iter().map(|row| imported.contains(&row.id))))
}

fn row<'a>(app: &Booking, event: EventId, new: &'a NewVoucher) -> store::Row<'a> {
    store::Row { id: app.ids.next(), hash: app.keys.codes.hash(PURPOSE, event, &new.code), new }
}
