//! An organizer brings vouchers.

use std::collections::HashSet;

use contracts::id::{AccountId, EventId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{NewVoucher, PURPOSE, Written, store};
use crate::{code::Outcome, offer, state::Booking};

/// Why an organizer can do nothing with vouchers.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no such event.
    #[error("there is no such event")]
    Unknown,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// The event has no such voucher.
    #[error("the event has no such voucher")]
    UnknownVoucher,
    /// The database failed; nothing was done, unless the outcome of the commit is unknown. Ask again.
    #[error("managing vouchers failed")]
    Store(#[from] StoreError),
}

/// Lets only the organizer of the event go on.
pub(super) async fn own(app: &Booking, organizer: AccountId, event: EventId) -> Result<(), ManageError> {
    let owner = offer::store::owner(&app.postgres, event).await?.ok_or(ManageError::Unknown)?;
    if owner == organizer { Ok(()) } else { Err(ManageError::NotYours) }
}

/// Imports `written` vouchers, and says of each what became of it, in order. All that can be are imported in one
/// transaction; importing the same again changes nothing.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "voucher.import", skip_all, fields(event.id = %event))]
pub async fn import(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    written: &[Written],
) -> Result<Vec<Outcome>, ManageError> {
    own(app, organizer, event).await?;
    let tiers = store::tiers(&app.postgres, event).await?;
    let (mut outcomes, mut new, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for one in written {
        outcomes.push(match one.read(&tiers) {
            Ok(voucher) if !seen.insert(voucher.code.clone()) => {
                Outcome::Refused(format!("the code that ends in {} is there twice", voucher.code.hint()))
            }
            Ok(voucher) => {
                new.push((outcomes.len(), voucher));
                Outcome::Unchanged
            }
            Err(why) => Outcome::Refused(why),
        });
    }
    let rows: Vec<store::Row<'_>> = new.iter().map(|(_, voucher)| row(app, event, voucher)).collect();
    let mut tx = postgres::begin(&app.postgres).await?;
    let imported = store::insert(&mut tx, event, &rows, app.clock.now()).await?;
    postgres::commit(tx).await?;
    for ((index, _), row) in new.iter().zip(&rows) {
        if imported.contains(&row.id) {
            outcomes[*index] = Outcome::Imported;
        }
    }
    tracing::info!(event.id = %event, imported = imported.len(), of = written.len(), "vouchers were imported");
    Ok(outcomes)
}

fn row<'a>(app: &Booking, event: EventId, new: &'a NewVoucher) -> store::Row<'a> {
    store::Row { id: app.ids.next(), hash: app.keys.codes.hash(PURPOSE, event, &new.code), new }
}
