//! An organizer asks for a refund.

use contracts::id::{EventId, OrderRef, TicketId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{
    Cause, NotThese, Refund, chosen,
    give_back::{Giving, give_back},
    handler, store,
};
use crate::{
    audit::{self, Actor, Did},
    dispute,
    idempotency::{self, Done, Run},
    mirror, offer,
    order::{self, IllegalStep, OrderState, write::StepError},
    state::Booking,
};

/// What to give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskRefund {
    /// Of which order.
    pub order: OrderRef,
    /// These tickets, or all that are left.
    pub tickets: Option<Vec<TicketId>>,
    /// Why, in words for the fan.
    pub reason: String,
}

/// Why nothing was given back.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// There is no such order.
    #[error("there is no such order")]
    Unknown,
    /// Its event is another organizer's.
    #[error("the event is another organizer's")]
    NotYours,
    /// It has nothing to give back.
    #[error("an order that is {0:?} has nothing to give back")]
    NotPaid(OrderState),
    /// Its fan has taken the payment up with a bank, which decides about it.
    #[error("the payment is disputed")]
    Disputed,
    /// Not these tickets.
    #[error("order of event {0}: {1}")]
    NotThese(EventId, NotThese),
    /// The state knows no such step: a bug.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// A store failed.
    #[error("refunding an order failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for RefundError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

/// Takes tickets back and has their price given back. Asked again for the same tickets it refuses, and so do two at once:
/// a ticket goes back once.
///
/// # Errors
/// [`RefundError`]; nothing was given back then.
#[instrument(name = "refund.ask", skip_all, fields(order.id = %ask.order.order))]
pub async fn ask(
    app: &Booking,
    by: &Actor,
    ask: &AskRefund,
    run: Option<&Run>,
) -> Result<Refund, RefundError> {
    let OrderRef { event, order } = ask.order;
    let owner = offer::store::owner(&app.postgres, event).await?.ok_or(RefundError::Unknown)?;
    if owner != by.organizer {
        return Err(RefundError::NotYours);
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = order::store::lock(&mut tx, event, order).await?.ok_or(RefundError::Unknown)?;
    if !order.state.is_paid() {
        return Err(RefundError::NotPaid(order.state));
    }
    if dispute::store::is_open(&mut tx, &order).await? {
        return Err(RefundError::Disputed);
    }
    let lines = order::store::line::of(&mut *tx, &order).await?;
    let lines = chosen(&lines, ask.tickets.as_deref()).map_err(|why| RefundError::NotThese(event, why))?;
    let giving = Giving { lines: &lines, cause: Cause::Organizer, reason: &ask.reason, by: by.organizer };
    let refund = give_back(app, &mut tx, &order, &giving).await?;
    let tickets: Vec<TicketId> = lines.iter().map(|line| line.line.ticket).collect();
    let did = Did::new("refund.ask", refund.id).of(event).now("orderId", ask.order).now("tickets", tickets);
    let did = did.now("amount", refund.amount).now("reason", &ask.reason);
    audit::store::append(&mut tx, by, did).await?;
    if let Some(run) = run {
        let answer = serde_json::json!(handler::view(&refund));
        idempotency::store::finish(&mut tx, by.organizer, run, &Done { status: 202, answer }).await?;
    }
    postgres::commit(tx).await?;
    mirror::apply::follow(app, event).await;
    app.payments.commands.notify_one();
    Ok(refund)
}

/// The refunds of one's own order, or of an order of one's own event: the caller has checked that.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &Booking, order: OrderRef) -> Result<Vec<Refund>, StoreError> {
    store::of_order(&app.postgres, order).await
}
