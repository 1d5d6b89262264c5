//! Taking tickets of a paid order back, in the caller's transaction with the order locked.

use contracts::id::{AccountId, RefundId, TicketId};
use platform::postgres::{StoreError, Tx};

use super::{Cause, Refund, RefundState, end, store};
use crate::{
    order::{
        self, Order, OrderEvent, OrderLine,
        write::{self, StepError},
    },
    payment::{self, AttemptState, PartRefund},
    sale,
    state::Booking,
};

/// What is given back, and why.
pub(crate) struct Giving<'a> {
    /// The tickets.
    pub(crate) lines: &'a [OrderLine],
    /// What it came of.
    pub(crate) cause: Cause,
    /// Why, in words for the fan.
    pub(crate) reason: &'a str,
    /// Who asked for it.
    pub(crate) by: AccountId,
}

/// Makes the tickets void and their seats free, steps the order, and leaves word for the provider to give their price
/// back. Tickets that cost nothing, or were paid at the
/// counter, are given back at once.
pub(crate) async fn give_back(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    giving: &Giving<'_>,
) -> Result<Refund, StepError> {
    let now = app.clock.now();
    let amount = crate::offer::sum(giving.lines.iter().map(|line| line.line.price), order.total.currency)
        .ok_or_else(|| StoreError::Unexpected("the sum of a refund does not fit".to_owned()))?;
    let refund = Refund {
        id: app.ids.next(),
        order: order.reference(),
        cause: giving.cause,
        reason: giving.reason.to_owned(),
        by: giving.by,
        amount,
        state: RefundState::Pending,
        created_at: now,
    };
    store::insert(tx, &refund).await?;
    let tickets: Vec<TicketId> = giving.lines.iter().map(|line| line.line.ticket).collect();
    free(app, tx, order, &tickets, Some(refund.id)).await?;
    let why = match giving.cause {
        Cause::Organizer => format!("the organizer refunded {} tickets: {}", tickets.len(), giving.reason),
        Cause::EventCancelled => format!("the event was called off: {}", giving.reason),
    };
    step(app, tx, order, &why).await?;
    let attempts = payment::store::attempts(tx, order.event, &[order.id]).await?;
    // What cost nothing, or was paid at the counter: no provider has anything to give back.
    if amount.minor == 0 || attempts.is_empty() {
        end::done(app, tx, order, refund.id).await?;
        return Ok(Refund { state: RefundState::Done, ..refund });
    }
    let taken = attempts.iter().find(|attempt| attempt.state == AttemptState::Captured);
    let (attempt, authorization) = taken
        .and_then(|attempt| attempt.authorization.as_deref().map(|authorization| (attempt, authorization)))
        .ok_or_else(|| StoreError::Unexpected("a paid order without a captured payment".to_owned()))?;
    let part = PartRefund { id: refund.id, amount };
    payment::store::command::insert_refund(tx, attempt, authorization, part, now).await?;
    Ok(refund)
}

/// Others may have the seats. With the sale of a ticket its code dies, by a trigger, and comes onto the list of the doors.
pub(crate) async fn free(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    tickets: &[TicketId],
    refund: Option<RefundId>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let of = (order.event, order.id);
    sale::store::lock(tx, order.event, tickets).await?;
    order::store::line::give_back(tx, order, tickets, refund, now).await?;
    sale::store::unsell_some(tx, of, tickets).await?;
    sale::store::free(tx, order.event, tickets, now).await
}

/// The order is refunded, wholly once it has no ticket left.
pub(crate) async fn step(app: &Booking, tx: &mut Tx, order: &Order, why: &str) -> Result<(), StepError> {
    let lines = order::store::line::of(&mut **tx, order).await?;
    let is_empty = lines.iter().all(|line| line.returned_at.is_some());
    let event = if is_empty { OrderEvent::Refunded } else { OrderEvent::RefundedInPart };
    write::step(tx, order, event, why, app.clock.now()).await?;
    Ok(())
}
