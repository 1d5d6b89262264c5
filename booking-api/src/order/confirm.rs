//! Confirming a hold: claims in Postgres, an order, and a payment attempt; the provider is asked afterwards.

use chrono::TimeDelta;
use contracts::{
    id::{AccountId, EventId, HoldRef, PassId, RoomId, TicketId, TicketRef},
    token,
};
use platform::postgres::{self, StoreError, Tx};
use serde::{Deserialize, Serialize};
use tracing::instrument;

use super::{
    IllegalStep, Order, OrderEvent, OrderState,
    captured::{self, CapturedError},
    store,
    write::{self, StepError},
};
use crate::{
    admission::{self, NotAdmitted, Purpose},
    extractors::Visitor,
    hold::{self, Hold, Record},
    idempotency::{self, Done, Run},
    mirror::{
        self, Rebuilding,
        rebuild::{self, RebuildError},
    },
    offer::{self, Line, Offer},
    payment::{self, Card},
    sale,
    state::Booking,
};

/// What to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The hold that has this ticket.
    Ticket(TicketRef),
    /// This hold.
    Hold(HoldRef),
}

/// A request to confirm.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// Who asks.
    pub account: AccountId,
    /// With which browser and pass.
    pub visitor: Visitor,
    /// What.
    pub which: Which,
    /// The signed record of the hold, for the case that Redis has forgotten it.
    pub record: Option<String>,
    /// What with.
    pub card: Card,
}

/// Why nothing was confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// A room guards the event, and the pass does not open it.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The hold has ended, or never was.
    #[error("there is no such hold any more")]
    HoldExpired,
    /// The hold is somebody else's.
    #[error("the hold is somebody else's")]
    NotYours,
    /// Others have these tickets.
    #[error("others have these tickets")]
    Taken(EventId, Vec<TicketId>),
    /// One account may not have so many.
    #[error("one account may have {limit} tickets, and has {have}")]
    TooMany {
        /// The most.
        limit: u32,
        /// What it is paying for or has bought.
        have: u32,
    },
    /// The event was called off, or there is none.
    #[error("the event is not sold any more")]
    Closed,
    /// The mirror is being built.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// A store failed.
    #[error("confirming a hold failed")]
    Store(#[from] StoreError),
    /// The state of an order that was just made knows no such step: a bug.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
}

impl From<StepError> for ConfirmError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

impl From<CapturedError> for ConfirmError {
    fn from(error: CapturedError) -> Self {
        match error {
            CapturedError::Illegal(error) => Self::Illegal(error),
            CapturedError::Store(error) => Self::Store(error),
        }
    }
}

