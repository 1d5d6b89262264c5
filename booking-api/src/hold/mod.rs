//! Tickets set aside for one account for a short time. A hold lives in Redis and decides who may try to pay;
//! Postgres decides who bought.

pub mod extend;
pub mod find;
pub mod handler;
pub mod place;
pub mod release;
pub mod store;
pub mod view;

use chrono::{DateTime, Utc, serde::ts_microseconds};
use contracts::{
    id::{AccountId, EventId, HoldId, HoldRef, PassId, RoomId, TicketId, TicketRef, TierId, VisitorId},
    token::Claims,
};
use serde::{Deserialize, Serialize};

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
}

/// What somebody asks to have set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// These tickets.
    Tickets(Vec<TicketId>),
    /// So many units of a tier in which nobody chooses a seat.
    Units(TierId, u32),
}

/// Why a request for tickets is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not exactly one of the three ways to ask.
    #[error("ask by exactly one of ticketId, ticketIds, or eventId with tier and quantity")]
    NotOneWay,
    /// Nothing was asked for.
    #[error("ask for at least one ticket")]
    Nothing,
    /// Tickets of several events.
    #[error("the tickets of one hold are of one event")]
    SeveralEvents,
    /// More than one call may ask.
    #[error("a hold covers at most {MOST} tickets")]
    TooMany,
}

/// The body of `POST /booking/reserve`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reserve {
    /// One ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketRef>,
    /// Several, all or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_ids: Option<Vec<TicketRef>>,
    /// The event of `tier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// A tier in which nobody chooses a seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierId>,
    /// How many units of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
}

impl Reserve {
    /// The event, and what is asked of it. The same ticket twice counts once.
    ///
    /// # Errors
    /// [`BadRequest`].
    pub fn asked(&self) -> Result<(EventId, Asked), BadRequest> {
        let tickets = match (&self.ticket_id, &self.ticket_ids, self.event_id, self.tier, self.quantity) {
            (Some(one), None, None, None, None) => std::slice::from_ref(one),
            (None, Some(several), None, None, None) => several.as_slice(),
            (None, None, Some(_), Some(_), Some(0)) => return Err(BadRequest::Nothing),
            (None, None, Some(event), Some(tier), Some(quantity)) => {
                let fits = usize::try_from(quantity).is_ok_and(|quantity| quantity <= MOST);
                return fits.then_some((event, Asked::Units(tier, quantity))).ok_or(BadRequest::TooMany);
            }
            _ => return Err(BadRequest::NotOneWay),
        };
        let event = tickets.first().ok_or(BadRequest::Nothing)?.event;
        if tickets.iter().any(|ticket| ticket.event != event) {
            return Err(BadRequest::SeveralEvents);
        }
        let mut numbers: Vec<TicketId> = tickets.iter().map(|ticket| ticket.ticket).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() > MOST {
            return Err(BadRequest::TooMany);
        }
        Ok((event, Asked::Tickets(numbers)))
    }
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
        let About { event, account, visitor, pass, since, end } = self.about;
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
        let Record { sub: account, jti: id, event, visitor, pass, tickets, epoch, iat: since, exp: end } =
            record;
        let about = About { event, account, visitor, pass, since, end };
        Self { id, about, tickets: tickets.into_iter().map(TicketId::from).collect(), epoch, fence: 0 }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ticket(event: u128, number: u32) -> TicketRef {
        TicketRef { event: Uuid::from_u128(event).into(), ticket: TicketId::new(number).unwrap() }
    }

    #[test]
    fn there_is_exactly_one_way_to_ask() {
        let one = Reserve { ticket_id: Some(ticket(1, 5)), ..Reserve::default() };
        let both = Reserve { ticket_ids: Some(vec![ticket(1, 5)]), ..one.clone() };
        assert_eq!(Reserve::default().asked(), Err(BadRequest::NotOneWay));
        assert_eq!(both.asked(), Err(BadRequest::NotOneWay));
        let numbers = vec![TicketId::new(5).unwrap()];
        assert_eq!(one.asked(), Ok((Uuid::from_u128(1).into(), Asked::Tickets(numbers))));
        let units = |quantity| Reserve {
            event_id: Some(Uuid::from_u128(1).into()),
            tier: Some(Uuid::from_u128(2).into()),
            quantity: Some(quantity),
            ..Reserve::default()
        };
        assert_eq!(units(0).asked(), Err(BadRequest::Nothing));
        assert_eq!(units(101).asked(), Err(BadRequest::TooMany));
        assert!(units(3).asked().is_ok());
        assert_eq!(Reserve { quantity: None, ..units(1) }.asked(), Err(BadRequest::NotOneWay));
    }

    #[test]
    fn a_hold_is_of_one_event_and_counts_a_ticket_once() {
        let several =
            |tickets: Vec<TicketRef>| Reserve { ticket_ids: Some(tickets), ..Reserve::default() }.asked();
        assert_eq!(several(vec![]), Err(BadRequest::Nothing));
        assert_eq!(several(vec![ticket(1, 5), ticket(2, 6)]), Err(BadRequest::SeveralEvents));
        let twice = several(vec![ticket(1, 9), ticket(1, 5), ticket(1, 9)]).unwrap().1;
        assert_eq!(twice.label(), "tickets 5 9");
    }
}
