//! What one has, on a page: the tickets that one holds, by event, and the orders.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use contracts::{
    id::{EventId, OrderRef, TicketRef},
    language::Language,
};
use platform::http::{Problem, internal};
use serde::Serialize;

use crate::{
    account,
    catalog::event::overview,
    extractors::SignedIn,
    order::{self, Order, OrderState},
    pages::words::moment,
    state::Booking,
    transfer::mine::{self, Held},
};

/// What the page shows.
#[derive(Debug, Serialize)]
pub struct Mine {
    events: Vec<HeldEvent>,
    orders: Vec<OrderLine>,
    /// Whether the account has no password: another device does not know these tickets.
    is_guest: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct HeldEvent {
    id: EventId,
    title: String,
    /// For a person, at the venue.
    starts: String,
    /// For a program.
    starts_at: DateTime<Utc>,
    venue: String,
    city: String,
    tickets: Vec<HeldTicket>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct HeldTicket {
    id: TicketRef,
    place: String,
    sent_to: Option<String>,
}

#[derive(Debug, Serialize)]
struct OrderLine {
    id: OrderRef,
    title: String,
    at: String,
    state: OrderState,
    total: String,
}

/// What `fan` has, for somebody who reads `language`.
///
/// # Errors
/// When a store fails.
pub async fn mine(app: &Booking, fan: SignedIn, language: Language) -> Result<Mine, Problem> {
    let held = mine::list(app, fan.account).await.map_err(|error| internal(&error))?;
    let found = order::find::list(app, fan.account).await.map_err(|error| internal(&error))?;
    let mut orders = Vec::with_capacity(found.len());
    for order in &found {
        orders.push(line(app, language, order).await?);
    }
    let password = account::store::hash(&app.postgres, fan.account).await;
    let is_guest = password.map_err(|error| internal(&error))?.is_none();
    Ok(Mine { events: by_event(language, held), orders, is_guest })
}

async fn line(app: &Booking, language: Language, order: &Order) -> Result<OrderLine, Problem> {
    let detail = overview::known(app, order.event).await?.value;
    let zone: Tz = detail.venue.facts.time_zone.parse().unwrap_or(Tz::UTC);
    Ok(OrderLine {
        id: order.reference(),
        title: detail.event.facts.title.clone(),
        at: moment(language, order.created_at, zone),
        state: order.state,
        total: words::money(language, order.total),
    })
}

/// Tickets come with the next event first; those of one event stand together.
fn by_event(language: Language, held: Vec<Held>) -> Vec<HeldEvent> {
    let mut events: Vec<HeldEvent> = Vec::new();
    for Held { code, event, place, on_its_way, .. } in held {
        let id = TicketRef { event: code.event, ticket: code.ticket };
        let ticket = HeldTicket { id, place, sent_to: on_its_way.map(|(email, _)| email) };
        match events.last_mut().filter(|last| last.id == code.event) {
            Some(last) => last.tickets.push(ticket),
            None => events.push(HeldEvent {
                id: code.event,
                starts: moment(language, event.starts_at, event.time_zone.parse().unwrap_or(Tz::UTC)),
                starts_at: event.starts_at,
                title: event.title,
                venue: event.venue,
                city: event.city,
                tickets: vec![ticket],
            }),
        }
    }
    events
}
