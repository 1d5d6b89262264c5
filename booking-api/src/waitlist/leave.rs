//! Somebody goes off the waitlist: by their own will, or by the organizer's.

use contracts::id::{AccountId, EventId, WaitlistEntryId};
use platform::postgres::{self, StoreError, Tx};
use tracing::instrument;

use super::{EntryState, manage::ManageError, store};
use crate::{
    audit::{self, Actor, Did},
    offer::own::own,
    sale,
    state::Booking,
};

/// The fan leaves. What they were offered is offered to the next; who is on no list has left already.
///
/// # Errors
/// When the database fails.
#[instrument(name = "waitlist.leave", skip_all, fields(event.id = %event))]
pub async fn leave(app: &Booking, account: AccountId, event: EventId) -> Result<(), StoreError> {
    let Some(entry) = store::own(&app.postgres, event, account).await? else { return Ok(()) };
    let mut tx = postgres::begin(&app.postgres).await?;
    end(app, &mut tx, (event, entry.id), EntryState::Left).await?;
    postgres::commit(tx).await
}

/// The organizer removes an entry of their own event. One that is over stays as it was.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "waitlist.remove", skip_all, fields(event.id = %event))]
pub async fn remove(
    app: &Booking,
    by: &Actor,
    event: EventId,
    entry: WaitlistEntryId,
) -> Result<(), ManageError> {
    own(&app.postgres, by.organizer, event).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    end(app, &mut tx, (event, entry), EntryState::Removed).await?;
    audit::store::append(&mut tx, by, Did::new("waitlist.remove", entry).of(event)).await?;
    Ok(postgres::commit(tx).await?)
}

/// Ends an entry that waits, or that seats wait for: those wait for somebody else then.
async fn end(
    app: &Booking,
    tx: &mut Tx,
    of: (EventId, WaitlistEntryId),
    how: EntryState,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    if store::step(tx, of, EntryState::Waiting, how, now).await? {
        return Ok(());
    }
    // Its offer may be accepted at this moment: whoever has the lock of the seats decides.
    let seats = store::offer::seats(tx, of.0, of.1).await?;
    sale::store::lock(tx, of.0, &seats).await?;
    if store::step(tx, of, EntryState::Offered, how, now).await? {
        store::offer::withdraw(tx, of, now).await?;
    }
    Ok(())
}
