//! Checking the code on a ticket.

use contracts::{id::AccountId, team::Scope, ticket_code::TicketCode};
use platform::postgres::StoreError;

use super::{Because, store};
use crate::state::Booking;

/// Why a code does not let anybody in.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// We did not sign it, or it is of no event of one's own.
    #[error("the code is not genuine")]
    NotGenuine,
    /// It was good once.
    #[error("the code was revoked")]
    Revoked(Because),
    /// A store failed.
    #[error("checking a code failed")]
    Store(#[from] StoreError),
}

/// What `code` says, and the place of its ticket, for the organizer of its event. To who works
/// for some of their events only (`scope`), a code of another is of somebody else's event.
///
/// # Errors
/// [`CheckError`].
pub async fn check(
    app: &Booking,
    organizer: AccountId,
    scope: &Scope,
    code: &str,
) -> Result<(TicketCode, String), CheckError> {
    let code = TicketCode::verify(code, &app.keys.tickets.current()).ok_or(CheckError::NotGenuine)?;
    if !scope.holds(code.event) || store::owner(&app.postgres, code.event).await? != Some(organizer) {
        return Err(CheckError::NotGenuine);
    }
    let mut tx = platform::postgres::begin(&app.postgres).await?;
    let standing = store::standing(&mut tx, code).await?.ok_or(CheckError::NotGenuine)?;
    standing.revoked.map_or(Ok((code, standing.place)), |because| Err(CheckError::Revoked(because)))
}
