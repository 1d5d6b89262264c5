//! A hold as the public sees it.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, HoldRef, TicketRef},
    money::Money,
    token,
};
use serde::Serialize;

use super::{best::Placement, extend::longest, place::Priced};
use crate::{
    offer::{self, Line},
    state::Booking,
};

/// The answer of reserve.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// The public id.
    pub hold_id: HoldRef,
    /// The event.
    pub event_id: EventId,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Until when it may last if it is extended.
    pub longest_until: DateTime<Utc>,
    /// What it covers.
    pub tickets: Vec<TicketView>,
    /// What that costs.
    pub total: Option<Money>,
    /// What the voucher that lies on it takes off; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// How close together its seats are; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// Rises with every hold of the event, while Redis lives.
    pub fence: i64,
    /// The hold as a signed record, for the case that Redis forgets it.
    pub record: String,
}

/// One ticket of a hold.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketView {
    /// The public id.
    pub ticket_id: TicketRef,
    /// Where it is.
    pub place: String,
    /// What it costs.
    pub price: Money,
    /// What a voucher took off its face value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
}

/// Puts the view together.
pub fn view(app: &Booking, of: Priced) -> HoldView {
    let event = of.hold.about.event;
    let currency = of.lines.first().map(|line| line.price.currency);
    let total = currency.and_then(|currency| offer::total(&of.lines, currency));
    let ticket = |line: Line| TicketView {
        ticket_id: TicketRef { event, ticket: line.ticket },
        place: line.place,
        price: line.price,
        discount: Some(line.discount).filter(|discount| discount.minor > 0),
    };
    let discounts = of.lines.iter().map(|line| line.discount);
    let discount = currency.and_then(|currency| offer::sum(discounts, currency));
    HoldView {
        hold_id: of.hold.reference(),
        event_id: event,
        expires_at: of.hold.about.end,
        longest_until: longest(app, of.hold.about.since).max(of.hold.about.end),
        discount: discount.filter(|_| of.hold.about.voucher.is_some()),
        placement: of.placement,
        fence: of.hold.fence,
        total,
        record: token::sign(&of.hold.record(), &app.keys.session),
        tickets: of.lines.into_iter().map(ticket).collect(),
    }
}
