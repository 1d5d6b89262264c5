//! Orders: tickets that somebody pays for.

pub mod cancel;
pub mod captured;
pub mod confirm;
pub mod expire;
pub mod find;
pub mod fulfil;
pub mod handler;
mod held;
pub mod number;
pub mod place;
pub mod received;
mod retake;
pub mod settle;
pub mod store;
pub mod view;
pub(crate) mod write;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, HoldId, OrderId, OrderRef, PassId, RefundId, RoomId, VisitorId},
    language::Language,
    money::Money,
};
use serde::Serialize;

use crate::offer::Line;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The event.
    pub event: EventId,
    /// Which order.
    pub id: OrderId,
    /// Whose.
    pub account: AccountId,
    /// The browser that it was placed with.
    pub visitor: Option<VisitorId>,
    /// The pass that it was placed with, and its room.
    pub pass: Option<(RoomId, PassId)>,
    /// The hold that it confirms.
    pub hold: HoldId,
    /// Where it stands.
    pub state: OrderState,
    /// What it costs.
    pub total: Money,
    /// When the provider's session and the claims end.
    pub until: DateTime<Utc>,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
    /// The number that people say to each other, once it has one.
    pub number: Option<i64>,
    /// Whether other tickets of the same price will do, if its payment comes too late for these.
    pub takes_equivalent: bool,
    /// The language in which it was placed.
    pub language: Language,
}

/// One ticket of an order, as it was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The ticket and its price.
    pub line: Line,
    /// Since when it is the order's no more.
    pub returned_at: Option<DateTime<Utc>>,
    /// The refund with which it went back.
    pub refund: Option<RefundId>,
}

