//! Confirming a hold: claims in Postgres, an order, and a payment attempt; the provider is asked afterwards.

use chrono::TimeDelta;
use contracts::{
    id::{AccountId, EventId, HoldRef, PassId, RoomId, TicketId, TicketRef},
    money::Money,
};
use platform::postgres::{self, StoreError, Tx};
use serde::{Deserialize, Serialize};
use tracing::instrument;

use super::{
    IllegalStep, Order, OrderEvent, OrderState,
    captured::{self, CapturedError},
    held, store,
    write::{self, StepError},
};
use crate::{
    admission::{self, NotAdmitted, Purpose},
    extractors::Visitor,
    hold::{self, Hold},
    idempotency::{self, Done, Run},
    mirror::{self, Rebuilding, rebuild::RebuildError},
    offer::{self, Line, Offer},
    payment::{self, Card},
    presale, sale,
    state::Booking,
    voucher::{
        self, Refusal,
        redeem::{self, RedeemError},
    },
    waitlist,
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
    /// What with; nothing where there is nothing to pay.
    pub card: Option<Card>,
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
    /// The voucher on the hold cannot be used any more. The hold stays: it can be paid without.
    #[error(transparent)]
    Voucher(#[from] Refusal),
    /// The offer of the waitlist that the hold takes is over.
    #[error("the offer is over")]
    OfferOver,
    /// The presale code on the hold is good for so few more seats.
    #[error("the code is good for {0} more seats")]
    CodeUsed(i64),
    /// There is something to pay, and nothing to pay it with.
    #[error("{0} are to be paid")]
    NoPayment(Money),
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

impl From<RedeemError> for ConfirmError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Refused(refusal) => Self::Voucher(refusal),
            RedeemError::Store(error) => Self::Store(error),
        }
    }
}

impl From<presale::redeem::RedeemError> for ConfirmError {
    fn from(error: presale::redeem::RedeemError) -> Self {
        match error {
            presale::redeem::RedeemError::UsedUp(left) => Self::CodeUsed(left),
            presale::redeem::RedeemError::Store(error) => Self::Store(error),
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
    let hold = held::find(app, event, asked).await?;
    tracing::Span::current().record("hold.id", tracing::field::display(hold.id));
    let offer = offer::store::offer(&app.postgres, event, asked.account, None).await?;
    let offer = offer.filter(|offer| offer.is_published).ok_or(ConfirmError::Closed)?;
    let voucher = voucher::apply::on(app, &hold.about).await?;
    let terms = voucher.as_ref().map(|voucher| &voucher.terms);
    let lines = offer::store::lines(&app.postgres, event, &hold.tickets, terms).await?;
    let placed = place(app, asked, &offer, &hold, &lines, pass, run).await;
    if matches!(placed, Err(ConfirmError::OfferOver)) {
        // The next on the list shall not find it in the way.
        hold::release::forget(app, event, asked.account, hold.id).await;
    }
    let order = placed?;
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
    let (now, event) = (app.clock.now(), offer.event);
    let order = drawn_up(app, asked, offer, hold, lines, pass)?;
    if order.total.minor > 0 && asked.card.is_none() {
        return Err(ConfirmError::NoPayment(order.total));
    }
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
    if let Some(offer) = hold.about.offer
        && !waitlist::accept::accept(&mut tx, &order, offer, &hold.tickets, now).await?
    {
        return Err(ConfirmError::OfferOver);
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
    if let Some(voucher) = hold.about.voucher {
        let discount = lines.iter().map(|line| line.discount.minor).sum();
        redeem::redeem(&mut tx, &order, voucher, discount, now).await?;
    }
    if let Some(code) = hold.about.presale {
        presale::redeem::redeem(&mut tx, &order, code, count.into()).await?;
    }
    store::line::insert(&mut tx, event, order.id, lines).await?;
    if sale::store::claim(&mut tx, ids, &hold.tickets, order.until, now).await? != u64::from(count) {
        return Err(ConfirmError::Taken(event, hold.tickets.clone()));
    }
    sale::store::bump(&mut tx, event, &hold.tickets, true).await?;
    store::history::note(&mut tx, ids, order.state, "the fan confirmed the hold", now).await?;
    let order = match &asked.card {
        Some(card) if order.total.minor > 0 => {
            begin_attempt(app, &mut tx, &order, 1, card).await?;
            order
        }
        Some(_) | None => give_away(app, &mut tx, order, &hold.tickets).await?,
    };
    finish(&mut tx, &order, asked.account, run).await?;
    postgres::commit(tx).await?;
    Ok(order)
}

/// The order that the hold is to become.
fn drawn_up(
    app: &Booking,
    asked: &Confirm,
    offer: &Offer,
    hold: &Hold,
    lines: &[Line],
    pass: Option<(RoomId, PassId)>,
) -> Result<Order, StoreError> {
    let now = app.clock.now();
    let total = offer::total(lines, offer.currency)
        .ok_or_else(|| StoreError::Unexpected("the sum of an order does not fit".to_owned()))?;
    Ok(Order {
        event: offer.event,
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
        takes_equivalent: hold.about.equivalent,
    })
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
                let card = asked.card.as_ref().ok_or(ConfirmError::NoPayment(order.total))?;
                begin_attempt(app, &mut tx, &order, last.n + 1, card).await?;
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
