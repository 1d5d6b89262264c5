//! What organizers are told by HTTP, and how it is signed: Standard Webhooks 1.0.0, symmetric signatures (`v1`).
//! docs/webhooks.md says how to receive it.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{
    id::{EventId, NoticeId, OrderRef, RefundId, TicketRef, VenueId},
    money::Money,
};

/// The version of all bodies. It rises only with what a receiver would stumble over; new members are none of that.
pub const VERSION: u8 = 1;

/// The header with the id of the notice: the same at every attempt, and at a replay.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the signatures, apart by spaces: one by each secret that signs.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// One thing that happened, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Notice {
    /// The money was taken and the tickets are issued.
    #[serde(rename = "order.paid")]
    OrderPaid(OrderPaid),
    /// No payment came in time: the tickets are free.
    #[serde(rename = "order.expired")]
    OrderExpired(OrderEnded),
    /// It was cancelled before it was paid: the tickets are free.
    #[serde(rename = "order.cancelled")]
    OrderCancelled(OrderEnded),
    /// A payment came that could not be used: it was let go.
    #[serde(rename = "order.returned")]
    OrderReturned(OrderEnded),
    /// Money went back, and the tickets with it.
    #[serde(rename = "order.refunded")]
    OrderRefunded(OrderRefunded),
    /// Somebody has a ticket: they bought it, or it was sent to them.
    #[serde(rename = "ticket.issued")]
    TicketIssued(TicketIssued),
    /// A door let somebody in.
    #[serde(rename = "ticket.checked_in")]
    TicketCheckedIn(TicketCheckedIn),
    /// The organizer changed the event.
    #[serde(rename = "event.changed")]
    EventChanged(EventChanged),
    /// It does not take place.
    #[serde(rename = "event.cancelled")]
    EventCancelled(EventCancelled),
    /// Its last ticket was sold.
    #[serde(rename = "event.sold_out")]
    EventSoldOut(EventSoldOut),
    /// Nothing happened: the organizer tries an endpoint.
    #[serde(rename = "webhook.test")]
    Test(Test),
}

/// The kinds that an endpoint may choose. A test goes to the endpoint that is tried, whatever it chose.
pub const KINDS: [&str; 10] = [
    "order.paid",
    "order.expired",
    "order.cancelled",
    "order.returned",
    "order.refunded",
    "ticket.issued",
    "ticket.checked_in",
    "event.changed",
    "event.cancelled",
    "event.sold_out",
];

impl Notice {
    /// Its `type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::OrderPaid(_) => "order.paid",
            Self::OrderExpired(_) => "order.expired",
            Self::OrderCancelled(_) => "order.cancelled",
            Self::OrderReturned(_) => "order.returned",
            Self::OrderRefunded(_) => "order.refunded",
            Self::TicketIssued(_) => "ticket.issued",
            Self::TicketCheckedIn(_) => "ticket.checked_in",
            Self::EventChanged(_) => "event.changed",
            Self::EventCancelled(_) => "event.cancelled",
            Self::EventSoldOut(_) => "event.sold_out",
            Self::Test(_) => "webhook.test",
        }
    }

    /// The body that tells it, which happened at `at`.
    ///
    /// # Errors
    /// When it cannot be written as JSON: a bug.
    pub fn body(&self, at: DateTime<Utc>) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Body { version: VERSION, timestamp: at, notice: self })
    }
}

#[derive(Serialize)]
struct Body<'a> {
    version: u8,
    timestamp: DateTime<Utc>,
    #[serde(flatten)]
    notice: &'a Notice,
}

/// See [`Notice::OrderPaid`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderPaid {
    /// The event.
    pub event_id: EventId,
    /// The order.
    pub order_id: OrderRef,
    /// What was paid.
    pub total: Money,
    /// Its tickets.
    pub tickets: Vec<Place>,
}

/// See [`Notice::OrderExpired`], [`Notice::OrderCancelled`], [`Notice::OrderReturned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderEnded {
    /// The event.
    pub event_id: EventId,
    /// The order.
    pub order_id: OrderRef,
    /// What it would have cost.
    pub total: Money,
}

/// See [`Notice::OrderRefunded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderRefunded {
    /// The event.
    pub event_id: EventId,
    /// The order.
    pub order_id: OrderRef,
    /// The refund; an order may have several.
    pub refund_id: RefundId,
    /// What went back.
    pub amount: Money,
    /// The tickets that open no door any more.
    pub tickets: Vec<Place>,
    /// Whether it is because the event was called off.
    pub called_off: bool,
}

/// A ticket, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// The ticket.
    pub ticket_id: TicketRef,
    /// "Block 12, row C, seat 4", or the name of the tier.
    pub place: String,
}

/// See [`Notice::TicketIssued`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketIssued {
    /// The event.
    pub event_id: EventId,
    /// The order that bought it.
    pub order_id: OrderRef,
    /// The ticket.
    pub ticket_id: TicketRef,
    /// Where it is.
    pub place: String,
    /// Whether somebody sent it to who has it now.
    pub transferred: bool,
}

/// See [`Notice::TicketCheckedIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketCheckedIn {
    /// The event.
    pub event_id: EventId,
    /// The ticket.
    pub ticket_id: TicketRef,
    /// When its holder went in, by the clock of the door.
    pub at: DateTime<Utc>,
}

/// See [`Notice::EventChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventChanged {
    /// The event.
    pub event_id: EventId,
    /// Its version from now on.
    pub event_version: i64,
    /// What is different, by the names of `PUT /event/{eventId}`.
    pub changed: Vec<String>,
    /// Its title.
    pub title: String,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// Where.
    pub venue_id: VenueId,
    /// Whether it takes place: `draft`, `published`, `postponed` or `cancelled`.
    pub state: String,
}

/// See [`Notice::EventCancelled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventCancelled {
    /// The event.
    pub event_id: EventId,
    /// Its title.
    pub title: String,
    /// Whether everybody's money goes back by itself.
    pub refunds: bool,
}

/// See [`Notice::EventSoldOut`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventSoldOut {
    /// The event.
    pub event_id: EventId,
    /// How many tickets it has.
    pub total: i64,
}

/// See [`Notice::Test`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Test {
    /// A word to people.
    pub message: String,
}

/// What secrets are sealed for in the database, as those of their endpoint.
pub const SEALED: &str = "webhook secret";

/// What we and one receiver know: it signs what we send there.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The secret of these bytes: 24 to 64.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The bytes, for the store.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people copy it: `whsec_` and the bytes in base64.
    pub fn text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }

    /// The signature of one attempt: `v1,` and the HMAC-SHA-256 of `id.timestamp.body` in base64.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The id as it is sent: `msg_` and the notice.
pub fn message_id(notice: NoticeId) -> String {
    format!("msg_{notice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the standard's own documents.
    #[test]
    fn a_signature_is_the_one_that_the_standard_gives() {
        let secret = Secret::new(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()).unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_of_24_to_64_bytes_and_shown_as_the_standard_says() {
        assert_eq!(Secret::new(vec![0; 23]), None);
        assert_eq!(Secret::new(vec![0; 65]), None);
        let secret = Secret::new(vec![0; 24]).unwrap();
        assert_eq!(secret.text(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert!(!format!("{secret:?}").contains("AAAA"));
    }
}
