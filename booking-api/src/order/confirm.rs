//! Confirming a hold: claims in Postgres, an order, and a payment attempt; the provider is asked afterwards.

use contracts::{
    id::{AccountId, EventId, HoldRef, TicketId, TicketRef},
    language::Language,
    money::Money,
};
use platform::postgres::{self, StoreError};
use serde::{Deserialize, Serialize};
use tracing::instrument;

use super::{
    IllegalStep, Order, OrderState,
    captured::CapturedError,
    held,
    place::{self, Wish},
    store,
    write::StepError,
};
use crate::{
    admission::{self, NotAdmitted, Purpose},
    extractors::Visitor,
    idempotency::{self, Run},
    mirror::{Rebuilding, rebuild::RebuildError},
    payment::{self, Card},
    presale,
    state::Booking,
    voucher::{Refusal, redeem::RedeemError},
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
    /// In which language.
    pub language: Language,
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
    let wish = wish(app, event, asked, run).await;
    if let Ok(wish) = &wish
        && wish.is_plain()
    {
        return place::place(app, wish).await;
    }
    // It may be confirmed already; then neither pass nor hold need be there any more, and nothing that lay on it be good.
    match find_order(app, asked).await? {
        Some(order) => again(app, &order, asked.account, asked.card.as_ref(), run).await,
        None => place::place(app, &wish?).await,
    }
}

/// What is to become an order.
async fn wish(
    app: &Booking,
    event: EventId,
    asked: &Confirm,
    run: Option<&Run>,
) -> Result<Wish, ConfirmError> {
    let pass = admission::check(app, event, &asked.visitor, Purpose::Confirm).await?;
    let hold = held::find(app, event, asked).await?;
    tracing::Span::current().record("hold.id", tracing::field::display(hold.id));
    Ok(Wish {
        event,
        account: asked.account,
        visitor: asked.visitor.id,
        pass: pass.or(hold.about.pass),
        hold,
        card: asked.card.clone(),
        run: run.cloned(),
        language: asked.language,
    })
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

/// The order that the hold was confirmed to before. If its last payment failed and there is time, another begins.
///
/// # Errors
/// [`ConfirmError`].
pub(super) async fn again(
    app: &Booking,
    order: &Order,
    account: AccountId,
    card: Option<&Card>,
    run: Option<&Run>,
) -> Result<Order, ConfirmError> {
    if order.account != account {
        return Err(ConfirmError::NotYours);
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = store::lock(&mut tx, order.event, order.id).await?.ok_or(ConfirmError::HoldExpired)?;
    match order.state {
        OrderState::AwaitingPayment => {
            let now = app.clock.now();
            let attempts = payment::store::attempts(&mut tx, order.event, &[order.id]).await?;
            let last = attempts.last().filter(|last| last.state.has_failed());
            if let Some(last) = last.filter(|_| now < order.until) {
                let card = card.ok_or(ConfirmError::NoPayment(order.total))?;
                let next = place::attempt(app, &order, last.n + 1, card, now);
                payment::store::insert(&mut tx, &[next]).await?;
                let cause = "the fan tried another payment";
                store::history::note(&mut tx, (order.event, order.id), order.state, cause, now).await?;
            }
        }
        OrderState::Capturing | OrderState::Paid | OrderState::Fulfilled | OrderState::PartlyRefunded => {}
        OrderState::Expired | OrderState::Cancelled | OrderState::Refunded | OrderState::Voided => {
            return Err(ConfirmError::HoldExpired);
        }
    }
    if let Some(run) = run {
        idempotency::store::finish(&mut tx, account, run, &place::done(&order)).await?;
    }
    postgres::commit(tx).await?;
    app.payments.attempts.notify_one();
    Ok(order)
}

/// What the caller is told.
pub fn answer(order: &Order) -> Confirmed {
    let reference = order.reference().to_string();
    let state = serde_json::json!(order.state).as_str().unwrap_or_default().to_owned();
    Confirmed { order: format!("/order/{reference}"), order_id: reference, state }
}
