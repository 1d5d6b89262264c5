//! Taking in what a provider tells of a dispute.

use platform::postgres::{self, StoreError, Tx};
use serde_json::Value;
use tracing::instrument;

use super::{DisputeState, DisputeTold, store};
use crate::{
    mirror,
    order::{self, Order, settle::SettleError},
    payment::{self, AttemptState, ProviderName},
    refund::{self, give_back},
    state::Booking,
};

/// Writes the news and what follows from it, and remembers the callback, in one transaction.
///
/// # Errors
/// [`SettleError`]; nothing was written then.
#[instrument(name = "dispute.take_in", skip_all, fields(order.id))]
pub async fn take_in(
    app: &Booking,
    provider: ProviderName,
    told: &DisputeTold,
    (callback, body): (&str, &Value),
) -> Result<(), SettleError> {
    let now = app.clock.now();
    let of = payment::store::find_authorized(&app.postgres, provider, &told.authorization).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    if payment::store::callback::take_in(&mut tx, provider, &[(callback, body)], now).await?.is_empty() {
        return Ok(());
    }
    let Some((event, order, n)) = of else {
        tracing::warn!(
            payment.authorization = told.authorization,
            "a dispute is about a payment that is not ours"
        );
        return Ok(postgres::commit(tx).await?);
    };
    tracing::Span::current().record("order.id", tracing::field::display(order));
    let missing = || StoreError::Unexpected("an attempt without its order".to_owned());
    let order = order::store::lock(&mut tx, event, order).await?.ok_or_else(missing)?;
    if store::write(&mut tx, provider, told, (event, order.id, n), now).await? {
        follow(app, &mut tx, &order, told, n).await?;
    }
    postgres::commit(tx).await?;
    app.payments.commands.notify_one();
    mirror::apply::follow(app, event).await;
    Ok(())
}

/// What the news mean for the order.
async fn follow(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    told: &DisputeTold,
    n: i32,
) -> Result<(), SettleError> {
    let now = app.clock.now();
    let (ids, amount) = ((order.event, order.id), told.amount);
    let lines = order::store::line::of(&mut **tx, order).await?;
    let live: Vec<_> =
        lines.into_iter().filter(|line| line.returned_at.is_none()).map(|line| line.line).collect();
    let worth = crate::offer::total(&live, order.total.currency);
    let cause = match told.state {
        DisputeState::Opened => format!("the fan's bank disputes {amount}"),
        DisputeState::Won => {
            // A provider refuses to refund what a bank looks at: what it refused meanwhile is told again.
            if refund::store::ask_again(tx, order).await? > 0 {
                payment::store::command::ask_again(tx, order, None, now).await?;
            }
            format!("the dispute about {amount} was won")
        }
        DisputeState::Lost
            if order.state.is_paid() && worth.is_some_and(|worth| worth.minor <= amount.minor) =>
        {
            let tickets: Vec<_> = live.iter().map(|line| line.ticket).collect();
            give_back::free(app, tx, order, &tickets, None).await?;
            give_back::step(app, tx, order, &format!("the dispute about {amount} was lost")).await?;
            let attempts = payment::store::attempts(tx, order.event, &[order.id]).await?;
            if let Some(attempt) = attempts.iter().find(|attempt| attempt.n == n) {
                payment::store::decide(tx, attempt, AttemptState::Refunded, None).await?;
            }
            return Ok(());
        }
        // About a part: which of the tickets it means, only the organizer can say.
        DisputeState::Lost => format!("the dispute about {amount} was lost; the tickets stay as they are"),
    };
    Ok(order::store::history::note(tx, ids, order.state, &cause, now).await?)
}
