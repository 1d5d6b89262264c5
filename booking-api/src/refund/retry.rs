//! An organizer has a refund that the provider refused asked for again.

use contracts::id::{OrderRef, RefundId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Refund, RefundState, handler, store};
use crate::{
    audit::{self, Actor, Did},
    dispute,
    idempotency::{self, Done, Run},
    offer, order, payment,
    state::Booking,
};

/// Why nothing was asked again.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// There is no such order, or it has no such refund.
    #[error("there is no such refund")]
    Unknown,
    /// Its event is another organizer's.
    #[error("the event is another organizer's")]
    NotYours,
    /// The provider has not refused it.
    #[error("a refund that is {0:?} cannot be asked for again")]
    NotRefused(RefundState),
    /// Its fan has taken the payment up with a bank, which decides about it.
    #[error("the payment is disputed")]
    Disputed,
    /// A store failed.
    #[error("asking for a refund again failed")]
    Store(#[from] StoreError),
}

/// Lets the refund be pending again, and leaves word for the provider under another key. The tickets went back before, once;
/// now only their money does. Of two who ask at once one does.
///
/// # Errors
/// [`RetryError`]; nothing was asked then.
#[instrument(name = "refund.retry", skip_all, fields(order.id = %of.order, refund.id = %refund))]
pub async fn retry(
    app: &Booking,
    by: &Actor,
    of: OrderRef,
    refund: RefundId,
    run: Option<&Run>,
) -> Result<Done, RetryError> {
    let owner = offer::store::owner(&app.postgres, of.event).await?.ok_or(RetryError::Unknown)?;
    if owner != by.organizer {
        return Err(RetryError::NotYours);
    }
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = order::store::lock(&mut tx, of.event, of.order).await?.ok_or(RetryError::Unknown)?;
    let found = store::find(&mut tx, &order, refund).await?.ok_or(RetryError::Unknown)?;
    if found.state != RefundState::Refused {
        return Err(RetryError::NotRefused(found.state));
    }
    if dispute::store::is_open(&mut tx, &order).await? {
        return Err(RetryError::Disputed);
    }
    store::pend(&mut tx, &order, refund).await?;
    payment::store::command::ask_again(&mut tx, &order, Some(refund), now).await?;
    let cause = format!("the organizer had the provider asked again for the refund of {}", found.amount);
    order::store::history::note(&mut tx, (order.event, order.id), order.state, &cause, now).await?;
    let did = Did::new("refund.retry", refund).of(of.event).now("orderId", of).now("amount", found.amount);
    audit::store::append(&mut tx, by, did).await?;
    let answer = serde_json::json!(handler::view(&Refund { state: RefundState::Pending, ..found }));
    let done = Done { status: 202, answer };
    if let Some(run) = run {
        idempotency::store::finish(&mut tx, by.organizer, run, &done).await?;
    }
    postgres::commit(tx).await?;
    app.payments.commands.notify_one();
    Ok(done)
}