impl From<RebuildError> for ConfirmError {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::Rebuilding(error) => Self::Rebuilding(error),
            RebuildError::Store(error) => Self::Store(error),
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmed {
    /// The order.
    pub order_id: String,
    /// Where it stands.
    pub state: String,
    /// Where to look at it.
    pub order: String,
}

/// Confirms the hold: once, however often it is asked. A confirmed hold whose last payment failed gets a new attempt.
///
/// # Errors
/// [`ConfirmError`]; no money was asked for then. After [`ConfirmError::Store`] one asks again.
#[instrument(name = "order.confirm", skip_all, fields(event.id, hold.id))]
pub async fn confirm(app: &Booking, asked: &Confirm, run: Option<&Run>) -> Result<Order, ConfirmError> {
    let event = match asked.which {
        Which::Ticket(ticket) => ticket.event,
        Which::Hold(hold) => hold.event,
    };
    tracing::Span::current().record("event.id", tracing::field::display(event));
    if let Some(order) = find_order(app, asked).await? {
        let order = again(app, &order, asked, run).await?;
        return Ok(order);
    }
    let pass = admission::check(app, event, &asked.visitor, Purpose::Confirm).await?;
    let hold = find_hold(app, event, asked).await?;
    tracing::Span::current().record("hold.id", tracing::field::display(hold.id));
    let offer = offer::store::offer(&app.postgres, event, asked.account, None).await?;
    let offer = offer.filter(|offer| offer.is_published).ok_or(ConfirmError::Closed)?;
    let lines = offer::store::lines(&app.postgres, event, &hold.tickets).await?;
    let order = place(app, asked, &offer, &hold, &lines, pass, run).await?;
    mirror::apply::follow(app, event).await;
    app.payments.attempts.notify_one();
    if order.state == OrderState::Paid {
        hold::release::forget(app, event, order.account, order.hold).await;
    }
    Ok(order)
}

/// The order that was made of the hold before, if any.
async fn find_order(app: &Booking, asked: &Confirm) -> Result<Option<Order>, ConfirmError> {
    let found = match asked.which {
        Which::Hold(hold) => store::find_by_hold(&app.postgres, hold.event, hold.hold).await?,
        Which::Ticket(of) => store::find_by_ticket(&app.postgres, of.event, of.ticket, asked.account).await?,
    };
    match found {
        Some(order) if order.account != asked.account => Err(ConfirmError::NotYours),
        found => Ok(found),
    }
}

/// The hold, extended past the end of the claim that is about to begin. When Redis has lost it (its life is younger
/// than the hold) or cannot be reached, the record proves it and Postgres picks the winner (promise B2).
async fn find_hold(app: &Booking, event: EventId, asked: &Confirm) -> Result<Hold, ConfirmError> {
    let recorded = asked.record.as_deref().and_then(|record| recorded(app, record, asked));
    let epoch = match rebuild::ensure(app, event).await {
        Ok(epoch) => epoch,
        Err(RebuildError::Store(StoreError::Redis(error))) => {
            return recorded.ok_or(ConfirmError::Store(StoreError::Redis(error)));
        }
        Err(error) => return Err(error.into()),
    };
    let redis = &mut app.redis.clone();
    let id = match asked.which {
        Which::Hold(hold) => Some(hold.hold),
        Which::Ticket(of) => hold::store::find_by_ticket(redis, event, of.ticket).await?,
    };
    let found = match id {
        Some(id) => hold::store::find(redis, event, id).await?,
        None => None,
    };
    match found {
        Some(hold) if hold.about.account == asked.account => {
            if hold::extend::extend(app, &hold).await? {
                Ok(hold)
            } else {
                Err(ConfirmError::HoldExpired)
            }
        }
        Some(hold) => match (asked.which, recorded) {
            (Which::Ticket(_), Some(record)) if record.epoch < epoch => {
                tracing::info!(hold.id = %hold.id, "a hold of an earlier life of Redis meets a later one");
                Ok(record)
            }
            (Which::Ticket(of), _) => Err(ConfirmError::Taken(event, vec![of.ticket])),
            (Which::Hold(_), _) => Err(ConfirmError::NotYours),
        },
        None => recorded.filter(|record| record.epoch < epoch).ok_or(ConfirmError::HoldExpired),
    }
}

/// The hold that `record` proves, if it is the one that is asked for.
fn recorded(app: &Booking, record: &str, asked: &Confirm) -> Option<Hold> {
    let record = token::verify::<Record>(record, &app.keys.sessions.current(), app.clock.now()).ok()?;
    let hold = Hold::from(record);
    let is_meant = match asked.which {
        Which::Hold(of) => of == hold.reference(),
        Which::Ticket(of) => of.event == hold.about.event && hold.tickets.contains(&of.ticket),
    };
    (is_meant && hold.about.account == asked.account).then_some(hold)
}

#[expect(clippy::too_many_arguments, reason = "one transaction, in one visible shape")]
async fn place(
    app: &Booking,
    asked: &Confirm,
    offer: &Offer,
    hold: &Hold,
    lines: &[Line],
    pass: Option<(RoomId, PassId)>,
    run: Option<&Run>,
) -> Result<Order, ConfirmError> {
    let now = app.clock.now();
    let event = offer.event;
    let total = offer::total(lines, offer.currency)
        .ok_or_else(|| StoreError::Unexpected("the sum of an order does not fit".to_owned()))?;
    let order = Order {
        event,
        id: app.ids.next(),
        account: asked.account,
        visitor: Some(asked.visitor.id),
        pass: pass.or(hold.about.pass),
        hold: hold.id,
        state: OrderState::AwaitingPayment,
        total,
        until: now + TimeDelta::from_std(app.config.payment_lasts).unwrap_or_default(),
        created_at: now,
        number: None,
    };
    let mut tx = postgres::begin(&app.postgres).await?;
    sale::store::lock_buyer(&mut tx, event, asked.account).await?;
    let shared = order.pass.map(|(_, pass)| pass);
    if let Some(pass) = shared {
        sale::store::lock_pass(&mut tx, event, pass).await?;
    }
    if sale::store::lock(&mut tx, event, &hold.tickets).await?.len() != hold.tickets.len() {
        return Err(ConfirmError::HoldExpired);
    }
    let ids = (event, order.id);
    if !store::insert(&mut tx, &order).await? {
        // A twin was quicker. The lock of the buyer made us wait for it, so it is committed.
        drop(tx);
        let twin =
            store::find_by_hold(&app.postgres, event, hold.id).await?.ok_or(ConfirmError::HoldExpired)?;
        return again(app, &twin, asked, run).await;
    }
    let taken = sale::store::taken(&mut tx, ids, &hold.tickets, now).await?;
    if !taken.is_empty() {
        return Err(ConfirmError::Taken(event, taken));
    }
    let have = sale::store::count(&mut tx, event, asked.account, shared, order.id).await?;
    let count = u32::try_from(hold.tickets.len()).unwrap_or(u32::MAX);
    if have.saturating_add(count) > offer.limit {
        return Err(ConfirmError::TooMany { limit: offer.limit, have });
    }
    store::line::insert(&mut tx, event, order.id, lines).await?;
    if sale::store::claim(&mut tx, ids, &hold.tickets, order.until, now).await? != u64::from(count) {
        return Err(ConfirmError::Taken(event, hold.tickets.clone()));
    }
    sale::store::bump(&mut tx, event, &hold.tickets, true).await?;
    store::history::note(&mut tx, ids, order.state, "the fan confirmed the hold", now).await?;
    let order = if total.minor == 0 {
        give_away(app, &mut tx, order, &hold.tickets).await?
    } else {
        begin_attempt(app, &mut tx, &order, 1, &asked.card).await?;
        order
    };
    finish(&mut tx, &order, asked.account, run).await?;
    postgres::commit(tx).await?;
    Ok(order)
}

/// The order that the hold was confirmed to before. If its last payment failed and there is time, another begins.
async fn again(
    app: &Booking,
    order: &Order,
    asked: &Confirm,
    run: Option<&Run>,
) -> Result<Order, ConfirmError> {
    if order.account != asked.account {
        return Err(ConfirmError::NotYours);
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = store::lock(&mut tx, order.event, order.id).await?.ok_or(ConfirmError::HoldExpired)?;
    match order.state {
        OrderState::AwaitingPayment => {
            let attempts = payment::store::attempts(&mut tx, order.event, order.id).await?;
            let last = attempts.last().filter(|last| last.state.has_failed());
            if let Some(last) = last.filter(|_| app.clock.now() < order.until) {
                begin_attempt(app, &mut tx, &order, last.n + 1, &asked.card).await?;
                let cause = "the fan tried another payment";
                store::history::note(&mut tx, (order.event, order.id), order.state, cause, app.clock.now())
                    .await?;
            }
        }
        OrderState::Capturing | OrderState::Paid | OrderState::Fulfilled | OrderState::PartlyRefunded => {}
        OrderState::Expired | OrderState::Cancelled | OrderState::Refunded | OrderState::Voided => {
            return Err(ConfirmError::HoldExpired);
        }
    }
    finish(&mut tx, &order, asked.account, run).await?;
    postgres::commit(tx).await?;
    app.payments.attempts.notify_one();
    Ok(order)
}

async fn begin_attempt(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    n: i32,
    card: &Card,
) -> Result<(), StoreError> {
    let attempt = payment::attempt(app.ids.next(), order, n, card, app.clock.now());
    payment::store::insert(tx, &attempt).await
}

/// Sells tickets that cost nothing at once: no provider takes an amount of nothing.
async fn give_away(
    app: &Booking,
    tx: &mut Tx,
    mut order: Order,
    tickets: &[TicketId],
) -> Result<Order, ConfirmError> {
    let now = app.clock.now();
    sale::store::unclaim(tx, order.event, order.id).await?;
    sale::store::sell(tx, (order.event, order.id), tickets, now).await?;
    order.state = write::step(tx, &order, OrderEvent::Sold, "the tickets cost nothing", now).await?;
    captured::captured(app, tx, &order, "there is nothing to pay").await?;
    order.state = OrderState::Paid;
    Ok(order)
}

/// Writes the answer for the key, with the work.
async fn finish(tx: &mut Tx, order: &Order, account: AccountId, run: Option<&Run>) -> Result<(), StoreError> {
    let Some(run) = run else { return Ok(()) };
    let done = Done { status: 202, answer: serde_json::json!(answer(order)) };
    idempotency::store::finish(tx, account, run, &done).await
}

/// What the caller is told.
pub fn answer(order: &Order) -> Confirmed {
    let reference = order.reference().to_string();
    let state = serde_json::json!(order.state).as_str().unwrap_or_default().to_owned();
    Confirmed { order: format!("/order/{reference}"), order_id: reference, state }
}
