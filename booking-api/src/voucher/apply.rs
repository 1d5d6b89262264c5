//! A fan lays a voucher on a hold, or takes it off again. Nothing is counted yet: the order does that.

use contracts::id::{AccountId, EventId, HoldRef, VoucherId};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{PURPOSE, Refusal, Voucher, store};
use crate::{
    code::guess::{self, Guesser},
    hold::{
        self, About, Hold,
        find::{self, FindError},
        place::{self, PlaceError, Priced},
    },
    order,
    state::Booking,
};

/// Why the hold stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is no such hold of the account.
    #[error("there is no such hold")]
    Hold(#[from] FindError),
    /// It is being paid: what the order costs is fixed.
    #[error("the hold is being paid")]
    Confirmed,
    /// The voucher does nothing for it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A store failed.
    #[error("laying a voucher on a hold failed")]
    Store(#[from] StoreError),
}

impl From<PlaceError> for ApplyError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Voucher(refusal) => Self::Refused(refusal),
            error => Self::Hold(FindError::Priced(error)),
        }
    }
}

/// The voucher with this code.
///
/// # Errors
/// [`Refusal::Unknown`], [`PlaceError::Slowed`], or when a store fails.
pub(crate) async fn by_code(
    app: &Booking,
    event: EventId,
    guesser: &Guesser,
    code: &str,
) -> Result<VoucherId, PlaceError> {
    let look = async |hash| store::by_code(&app.postgres, event, &hash).await;
    let found = guess::named(app, guesser, (PURPOSE, event, code), look).await??;
    Ok(found.map(|voucher| voucher.id).ok_or(Refusal::Unknown)?)
}

/// The voucher that lies on a hold, if one does.
///
/// # Errors
/// When the database fails.
pub(crate) async fn on(app: &Booking, about: &About) -> Result<Option<Voucher>, StoreError> {
    match about.voucher {
        Some(voucher) => store::find(&app.postgres, about.event, voucher).await,
        None => Ok(None),
    }
}

/// Whether the voucher on the hold would do for an order now.
///
/// # Errors
/// [`PlaceError::Voucher`] where it would not.
pub(crate) async fn check(app: &Booking, account: AccountId, priced: &Priced) -> Result<(), PlaceError> {
    let Some(voucher) = on(app, &priced.hold.about).await? else { return Ok(()) };
    let own = store::own_uses(&app.postgres, &voucher, account).await?;
    let discount = priced.lines.iter().map(|line| line.discount.minor).sum();
    voucher.check(own, discount, app.clock.now()).map_err(PlaceError::Voucher)
}

/// Lays the voucher with this code on one's own hold, in place of another; or takes off what lies on it.
///
/// # Errors
/// [`ApplyError`]; the hold is as it was.
#[instrument(name = "voucher.apply", skip_all, fields(hold.id = %of.hold))]
pub async fn apply(
    app: &Booking,
    guesser: &Guesser,
    of: HoldRef,
    code: Option<&str>,
) -> Result<Priced, ApplyError> {
    let account = guesser.account;
    let hold = find::own(app, account, of).await?;
    let order = order::store::find_by_hold(&app.postgres, of.event, of.hold).await?;
    if order.is_some_and(|order| order.state.is_open()) {
        return Err(ApplyError::Confirmed);
    }
    let voucher = match code {
        Some(code) => Some(by_code(app, of.event, guesser, code).await?),
        None => None,
    };
    let with = Hold { about: About { voucher, ..hold.about }, ..hold };
    let priced = place::priced(app, with, true).await?;
    check(app, account, &priced).await?;
    if !hold::store::say(&mut app.redis.clone(), &priced.hold).await? {
        return Err(FindError::Gone.into());
    }
    Ok(priced)
}
