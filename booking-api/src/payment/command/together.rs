//! Captures that succeed in the same moment are written in one transaction: orders become paid, and tickets are issued, with
//! one statement of each kind for all.

use std::collections::HashMap;

use contracts::id::{EventId, OrderId};
use metrics::histogram;
use platform::{
    postgres::{self, column},
    telemetry::Chain,
};
use tracing::instrument;

use super::CAPTURED;
use crate::{
    gather::{Company, Gather},
    metrics::CAPTURED_TOGETHER,
    order::{
        self, Order, OrderState,
        captured::{self, CapturedError},
    },
    payment::{Attempt, AttemptState, store},
    state::Booking,
};

/// The most captures in one transaction.
const TOGETHER: usize = 64;

/// Captures of an event that succeeded.
#[derive(Debug, Default)]
pub struct Capturing(Gather<Capture, Written>);

/// A capture that succeeded: the command, and the attempt that it is of.
#[derive(Clone, Copy, Debug)]
struct Capture {
    command: i64,
    order: OrderId,
    n: i32,
}

/// Whether it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Yes,
    /// Only alone can it be found out why not.
    Alone,
}

/// An order has one capture.
#[derive(Debug, Default)]
struct Group(Vec<OrderId>);

impl Company<Capture> for Group {
    fn admits(&mut self, capture: &Capture) -> bool {
        let is_apart = self.0.len() < TOGETHER && !self.0.contains(&capture.order);
        self.0.extend(is_apart.then_some(capture.order));
        is_apart
    }
}

/// Writes that the capture succeeded, with those that do in the same moment; `false` when it must be written alone.
pub(super) async fn write(app: &Booking, command: i64, (event, order, n): (EventId, OrderId, i32)) -> bool {
    let capturing = app.capturing.of(event).await;
    let send = |captures: Vec<Capture>| async move {
        together(app, event, &captures).await.unwrap_or_else(|error| {
            tracing::warn!(error = %Chain(&error), "captures that were to be written together are written one by one");
            captures.iter().map(|_| Written::Alone).collect()
        })
    };
    let capture = Capture { command, order, n };
    capturing.0.ask::<Group, _>(capture, send).await == Some(Written::Yes)
}

/// What became of each capture, in their order.
#[instrument(name = "payment.captured_together", skip_all, fields(event.id = %event, orders = captures.len()))]
async fn together(
    app: &Booking,
    event: EventId,
    captures: &[Capture],
) -> Result<Vec<Written>, CapturedError> {
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let orders = order::store::lock_free(&mut tx, event, &column(captures, |capture| capture.order)).await?;
    let orders: HashMap<OrderId, Order> = orders
        .into_iter()
        .filter(|order| order.state == OrderState::Capturing)
        .map(|order| (order.id, order))
        .collect();
    let attempts = store::attempts(&mut tx, event, &column(captures, |capture| capture.order)).await?;
    let attempt = |capture: &Capture| -> Option<&Attempt> {
        attempts.iter().find(|attempt| (attempt.order, attempt.n) == (capture.order, capture.n))
    };
    let ready = |capture: &Capture| Some((orders.get(&capture.order)?, attempt(capture)?));
    let commands: Vec<i64> =
        captures.iter().filter(|capture| ready(capture).is_some()).map(|capture| capture.command).collect();
    let ended = store::command::end(&mut tx, &commands, None, now).await?;
    let done: Vec<_> =
        captures.iter().filter(|capture| ended.contains(&capture.command)).filter_map(ready).collect();
    if done.is_empty() {
        postgres::rollback(tx).await;
        return Ok(captures.iter().map(|_| Written::Alone).collect());
    }
    let decided: Vec<_> = done.iter().map(|(_, attempt)| (*attempt, None)).collect();
    store::decide_all(&mut tx, event, &decided, AttemptState::Captured).await?;
    let paid: Vec<&Order> = done.iter().map(|(order, _)| *order).collect();
    captured::captured(app, &mut tx, &paid, CAPTURED).await?;
    postgres::commit(tx).await?;
    histogram!(CAPTURED_TOGETHER).record(u32::try_from(paid.len()).unwrap_or(u32::MAX));
    let written =
        |capture: &Capture| if ended.contains(&capture.command) { Written::Yes } else { Written::Alone };
    Ok(captures.iter().map(written).collect())
}
