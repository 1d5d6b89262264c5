//! Orders as the public sees them.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderRef, TicketRef},
    money::Money,
};
use serde::Serialize;

use super::{Order, OrderState, find::Whole};
use crate::{payment::AttemptState, state::Booking};

/// An order in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// The public id.
    pub order_id: OrderRef,
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
    /// The hold that it confirms.
    pub hold_id: String,
    /// Its tickets.
    pub tickets: Vec<TicketView>,
    /// What happened, oldest first.
    pub history: Vec<EntryView>,
}

/// One ticket of an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketView {
    /// The public id.
    pub ticket_id: TicketRef,
    /// Where it is.
    pub place: String,
    /// What it cost.
    pub price: Money,
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
        event_id: order.event,
        state: order.state,
        total: order.total,
        created_at: order.created_at,
    }
}

/// An order with everything.
pub fn view(app: &Booking, whole: Whole) -> OrderView {
    let Whole { order, lines, codes, history, payment } = whole;
    let ticket = |line: crate::offer::Line| TicketView {
        ticket_id: TicketRef { event: order.event, ticket: line.ticket },
        code: codes.get(&line.ticket).map(|code| code.sign(&app.keys.ticket)),
        place: line.place,
        price: line.price,
    };
    OrderView {
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
