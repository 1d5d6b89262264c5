//! Telling of orders whose payment the provider has not confirmed after a while, so that nobody orders a second time.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::{
    id::{EventId, OrderId},
    message::{Message, OrderReceived},
};
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};
use tracing::instrument;

use super::{OrderState, captured::order_url, store};
use crate::{offer, outbox, payment, state::Booking};

/// How often we look.
const PERIOD: Duration = Duration::from_secs(5);
/// How many orders one tick takes.
const TAKE: i64 = 64;
/// After how long it is told that a payment is still on its way. Most are confirmed within seconds.
const SILENCE: TimeDelta = TimeDelta::minutes(1);
/// Of what is older nothing is told any more: it has been told, or was looked at too late.
const OLDEST: TimeDelta = TimeDelta::hours(1);

/// Tells of orders that wait for their provider; returns how many were looked at.
pub async fn tick(app: &Booking) -> usize {
    let now = app.clock.now();
    let waiting = payment::store::unconfirmed(&app.postgres, (now - OLDEST, now - SILENCE), TAKE).await;
    let waiting = match waiting {
        Ok(waiting) => waiting,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "orders that wait for their provider could not be read");
            return 0;
        }
    };
    for (event, order) in &waiting {
        if let Err(error) = tell(app, *event, *order).await {
            tracing::warn!(order.id = %order, error = %Chain(&error), "an order that waits is told of later");
        }
    }
    waiting.len()
}

/// Tells that the order is there and its payment is not, unless it came in this moment. Once for an order, however often.
#[instrument(name = "order.received", skip_all, fields(order.id = %order))]
async fn tell(app: &Booking, event: EventId, order: OrderId) -> Result<(), StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let locked = store::lock(&mut tx, event, order).await?;
    let newest = payment::store::attempts(&mut tx, event, &[order]).await?.pop();
    let waits = newest.filter(|attempt| attempt.state.is_open() && attempt.challenge.is_none());
    let locked = locked.filter(|order| order.state == OrderState::AwaitingPayment);
    let (Some(order), Some(attempt)) = (locked, waits) else {
        postgres::rollback(tx).await;
        return Ok(());
    };
    let places = store::line::tickets(&mut tx, event, order.id).await?.into_iter().map(|line| line.1);
    let places = places.collect();
    let (brief, to) = offer::store::mail(&mut tx, event, order.account).await?;
    let (reference, order_url) = (order.reference(), order_url(app, order.reference())?);
    let message =
        Message::OrderReceived(OrderReceived { to, order: reference, event: brief, places, order_url });
    let now = app.clock.now();
    outbox::append::append(&mut tx, &app.ids, (event, &message), &reference.to_string(), now).await?;
    payment::store::told(&mut tx, &attempt, now).await?;
    postgres::commit(tx).await
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || {
        tick(&app).await;
    }));
}
