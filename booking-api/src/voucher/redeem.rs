//! Counting the use of a voucher, in the transaction of its order. The tickets are locked before, so that nobody waits for
//! a voucher who has one that others wait for.

use chrono::{DateTime, Utc};
use contracts::id::VoucherId;
use platform::postgres::{StoreError, Tx};

use super::{Refusal, store};
use crate::order::Order;

/// Why a voucher was not used.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// It does nothing for this order.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error("using a voucher failed")]
    Store(#[from] StoreError),
}

/// Counts that `order` pays `discount` less by the voucher. Of many at once exactly as many count as the voucher allows.
///
/// # Errors
/// [`RedeemError`]; then nothing of the transaction may be committed.
pub(crate) async fn redeem(
    tx: &mut Tx,
    order: &Order,
    voucher: VoucherId,
    discount: i64,
    now: DateTime<Utc>,
) -> Result<(), RedeemError> {
    let voucher = store::lock(tx, order.event, voucher).await?.ok_or(Refusal::Unknown)?;
    let own = store::own_uses(&mut **tx, &voucher, order.account).await?;
    voucher.check(own, discount, now)?;
    Ok(store::count(tx, order, voucher.id, discount, now).await?)
}

/// Uses again what the order gave back when it expired: its payment came after all. `false` when others have used it up
/// meanwhile. Whether its time is over is judged as of when the order was made.
pub(crate) async fn redeem_again(tx: &mut Tx, order: &Order) -> Result<bool, StoreError> {
    let Some(returned) = store::returned(tx, order).await? else { return Ok(true) };
    match redeem(tx, order, returned.voucher, returned.discount, returned.used_at).await {
        Ok(()) => Ok(true),
        Err(RedeemError::Refused(_)) => Ok(false),
        Err(RedeemError::Store(error)) => Err(error),
    }
}
