//! A hold becomes an order. Plain ones are placed together with others of their event; whatever needs steps of its own
//! (a voucher, a code, an offer of the waitlist, nothing to pay), and whatever could not be placed in company, alone.

mod alone;
mod queue;
mod together;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{AccountId, EventId, PassId, RoomId, VisitorId},
    language::Language,
};
use platform::postgres::StoreError;

pub use self::queue::Queue;
use super::{
    Order, OrderState,
    confirm::{self, ConfirmError},
};
use crate::{
    hold::Hold,
    idempotency::{Done, Run},
    offer::{self, Line},
    payment::{self, Attempt, Card},
    state::Booking,
};

/// What to make an order of.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) event: EventId,
    pub(super) account: AccountId,
    pub(super) visitor: VisitorId,
    /// The pass that counts, and its room.
    pub(super) pass: Option<(RoomId, PassId)>,
    pub(super) hold: Hold,
    /// What with; nothing where there is nothing to pay.
    pub(super) card: Option<Card>,
    /// Under which key.
    pub(super) run: Option<Run>,
    /// In which language.
    pub(super) language: Language,
}

impl Wish {
    /// How many tickets it is about.
    fn count(&self) -> u32 {
        u32::try_from(self.hold.tickets.len()).unwrap_or(u32::MAX)
    }

    fn shared_pass(&self) -> Option<PassId> {
        self.pass.map(|(_, pass)| pass)
    }

    /// Whether it is like most.
    pub(super) fn is_plain(&self) -> bool {
        let about = &self.hold.about;
        self.card.is_some() && about.voucher.is_none() && about.presale.is_none() && about.offer.is_none()
    }

    /// The order that it is to become.
    fn drawn_up(&self, app: &Booking, lines: &[Line], now: DateTime<Utc>) -> Result<Order, StoreError> {
        let unfit = || StoreError::Unexpected("the sum of an order does not fit".to_owned());
        let currency = lines.first().ok_or_else(unfit)?.price.currency;
        Ok(Order {
            event: self.event,
            id: app.ids.next(),
            account: self.account,
            visitor: Some(self.visitor),
            pass: self.pass,
            hold: self.hold.id,
            state: OrderState::AwaitingPayment,
            total: offer::total(lines, currency).ok_or_else(unfit)?,
            until: until(app, now),
            created_at: now,
            number: None,
            takes_equivalent: self.hold.about.equivalent,
            language: self.language,
        })
    }
}

/// When a payment that begins now must be there.
fn until(app: &Booking, now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::from_std(app.config.payment_lasts).unwrap_or_default()
}

/// What the history says of a new order.
const CONFIRMED: &str = "the fan confirmed the hold";

/// The first attempt to pay for an order, or another.
pub(super) fn attempt(app: &Booking, order: &Order, n: i32, card: &Card, now: DateTime<Utc>) -> Attempt {
    payment::attempt(app.ids.next(), order, n, card, now)
}

/// The answer that is kept under the key.
pub(super) fn done(order: &Order) -> Done {
    Done { status: 202, answer: serde_json::json!(confirm::answer(order)) }
}

/// Makes an order of the hold, and has the provider asked.
///
/// # Errors
/// [`ConfirmError`]; no money was asked for then.
pub(super) async fn place(app: &Booking, wish: &Wish) -> Result<Order, ConfirmError> {
    if wish.is_plain()
        && let Some(placed) = queue::place(app, wish).await
    {
        return placed;
    }
    alone::place(app, wish).await
}
