//! Ids are types: one for each thing, so that a seat cannot be passed where a hold is meant.
//!
//! Inside, an id is a UUID of version 7 (RFC 9562: rows sort by age); a ticket is a number inside its event
//! (docs/adr/0001). Outside, whatever belongs to an event travels as a *reference* that names the event too, so that
//! the gate knows which room guards a request without asking anybody.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares an id: a UUID with a name of its own.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The bare UUID, for binding to a query.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id!(/// Somebody with an account: a fan or an organizer.
    AccountId);
id!(/// A browser or an app that came to the gate, signed in or not; the cookie carries it.
    VisitorId);
id!(/// A place where events happen.
    VenueId);
id!(/// Who performs: a band, a team, an orchestra.
    PerformerId);
id!(/// One performance, match or show, at one venue and one time.
    EventId);
id!(/// A price category of one event.
    TierId);
id!(/// One hold: tickets set aside for one visitor for a short time.
    HoldId);
id!(/// One order: tickets that somebody pays for.
    OrderId);
id!(/// One attempt to have an order paid.
    PaymentAttemptId);
id!(/// One refund of an order, or of a part of it.
    RefundId);
id!(/// One planned opening of a waiting room.
    OpeningId);
id!(/// One waiting room; it guards one event, or one site that is not ours.
    RoomId);
id!(/// One staff token: leave to pass by the line of a room.
    StaffTokenId);
id!(/// One leave to enter: the slot that a called place was granted.
    PassId);
id!(/// Friends who share one place.
    PartyId);
id!(/// One access code of a room.
    CodeId);
id!(/// One message in the outbox.
    MessageId);
id!(/// One address at which an organizer is told what happens.
    WebhookId);
id!(/// One thing that organizers are told by HTTP.
    NoticeId);
id!(/// One door of an event, and the session of those who work at it.
    DoorId);
id!(/// One scan of a code at a door; the scanner makes it, so that a scan told twice is one.
    ScanId);
id!(/// One voucher of an event.
    VoucherId);
id!(/// One presale of an event.
    PresaleId);
id!(/// One code of an event's presales.
    PresaleCodeId);
id!(/// Somebody on the waitlist of an event.
    WaitlistEntryId);
id!(/// Seats that the waitlist of an event offers to somebody.
    WaitlistOfferId);
id!(/// One code that was mailed to sign somebody in.
    MailCodeId);
id!(/// One key with which programs act for an organizer.
    OrganizerKeyId);
id!(/// One session: a browser or an app in which an account is signed in.
    SessionId);
id!(/// One ticket on its way to somebody else.
    TransferId);

/// One sellable unit (a seat, or one named unit of general admission): its number inside its event, from 0 without
/// gaps. The number is also the unit's bit in the availability map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TicketId(i32);

impl TicketId {
    /// The ticket with this number; `None` beyond what PostgreSQL's `integer` holds.
    pub fn new(number: u32) -> Option<Self> {
        i32::try_from(number).ok().map(Self)
    }

    /// The number, from 0.
    pub const fn number(self) -> u32 {
        self.0.unsigned_abs()
    }

    /// The number as PostgreSQL stores it.
    pub const fn int(self) -> i32 {
        self.0
    }
}

impl From<i32> for TicketId {
    /// From a column that a constraint keeps from being negative; a negative number becomes 0.
    fn from(number: i32) -> Self {
        Self(number.max(0))
    }
}

impl From<TicketId> for i32 {
    fn from(id: TicketId) -> Self {
        id.int()
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is not a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {what} id")]
pub struct BadReference {
    /// The kind of reference that was expected.
    pub what: &'static str,
}

/// Declares a public reference: an event's UUID followed by the bytes of what belongs to it, in unpadded URL-safe base64.
macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $what:literal, $part:ident : $Part:ty, $len:literal, $get:expr, $put:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The event it belongs to.
            pub event: EventId,
            /// Which one, inside the event.
            pub $part: $Part,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let put: fn($Part) -> [u8; $len] = $put;
                let mut bytes = [0_u8; 16 + $len];
                bytes[..16].copy_from_slice(self.event.uuid().as_bytes());
                bytes[16..].copy_from_slice(&put(self.$part));
                f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
            }
        }

        impl FromStr for $name {
            type Err = BadReference;

            fn from_str(text: &str) -> Result<Self, BadReference> {
                let get: fn([u8; $len]) -> Option<$Part> = $get;
                let bad = BadReference { what: $what };
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad)?;
                let (event, part) = bytes.split_first_chunk::<16>().ok_or(bad)?;
                let part = <[u8; $len]>::try_from(part).map_err(|_| bad)?;
                Ok(Self { event: Uuid::from_bytes(*event).into(), $part: get(part).ok_or(bad)? })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

reference!(/// A ticket as the public sees it (`ticketId`): 27 characters.
    TicketRef, "ticket", ticket: TicketId, 4, |bytes| TicketId::new(u32::from_be_bytes(bytes)), |id| id.number().to_be_bytes());
reference!(/// A hold as the public sees it (`holdId`): 43 characters.
    HoldRef, "hold", hold: HoldId, 16, |bytes| Some(Uuid::from_bytes(bytes).into()), |id| id.uuid().into_bytes());
reference!(/// An order as the public sees it (`orderId`): 43 characters.
    OrderRef, "order", order: OrderId, 16, |bytes| Some(Uuid::from_bytes(bytes).into()), |id| id.uuid().into_bytes());

reference!(/// A transfer as the public sees it (`transferId`): 43 characters.
    TransferRef, "transfer", transfer: TransferId, 16, |bytes| Some(Uuid::from_bytes(bytes).into()), |id| id.uuid().into_bytes());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_survives_the_way_through_a_url() {
        let event = EventId::from(Uuid::from_u128(7));
        let ticket = TicketRef { event, ticket: TicketId::new(19_999).unwrap() };
        assert_eq!(ticket.to_string().len(), 27);
        assert_eq!(ticket.to_string().parse(), Ok(ticket));
        let hold = HoldRef { event, hold: Uuid::from_u128(8).into() };
        assert_eq!(hold.to_string().len(), 43);
        assert_eq!(hold.to_string().parse(), Ok(hold));
    }

    #[test]
    fn a_text_of_another_length_or_alphabet_is_no_reference() {
        let event = EventId::from(Uuid::from_u128(7));
        let hold = HoldRef { event, hold: Uuid::from_u128(8).into() }.to_string();
        for text in ["", "A1", "ticket/1", hold.as_str(), "AAAAAAAAAAAAAAAAAAAAAP____8"] {
            assert_eq!(text.parse::<TicketRef>(), Err(BadReference { what: "ticket" }), "{text}");
        }
    }
}
