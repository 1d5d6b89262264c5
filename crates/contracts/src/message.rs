//! What the notifier is asked to send. Appended to `outbox` in the transaction of what it tells; at most one of each
//! per cause, by the table's unique key.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{OrderRef, TicketRef},
    money::Money,
};

/// One message, as it stands in `outbox.body`; `kind` stands in a column of its own too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// The order is paid: here are the tickets.
    TicketsIssued(TicketsIssued),
    /// The payment came, but the tickets were gone: the money goes back.
    PaymentReturned(PaymentReturned),
    /// Somebody sends a ticket: here is how to accept it.
    TransferOffered(TransferOffered),
    /// The ticket was accepted: here it is.
    TicketReceived(TicketReceived),
    /// The ticket that one sent was accepted: its old code is worth nothing.
    TicketGone(TicketGone),
    /// Tickets were taken back and their money went back.
    OrderRefunded(OrderRefunded),
    /// Seats came back, and wait for who waited for them.
    SeatsOffered(SeatsOffered),
    /// Somebody asked for a code that signs them in.
    SignInCode(SignInCode),
    /// An organizer's webhook was switched off. The only message that the notifier appends itself.
    WebhookOff(WebhookOff),
}

impl Message {
    /// The name in `outbox.kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TicketsIssued(_) => "tickets_issued",
            Self::PaymentReturned(_) => "payment_returned",
            Self::TransferOffered(_) => "transfer_offered",
            Self::TicketReceived(_) => "ticket_received",
            Self::TicketGone(_) => "ticket_gone",
            Self::OrderRefunded(_) => "order_refunded",
            Self::SeatsOffered(_) => "seats_offered",
            Self::SignInCode(_) => "sign_in_code",
            Self::WebhookOff(_) => "webhook_off",
        }
    }
}

/// See [`Message::TicketsIssued`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketsIssued {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order.
    pub order: OrderRef,
    /// What is on.
    pub event: EventBrief,
    /// What was paid.
    pub total: Money,
    /// The tickets, each with its code.
    pub tickets: Vec<IssuedTicket>,
    /// Where the fan sees the order again.
    pub order_url: String,
}

/// See [`Message::PaymentReturned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReturned {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order.
    pub order: OrderRef,
    /// What was on.
    pub event: EventBrief,
    /// What goes back.
    pub total: Money,
    /// Why, in words for the fan.
    pub why: String,
}

/// See [`Message::TransferOffered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferOffered {
    /// Where the mail goes.
    pub to: Recipient,
    /// Who sends the ticket: their name, or their address.
    pub from: String,
    /// The order that bought it.
    pub order: OrderRef,
    /// What is on.
    pub event: EventBrief,
    /// Where the ticket is.
    pub place: String,
    /// Where it is accepted. Whoever has this address can.
    pub accept_url: String,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// See [`Message::TicketReceived`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketReceived {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order that bought it.
    pub order: OrderRef,
    /// What is on.
    pub event: EventBrief,
    /// The ticket, with its new code.
    pub ticket: IssuedTicket,
    /// Where its holder sees it.
    pub ticket_url: String,
}

/// See [`Message::TicketGone`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketGone {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order that bought it.
    pub order: OrderRef,
    /// What is on.
    pub event: EventBrief,
    /// Where the ticket is.
    pub place: String,
}

/// See [`Message::OrderRefunded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRefunded {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order.
    pub order: OrderRef,
    /// What is, or was, on.
    pub event: EventBrief,
    /// What went back.
    pub amount: Money,
    /// The places whose tickets open no door any more.
    pub places: Vec<String>,
    /// Why, in the organizer's words.
    pub why: String,
    /// Whether the event was called off.
    pub called_off: bool,
}

/// See [`Message::SeatsOffered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatsOffered {
    /// Where the mail goes.
    pub to: Recipient,
    /// What is on.
    pub event: EventBrief,
    /// Where the seats are.
    pub places: Vec<String>,
    /// Until when they wait.
    pub until: DateTime<Utc>,
    /// Where they are taken. Whoever has this address can.
    pub offer_url: String,
}

/// See [`Message::SignInCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInCode {
    /// Where the mail goes.
    pub to: Recipient,
    /// The code, as it is shown.
    pub code: String,
    /// For how many minutes it is good.
    pub minutes: u32,
}

/// See [`Message::WebhookOff`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookOff {
    /// Where the mail goes.
    pub to: Recipient,
    /// The address of the endpoint.
    pub url: String,
    /// Whether it said itself that it is gone (410); else it failed for too long.
    pub gone: bool,
    /// Since when nothing arrived.
    pub since: DateTime<Utc>,
    /// When it was switched off.
    pub at: DateTime<Utc>,
}

/// Where a mail goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// The name, when the fan gave one.
    pub name: Option<String>,
}

/// What a mail says of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBrief {
    /// Its title.
    pub title: String,
    /// The venue.
    pub venue: String,
    /// The city.
    pub city: String,
    /// The start.
    pub starts_at: DateTime<Utc>,
    /// The venue's time zone (IANA name), in which the start is written.
    pub time_zone: String,
}

/// One ticket of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedTicket {
    /// Its public id.
    pub ticket: TicketRef,
    /// Where it is: "Block 12, row C, seat 4", or the name of the tier.
    pub place: String,
    /// The text of its QR code ([`crate::ticket_code`]).
    pub code: String,
}