impl Order {
    /// The public id.
    pub fn reference(&self) -> OrderRef {
        OrderRef { event: self.event, order: self.id }
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderState {
    /// The tickets are claimed and the provider is asked.
    AwaitingPayment,
    /// Sold; the money is being taken.
    Capturing,
    /// Sold and paid.
    Paid,
    /// Sold, paid, and the event has begun.
    Fulfilled,
    /// Sold and paid; some of its tickets went back.
    PartlyRefunded,
    /// The payment did not come in time.
    Expired,
    /// The fan changed their mind.
    Cancelled,
    /// Paid, and paid back.
    Refunded,
    /// The payment came and could not be used: it was let go.
    Voided,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEvent {
    /// The payment is authorised, and the tickets are there for it.
    Sold,
    /// The money was taken.
    Captured,
    /// The provider refused to let it be taken, for good.
    CaptureRefused,
    /// The claim is over and no payment is there.
    ClaimExpired,
    /// The fan cancelled.
    Cancelled,
    /// The payment is authorised, and the tickets are gone.
    TicketsGone,
    /// All that was left of it goes back.
    Refunded,
    /// Some of its tickets go back.
    RefundedInPart,
    /// The event has begun.
    Begun,
}

/// The state knows no such step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from:?} knows no {event:?}")]
pub struct IllegalStep {
    /// Where it stands.
    pub from: OrderState,
    /// What was to happen.
    pub event: OrderEvent,
}

impl OrderState {
    /// The state after `event`. A payment that comes after the claim expired is a legal step.
    ///
    /// # Errors
    /// [`IllegalStep`].
    pub fn after(self, event: OrderEvent) -> Result<Self, IllegalStep> {
        match (self, event) {
            (Self::AwaitingPayment | Self::Expired, OrderEvent::Sold) => Ok(Self::Capturing),
            (Self::Capturing, OrderEvent::Captured) => Ok(Self::Paid),
            (Self::Capturing, OrderEvent::CaptureRefused)
            | (Self::AwaitingPayment | Self::Expired, OrderEvent::TicketsGone) => Ok(Self::Voided),
            (Self::AwaitingPayment, OrderEvent::ClaimExpired) => Ok(Self::Expired),
            (Self::AwaitingPayment, OrderEvent::Cancelled) => Ok(Self::Cancelled),
            (Self::Paid, OrderEvent::Begun) => Ok(Self::Fulfilled),
            (Self::Paid | Self::Fulfilled | Self::PartlyRefunded, OrderEvent::RefundedInPart) => {
                Ok(Self::PartlyRefunded)
            }
            (
                Self::Paid
                | Self::Fulfilled
                | Self::PartlyRefunded
                | Self::Voided
                | Self::Cancelled
                | Self::Expired,
                OrderEvent::Refunded,
            ) => Ok(Self::Refunded),
            (from, event) => Err(IllegalStep { from, event }),
        }
    }

    /// Whether money may still come for it, or has come: its tickets are not free.
    pub const fn is_open(self) -> bool {
        match self {
            Self::AwaitingPayment | Self::Capturing | Self::Paid | Self::Fulfilled | Self::PartlyRefunded => {
                true
            }
            Self::Expired | Self::Cancelled | Self::Refunded | Self::Voided => false,
        }
    }

    /// Whether its money was taken and it has tickets left.
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Paid | Self::Fulfilled | Self::PartlyRefunded)
    }

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingPayment => "awaiting_payment",
            Self::Capturing => "capturing",
            Self::Paid => "paid",
            Self::Fulfilled => "fulfilled",
            Self::PartlyRefunded => "partly_refunded",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
        }
    }

    /// The state with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::AwaitingPayment,
            Self::Capturing,
            Self::Paid,
            Self::Fulfilled,
            Self::PartlyRefunded,
            Self::Expired,
            Self::Cancelled,
            Self::Refunded,
            Self::Voided,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_captured_payment_makes_an_order_paid() {
        let sold = OrderState::AwaitingPayment.after(OrderEvent::Sold).unwrap();
        assert_eq!(sold, OrderState::Capturing);
        assert_eq!(sold.after(OrderEvent::Captured), Ok(OrderState::Paid));
        assert!(OrderState::AwaitingPayment.after(OrderEvent::Captured).is_err());
        assert!(OrderState::Paid.after(OrderEvent::Sold).is_err());
        assert!(OrderState::Paid.after(OrderEvent::ClaimExpired).is_err());
    }

    #[test]
    fn a_late_payment_is_used_or_let_go() {
        assert_eq!(OrderState::Expired.after(OrderEvent::Sold), Ok(OrderState::Capturing));
        assert_eq!(OrderState::Expired.after(OrderEvent::TicketsGone), Ok(OrderState::Voided));
        assert!(OrderState::Cancelled.after(OrderEvent::Sold).is_err());
    }

    #[test]
    fn money_goes_back_in_parts_and_then_whole_but_never_twice() {
        let part = OrderState::Paid.after(OrderEvent::RefundedInPart).unwrap();
        assert_eq!(part, OrderState::PartlyRefunded);
        assert_eq!(part.after(OrderEvent::RefundedInPart), Ok(part));
        assert_eq!(part.after(OrderEvent::Refunded), Ok(OrderState::Refunded));
        assert_eq!(OrderState::Fulfilled.after(OrderEvent::Refunded), Ok(OrderState::Refunded));
        assert!(part.after(OrderEvent::Begun).is_err(), "it says more than fulfilled does");
        for gone in [OrderState::Refunded, OrderState::AwaitingPayment, OrderState::Capturing] {
            assert!(gone.after(OrderEvent::Refunded).is_err());
            assert!(gone.after(OrderEvent::RefundedInPart).is_err());
        }
    }

    #[test]
    fn a_state_reads_back_by_its_name() {
        let live = ["awaiting_payment", "capturing", "paid", "fulfilled", "partly_refunded"];
        for name in live.into_iter().chain(["expired", "cancelled", "refunded", "voided"]) {
            assert_eq!(OrderState::named(name).unwrap().name(), name);
        }
        assert_eq!(OrderState::named("sold"), None);
    }
}
