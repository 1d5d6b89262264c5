//! What follows once the provider has given money back, or has refused to. Called with the order locked, in the
//! transaction that ends the command.

use contracts::{
    id::{RefundId, TicketRef},
    message::{Message, OrderRefunded},
};
use platform::postgres::{StoreError, Tx};

use super::{Cause, RefundState, store};
use crate::{
    offer,
    order::{self, Order},
    outbox,
    payment::{self, Attempt, AttemptState, Standing},
    state::Booking,
    webhook,
};

/// Ends the refund: done, or `refused` with where the authorization stands.
///
/// # Errors
/// When the database fails.
pub async fn end(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    attempt: &Attempt,
    refund: RefundId,
    refused: Option<Option<Standing>>,
) -> Result<(), StoreError> {
    let Some(standing) = refused else {
        done(app, tx, order, refund).await?;
        if store::given_back(tx, order).await? == attempt.amount.minor {
            payment::store::decide(tx, attempt, AttemptState::Refunded, None).await?;
        }
        return Ok(());
    };
    let now = app.clock.now();
    store::end(tx, order, refund, RefundState::Refused, now).await?;
    let cause = "the provider refused to give the money back: somebody must look at it";
    order::store::history::note(tx, (order.event, order.id), order.state, cause, now).await?;
    tracing::error!(order.id = %order.id, refund.id = %refund, ?standing, "a refund was refused: somebody must look at it");
    Ok(())
}

/// The money went back: the fan is told, once.
pub(super) async fn done(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    refund: RefundId,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    store::end(tx, order, refund, RefundState::Done, now).await?;
    let found = store::find(tx, order, refund).await?;
    let found = found.ok_or_else(|| StoreError::Unexpected("a command without its refund".to_owned()))?;
    let lines = order::store::line::of(&mut **tx, order).await?;
    let lines = lines.into_iter().filter(|line| line.refund == Some(refund)).map(|line| line.line);
    let tickets: Vec<_> =
        lines.map(|line| (TicketRef { event: order.event, ticket: line.ticket }, line.place)).collect();
    let places = tickets.iter().map(|(_, place)| place.clone()).collect();
    let called_off = found.cause == Cause::EventCancelled;
    webhook::tell::refunded(app, tx, order, (refund, found.amount), tickets, called_off).await?;
    let (event, to) = offer::store::mail(tx, order.event, order.account).await?;
    let message = Message::OrderRefunded(OrderRefunded {
        to,
        order: order.reference(),
        event,
        amount: found.amount,
        places,
        why: found.reason,
        called_off,
    });
    outbox::append::append(tx, &app.ids, (order.event, &message), &refund.to_string(), now).await?;
    tracing::info!(order.id = %order.id, refund.id = %refund, "money went back");
    Ok(())
}
