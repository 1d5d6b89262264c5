//! Looking at one's own hold.

use contracts::id::{AccountId, EventId, HoldRef};
use platform::postgres::StoreError;

use super::{
    Hold,
    place::{self, PlaceError, Priced},
    store,
};
use crate::state::Booking;

/// Why there is nothing to see, or to extend.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// It has ended, or never was.
    #[error("there is no such hold any more")]
    Gone,
    /// It is somebody else's.
    #[error("the hold is somebody else's")]
    NotYours,
    /// Nobody knows what its tickets are.
    #[error("the tickets of the hold are not known")]
    Priced(#[from] PlaceError),
    /// A store failed.
    #[error("finding a hold failed")]
    Store(#[from] StoreError),
}

/// The hold with its prices, for its owner.
///
/// # Errors
/// [`FindError`].
pub async fn find(app: &Booking, account: AccountId, of: HoldRef) -> Result<Priced, FindError> {
    let hold = own(app, account, of).await?;
    Ok(place::priced(app, hold, true).await?)
}

/// The hold, for its owner.
///
/// # Errors
/// [`FindError`], but for the prices.
pub async fn own(app: &Booking, account: AccountId, of: HoldRef) -> Result<Hold, FindError> {
    let hold = store::find(&mut app.redis.clone(), of.event, of.hold).await?.ok_or(FindError::Gone)?;
    if hold.about.account == account { Ok(hold) } else { Err(FindError::NotYours) }
}

/// The hold that a new one of `event` replaces, while it is there and the account's. One on what the waitlist offers stays.
///
/// # Errors
/// When Redis fails.
pub(super) async fn replaced(
    app: &Booking,
    account: AccountId,
    (event, named): (EventId, Option<HoldRef>),
) -> Result<Option<Hold>, StoreError> {
    let Some(of) = named.filter(|of| of.event == event) else { return Ok(None) };
    let hold = store::find(&mut app.redis.clone(), event, of.hold).await?;
    Ok(hold.filter(|hold| hold.about.account == account && hold.about.offer.is_none()))
}
