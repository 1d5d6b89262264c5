//! Taking a ticket back that nobody has accepted yet.

use contracts::id::{AccountId, TicketRef};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{TransferState, store};
use crate::{order, state::Booking};

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The ticket is not on its way, or not sent by this account.
    #[error("the ticket is not on its way")]
    None,
    /// The database failed.
    #[error("taking a ticket back failed")]
    Store(#[from] StoreError),
}

/// Takes the ticket back: the mail opens nothing any more, and the code is as good as it was.
///
/// # Errors
/// [`CancelError`].
#[instrument(name = "transfer.cancel", skip_all, fields(event.id = %of.event, ticket.id = %of.ticket))]
pub async fn cancel(app: &Booking, holder: AccountId, of: TicketRef) -> Result<(), CancelError> {
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let bought = store::order_of(&mut tx, of.event, of.ticket).await?.ok_or(CancelError::None)?;
    let bought = order::store::lock(&mut tx, of.event, bought).await?.ok_or(CancelError::None)?;
    let open = store::lock_open(&mut tx, of.event, of.ticket).await?;
    let open = open.filter(|open| open.from == holder && open.is_open(now)).ok_or(CancelError::None)?;
    store::end(&mut tx, &open, TransferState::Cancelled, None, now).await?;
    let cause = "a ticket that was sent on was taken back before it was accepted";
    order::store::history::note(&mut tx, (of.event, bought.id), bought.state, cause, now).await?;
    postgres::commit(tx).await?;
    Ok(())
}
