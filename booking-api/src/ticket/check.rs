//! Checking the code on a ticket.

use contracts::{id::AccountId, ticket_code::TicketCode};
use platform::postgres::StoreError;

use super::store;
use crate::state::Booking;

/// Why a code does not let anybody in.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// We did not sign it, or it is not the newest issue of a ticket of one's own events.
    #[error("the code is not genuine")]
    NotGenuine,
    /// A store failed.
    #[error("checking a code failed")]
    Store(#[from] StoreError),
}

/// What `code` says, and the place of its ticket, for the organizer of its event.
///
/// # Errors
/// [`CheckError`].
pub async fn check(
    app: &Booking,
    organizer: AccountId,
    code: &str,
) -> Result<(TicketCode, String), CheckError> {
    let code = TicketCode::verify(code, &app.keys.ticket.public()).ok_or(CheckError::NotGenuine)?;
    let place = store::place_of(&app.postgres, code, organizer).await?.ok_or(CheckError::NotGenuine)?;
    Ok((code, place))
}
