//! Orders as the public sees them.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderRef, TicketRef},
    money::Money,
};
use serde::Serialize;

use super::{Order, OrderLine, OrderState, find::Whole};
use crate::{
    dispute::Dispute,
    offer::Line,
    payment::AttemptState,
    refund::{self, handler::RefundView},
    state::Booking,
};

/// An order in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// The public id.
    pub order_id: OrderRef,
    /// The number that people say to each other: from 1 inside the event, a moment after the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// The event.
    pub event_id: EventId,
    /// Where it stands.
    pub state: OrderState,
    /// What it costs.
    pub total: Money,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
}

/// An order with everything.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// What a list says too.
    #[serde(flatten)]
    pub brief: Brief,
    /// Until when it can be paid.
    pub pay_until: DateTime<Utc>,
    /// Where its newest payment stands: after `declined` one confirms the same hold again, with another token.
    pub payment: Option<AttemptState>,
    /// Where the fan must go before the payment is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge_url: Option<String>,
    /// The hold that it confirms.
    pub hold_id: String,
    /// The sum of what a voucher took off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// The sum of the fees.
    pub fees: Money,
    /// The sum of the taxes.
    pub tax: Money,
    /// Whether the taxes are part of the other amounts.
    pub tax_included: bool,
    /// Its tickets.
    pub tickets: Vec<TicketView>,
    /// What happened, oldest first.
    pub history: Vec<EntryView>,
    /// What went back, or is about to.
    pub refunds: Vec<RefundView>,
    /// What the fan's bank was asked about; for the organizer alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
}

/// One ticket of an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketView {
    /// The public id.
    pub ticket_id: TicketRef,
    /// Where it is.
    pub place: String,
    /// What it cost, with everything.
    pub price: Money,
    /// What its tier said that it costs.
    pub face: Money,
    /// What a voucher took off that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// What was charged for selling it.
    pub fee: Money,
    /// The tax on both.
    pub tax: Money,
    /// Since when it is the order's no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned_at: Option<DateTime<Utc>>,
    /// The text of its QR code, once it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// One entry of the history.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    /// When.
    pub at: DateTime<Utc>,
    /// Where the order stood then.
    pub state: OrderState,
    /// Why.
    pub cause: String,
}

/// An order in a list.
pub fn brief(order: &Order) -> Brief {
    Brief {
        order_id: order.reference(),
        number: order.number,
        event_id: order.event,
        state: order.state,
        total: order.total,
        created_at: order.created_at,
    }
}

/// An order with everything.
pub fn view(app: &Booking, whole: Whole) -> OrderView {
    let Whole { order, lines, codes, history, payment, challenge, refunds, disputes } = whole;
    let ticket = |OrderLine { line, returned_at, .. }: OrderLine| TicketView {
        ticket_id: TicketRef { event: order.event, ticket: line.ticket },
        code: codes.get(&line.ticket).map(|code| code.sign(&app.keys.ticket)),
        place: line.place,
        price: line.price,
        face: line.face,
        discount: Some(line.discount).filter(|discount| discount.minor > 0),
        fee: line.fee,
        tax: line.tax,
        returned_at,
    };
    // The sum of all prices fits, and these are parts of it.
    let sum = |of: fn(&Line) -> Money| Money {
        minor: lines.iter().map(|line| of(&line.line).minor).sum(),
        ..order.total
    };
    OrderView {
        discount: Some(sum(|line| line.discount)).filter(|discount| discount.minor > 0),
        fees: sum(|line| line.fee),
        tax: sum(|line| line.tax),
        tax_included: lines.first().is_some_and(|line| line.line.tax_included),
        challenge_url: challenge,
        refunds: refunds.iter().map(refund::handler::view).collect(),
        disputes,
        pay_until: order.until,
        payment,
        hold_id: contracts::id::HoldRef { event: order.event, hold: order.hold }.to_string(),
        tickets: lines.into_iter().map(ticket).collect(),
        history: history
            .into_iter()
            .map(|entry| EntryView { at: entry.at, state: entry.state, cause: entry.cause })
            .collect(),
        brief: brief(&order),
    }
}
