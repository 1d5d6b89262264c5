//! Tickets set aside for one account for a short time. A hold lives in Redis and decides who may try to pay;
//! Postgres decides who bought.

pub mod best;
pub mod best_available;
pub mod extend;
pub mod find;
pub mod handler;
pub mod idle;
mod opening;
pub mod place;
pub mod release;
pub mod repair;
pub mod reserve;
pub mod store;
pub mod together;
pub mod view;

use chrono::{DateTime, Utc, serde::ts_microseconds};
use contracts::{
    id::{
        AccountId, EventId, HoldId, HoldRef, PassId, PresaleCodeId, RoomId, TicketId, TierId, VisitorId,
        VoucherId, WaitlistOfferId,
    },
    token::Claims,
};
use serde::{Deserialize, Serialize};

use self::best::Best;

/// The most tickets that one call may ask for, whatever the event's limit.
pub const MOST: usize = 100;

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which one.
    pub id: HoldId,
    /// What is known of it beside its tickets.
    pub about: About,
    /// Its tickets, in order.
    pub tickets: Vec<TicketId>,
    /// Of which life of Redis it is.
    pub epoch: i64,
    /// Rises with every hold of the event in one epoch.
    pub fence: i64,
}

/// What a hold remembers beside its tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The event.
    pub event: EventId,
    /// Whose it is.
    pub account: AccountId,
    /// The browser that it was placed with.
    pub visitor: VisitorId,
    /// The pass that it was placed with, and its room.
    pub pass: Option<(RoomId, PassId)>,
    /// When it was placed.
    #[serde(with = "ts_microseconds")]
    pub since: DateTime<Utc>,
    /// When it ends.
    #[serde(with = "ts_microseconds")]
    pub end: DateTime<Utc>,
    /// The voucher that lies on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherId>,
    /// The presale code that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presale: Option<PresaleCodeId>,
    /// The offer of the waitlist that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<WaitlistOfferId>,
    /// Whether other tickets of the same price will do, if a payment comes too late for these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub equivalent: bool,
}

/// What somebody asks to have set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// These tickets.
    Tickets(Vec<TicketId>),
    /// So many units of a tier in which nobody chooses a seat.
    Units(TierId, u32),
    /// The best seats that can be had.
    Best(Best),
}

impl Asked {
    /// The same request as one text: who asks the same again is given the same hold.
    pub fn label(&self) -> String {
        match self {
            Self::Tickets(tickets) => {
                let numbers: Vec<String> = tickets.iter().map(ToString::to_string).collect();
                format!("tickets {}", numbers.join(" "))
            }
            Self::Units(tier, quantity) => format!("units {tier} {quantity}"),
            Self::Best(best) => format!("best {best:?}"),
        }
    }

    /// How many tickets that are.
    pub fn count(&self) -> u32 {
        match self {
            Self::Tickets(tickets) => u32::try_from(tickets.len()).unwrap_or(u32::MAX),
            Self::Units(_, quantity) => *quantity,
            Self::Best(best) => best.quantity,
        }
    }
}

impl Hold {
    /// The public id.
    pub fn reference(&self) -> HoldRef {
        HoldRef { event: self.about.event, hold: self.id }
    }

    /// What the fan carries.
    pub fn record(&self) -> Record {
        let About { event, account, visitor, pass, since, end, voucher, presale, offer, equivalent } =
            self.about;
        let tickets = self.tickets.iter().map(|ticket| ticket.int()).collect();
        Record {
            sub: account,
            jti: self.id,
            event,
            visitor,
            pass,
            tickets,
            epoch: self.epoch,
            iat: since,
            exp: end,
            voucher,
            presale,
            offer,
            equivalent,
        }
    }
}

/// A hold as a signed record that the fan carries: when Redis has forgotten the hold, it proves that there was one,
/// and Postgres picks the winner among those who can (promise B2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whose hold.
    pub sub: AccountId,
    /// Which hold.
    pub jti: HoldId,
    /// The event.
    pub event: EventId,
    /// The browser.
    pub visitor: VisitorId,
    /// The pass, and its room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<(RoomId, PassId)>,
    /// The numbers of the tickets.
    pub tickets: Vec<i32>,
    /// Of which life of Redis.
    pub epoch: i64,
    /// When it was placed.
    #[serde(with = "ts_microseconds")]
    pub iat: DateTime<Utc>,
    /// When it ends.
    #[serde(with = "ts_microseconds")]
    pub exp: DateTime<Utc>,
    /// The voucher that lies on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherId>,
    /// The presale code that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presale: Option<PresaleCodeId>,
    /// The offer of the waitlist that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<WaitlistOfferId>,
    /// Whether other tickets of the same price will do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub equivalent: bool,
}

impl Claims for Record {
    const TYP: &'static str = "usher-hold+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}

impl From<Record> for Hold {
    fn from(record: Record) -> Self {
        let about = About {
            event: record.event,
            account: record.sub,
            visitor: record.visitor,
            pass: record.pass,
            since: record.iat,
            end: record.exp,
            voucher: record.voucher,
            presale: record.presale,
            offer: record.offer,
            equivalent: record.equivalent,
        };
        let tickets = record.tickets.into_iter().map(TicketId::from).collect();
        Self { id: record.jti, about, tickets, epoch: record.epoch, fence: 0 }
    }
}
