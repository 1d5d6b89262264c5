//! What the notifier is asked to send. Appended to `outbox` in the transaction of what it tells; at most one of each
//! per cause, by the table's unique key.

mod turn;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{OrderRef, TicketRef},
    language::Language,
    money::Money,
};
pub use turn::{TurnCame, TurnNear};

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
    /// No payment came in time.
    OrderExpired(OrderEnded),
    /// An order was cancelled before it was paid.
    OrderCancelled(OrderEnded),
    /// An event for which somebody has a ticket is at another time or place, or does not take place.
    EventChanged(EventChanged),
    /// The order is here, and its payment is not confirmed after a while.
    OrderReceived(OrderReceived),
    /// Somebody in line asked to be told: their turn is near.
    TurnNear(TurnNear),
    /// Somebody in line asked to be told: it is their turn.
    TurnCame(TurnCame),
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
            Self::OrderExpired(_) => "order_expired",
            Self::OrderCancelled(_) => "order_cancelled",
            Self::EventChanged(_) => "event_changed",
            Self::OrderReceived(_) => "order_received",
            Self::TurnNear(_) => "turn_near",
            Self::TurnCame(_) => "turn_came",
            Self::WebhookOff(_) => "webhook_off",
        }
    }

    /// The kinds whose bodies are forgotten as soon as they are delivered or set aside: what they say is a secret, or goes to an
    /// address that we have for nothing else.
    pub const FORGOTTEN: [&'static str; 3] = ["sign_in_code", "turn_near", "turn_came"];

    /// How long after it was written the message is worth reading; `None` where it always is. Later it is not sent.
    pub fn worth_reading(&self, created_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::SignInCode(code) => Some(created_at + TimeDelta::minutes(code.minutes.into())),
            Self::TurnNear(_) => Some(created_at + TimeDelta::minutes(10)),
            Self::TurnCame(came) => Some(came.until.unwrap_or(created_at + TimeDelta::hours(1))),
            _ => None,
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
    /// Why, in words for the fan: those of the organizer where `cause` is none.
    pub why: String,
    /// Why, where it is one of the causes that we know how to say in each language.
    #[serde(default)]
    pub cause: Option<ReturnCause>,
}

/// Why a payment could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnCause {
    /// It came after the tickets had gone to others.
    Others,
    /// It came after others had used the voucher.
    VoucherUsed,
    /// It came after others had the seats of the presale code.
    CodeUsed,
    /// It came after the event had been called off.
    CalledOff,
    /// The provider refused to let it be taken.
    NotCaptured,
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

/// What codes are sealed for on their way to the mail, as those of the address that it goes to.
pub const SEALED_CODE: &str = "sign-in code";

/// See [`Message::SignInCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInCode {
    /// Where the mail goes.
    pub to: Recipient,
    /// The code, as it is shown; or sealed ([`SEALED_CODE`]), in base64.
    pub code: String,
    /// Whether it is sealed.
    #[serde(default)]
    pub sealed: bool,
    /// For how many minutes it is good.
    pub minutes: u32,
}

/// See [`Message::OrderExpired`], [`Message::OrderCancelled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEnded {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order.
    pub order: OrderRef,
    /// What is on.
    pub event: EventBrief,
    /// Where the tickets were that are free again.
    pub places: Vec<String>,
    /// Where the event is.
    pub event_url: String,
}

/// See [`Message::OrderReceived`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReceived {
    /// Where the mail goes.
    pub to: Recipient,
    /// The order.
    pub order: OrderRef,
    /// What is on.
    pub event: EventBrief,
    /// Where the tickets are that are kept for it.
    pub places: Vec<String>,
    /// Where the fan sees the order.
    pub order_url: String,
}

/// See [`Message::EventChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventChanged {
    /// Where the mail goes.
    pub to: Recipient,
    /// What is on, from now on.
    pub event: EventBrief,
    /// What was on.
    pub was: EventBrief,
    /// What is different.
    pub change: EventChange,
    /// Where the event is.
    pub event_url: String,
}

/// What is different about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventChange {
    /// It is at another time or place.
    Moved,
    /// It does not take place at its time, and another one is not known.
    Postponed,
    /// It was postponed, and takes place.
    Resumed,
    /// It does not take place.
    Cancelled,
    /// It does not take place, and everybody's money goes back by itself.
    CalledOff,
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
    /// The language in which they read.
    #[serde(default)]
    pub language: Language,
}

/// How an organizer wants to be seen in mails. All of it was checked, and is escaped where it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brand {
    /// The name above the mail, and before our address.
    pub name: Option<String>,
    /// The colour of what stands out: `#rrggbb`.
    pub colour: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// What stands below.
    pub footer: Option<String>,
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
    /// How its organizer wants to be seen.
    #[serde(default)]
    pub brand: Option<Brand>,
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
