//! Counting the seats of a code, in the transaction of an order. The tickets are locked before, and a voucher: codes come
//! last in the order of locks.

use contracts::id::PresaleCodeId;
use platform::postgres::{StoreError, Tx};

use super::store;
use crate::order::Order;

/// Why a code was not used.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// It is good for so few more seats.
    #[error("the code is good for {0} more seats")]
    UsedUp(i64),
    /// The database failed.
    #[error("using a code failed")]
    Store(#[from] StoreError),
}

/// Counts the `seats` of `order`, all or none.
///
/// # Errors
/// [`RedeemError`]; then nothing of the transaction may be committed.
pub(crate) async fn redeem(
    tx: &mut Tx,
    order: &Order,
    code: PresaleCodeId,
    seats: i64,
) -> Result<(), RedeemError> {
    check(tx, order, code, seats).await?;
    Ok(store::note(tx, order, code).await?)
}

async fn check(tx: &mut Tx, order: &Order, code: PresaleCodeId, seats: i64) -> Result<(), RedeemError> {
    let most = store::lock(tx, order.event, code).await?.ok_or(RedeemError::UsedUp(0))?;
    let Some(most) = most.map(i64::from) else { return Ok(()) };
    let used = store::seats(tx, order.event, code, order.id).await?;
    if used + seats > most { Err(RedeemError::UsedUp((most - used).max(0))) } else { Ok(()) }
}

/// Whether an order that had expired may have its seats after all, as far as its code goes: others may have used them.
pub(crate) async fn may_return(tx: &mut Tx, order: &Order) -> Result<bool, StoreError> {
    let Some((code, seats)) = store::of_order(tx, order).await? else { return Ok(true) };
    match check(tx, order, code, seats).await {
        Ok(()) => Ok(true),
        Err(RedeemError::UsedUp(_)) => Ok(false),
        Err(RedeemError::Store(error)) => Err(error),
    }
}
