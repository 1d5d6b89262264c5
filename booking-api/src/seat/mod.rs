//! What an event sells and what of it can be had: the seat map, and one bit a ticket.

pub mod availability;
pub mod compact;
pub mod feed;
pub mod handler;
pub mod map;
pub mod plan;
pub mod pretix;
pub mod rows;
pub mod store;

use std::collections::BTreeMap;

use contracts::{
    id::{EventId, TicketId, TicketRef},
    money::{Currency, Money},
};

use crate::{catalog::event::Tier, offer::Line};

/// All tickets of an event. It never changes once the event is no draft any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Whose tickets.
    pub event: EventId,
    /// In which the prices are.
    pub currency: Currency,
    /// The price categories, in the organizer's order.
    pub tiers: Vec<Tier>,
    /// The tickets; a ticket's number is its index.
    pub tickets: Vec<Ticket>,
    /// Where people look to, by section; `""` for those without a point of their own.
    pub focal_points: BTreeMap<String, Point>,
    /// Whether it may be kept: that of a draft may be another one in the next moment.
    pub is_settled: bool,
}

/// A place on the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// One sellable unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// The index of its price category.
    pub tier: usize,
    /// Where it is; none for general admission.
    pub seat: Option<Seat>,
}

/// Where a ticket is.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    /// The block.
    pub section: String,
    /// The row.
    pub row: String,
    /// The seat.
    pub name: String,
    /// Where it is drawn.
    pub x: Option<f32>,
    /// Where it is drawn.
    pub y: Option<f32>,
    /// For whom it is.
    pub kind: Kind,
    /// Whether something stands in the view.
    pub restricted_view: bool,
}

/// For whom a seat is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Anybody.
    #[default]
    Usual,
    /// A wheelchair fits.
    Accessible,
    /// Beside one: for who comes along.
    Companion,
}

impl Layout {
    /// The tickets with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (TicketId, &Ticket)> {
        (0..).map_while(TicketId::new).zip(&self.tickets)
    }

    /// The public name of a ticket.
    pub fn reference(&self, ticket: TicketId) -> TicketRef {
        TicketRef { event: self.event, ticket }
    }

    /// What a ticket of the tier with this index costs.
    pub fn price(&self, tier: usize) -> Option<Money> {
        self.tiers.get(tier).map(|tier| Money { minor: tier.price_minor, currency: self.currency })
    }

    /// The ticket with this number; none when the event has none.
    pub fn ticket(&self, ticket: TicketId) -> Option<&Ticket> {
        self.tickets.get(usize::try_from(ticket.number()).ok()?)
    }

    /// A ticket with its face value, as if nothing else were charged; none when the event has none of this number.
    pub fn line(&self, ticket: TicketId) -> Option<Line> {
        let found = self.ticket(ticket)?;
        let tier = self.tiers.get(found.tier)?;
        let pool = tier.general_admission.then_some(tier.id);
        let (price, nothing) = (self.price(found.tier)?, Money { minor: 0, currency: self.currency });
        Some(Line {
            ticket,
            place: self.place(found),
            price,
            face: price,
            discount: nothing,
            fee: nothing,
            tax: nothing,
            tax_included: true,
            pool,
        })
    }

    /// Where a ticket is, for a person.
    pub fn place(&self, ticket: &Ticket) -> String {
        let tier = self.tiers.get(ticket.tier).map_or("", |tier| tier.name.as_str());
        let seat = ticket.seat.as_ref();
        place(seat.map(|seat| (seat.section.as_str(), seat.row.as_str(), seat.name.as_str())), tier)
    }
}

/// Where a ticket is, for a person: `Block A, row 3, seat 12`, or the name of its tier.
pub fn place(seat: Option<(&str, &str, &str)>, tier: &str) -> String {
    match seat {
        Some((section, row, seat)) => format!("{section}, row {row}, seat {seat}"),
        None => tier.to_owned(),
    }
}
