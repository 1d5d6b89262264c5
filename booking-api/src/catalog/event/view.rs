//! An event as JSON.

use chrono::{DateTime, Utc};
use contracts::{
    event::EventState,
    id::{EventId, PerformerId, TicketRef, TierId, VenueId},
    money::Money,
};
use serde::Serialize;

use super::{Category, Image, Listed, overview::Overview};
use crate::presale::{self, Presale};

/// What `GET /event/{eventId}` answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    event_id: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    title: String,
    description: String,
    category: Category,
    starts_at: DateTime<Utc>,
    time_zone: String,
    sales_start: DateTime<Utc>,
    sales_end: DateTime<Utc>,
    currency: String,
    ticket_limit: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    /// What `If-Match` takes.
    version: i64,
    state: EventState,
    venue: VenueOfEvent,
    performers: Vec<PerformerOfEvent>,
    tiers: Vec<TierOfEvent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    presales: Vec<PresaleOfEvent>,
    /// Whether one may enter the waitlist where it is sold out.
    waitlist: bool,
    ticket_total: usize,
    ticket_available: u32,
    ticket: Vec<TicketView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_cursor: Option<String>,
    stale: bool,
}

/// What `GET /event` answers.
#[derive(Debug, Serialize)]
pub struct EventsView {
    pub(super) events: Vec<ListedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// An event in its organizer's list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedView {
    event_id: EventId,
    title: String,
    starts_at: DateTime<Utc>,
    /// `draft`, `published`, `postponed` or `cancelled`.
    publication: &'static str,
    venue: String,
    city: String,
}

impl From<Listed> for ListedView {
    fn from(listed: Listed) -> Self {
        let Listed { id, title, starts_at, publication, venue, city } = listed;
        Self { event_id: id, title, starts_at, publication: publication.name(), venue, city }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VenueOfEvent {
    venue_id: VenueId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    city: String,
    country: String,
    latitude: f64,
    longitude: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PerformerOfEvent {
    performer_id: PerformerId,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TierOfEvent {
    tier_id: TierId,
    name: String,
    price: Option<Money>,
    general_admission: bool,
    available: u32,
    /// Until when it is sold with a code only, if it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    presale_until: Option<DateTime<Utc>>,
}

/// A window in which tickets are sold with a code only. Which codes open it is the organizer's to tell.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PresaleOfEvent {
    name: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// The tiers that it is about; all where absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<TierId>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TicketView {
    ticket_id: TicketRef,
    place: String,
    tier_id: Option<TierId>,
    price: Option<Money>,
}

impl PresaleOfEvent {
    fn new(presale: &Presale) -> Self {
        let Presale { starts_at, ends_at, .. } = *presale;
        Self { name: presale.name.clone(), starts_at, ends_at, tiers: presale.tiers.clone() }
    }
}

impl EventView {
    /// The view of `overview`, with tickets from number `from` on.
    pub fn new(overview: &Overview, from: u32) -> Self {
        let Overview { detail, layout, snapshot, at, state, stale } = overview;
        let (facts, venue) = (&detail.event.facts, &detail.venue);
        let (tickets, next) = overview.tickets(from);
        let ticket = tickets.into_iter().map(|(id, ticket)| TicketView {
            ticket_id: layout.reference(id),
            place: layout.place(ticket),
            tier_id: layout.tiers.get(ticket.tier).map(|tier| tier.id),
            price: layout.price(ticket.tier),
        });
        let tiers = layout.tiers.iter().enumerate().map(|(index, tier)| TierOfEvent {
            tier_id: tier.id,
            name: tier.name.clone(),
            price: layout.price(index),
            general_admission: tier.general_admission,
            available: snapshot.tiers.get(index).copied().unwrap_or_default(),
            presale_until: presale::until(&detail.presales, tier.id, *at),
        });
        let presales = detail.presales.iter().filter(|presale| *at < presale.ends_at);
        let performers = detail.performers.iter();
        Self {
            event_id: detail.event.id,
            external_id: facts.external_id.clone(),
            title: facts.title.clone(),
            description: facts.description.clone(),
            category: facts.category,
            starts_at: facts.starts_at,
            time_zone: venue.facts.time_zone.clone(),
            sales_start: facts.sales_start,
            sales_end: facts.sales_end,
            currency: facts.currency.clone(),
            ticket_limit: facts.ticket_limit,
            image: facts.image.clone(),
            version: detail.event.version,
            state: *state,
            venue: VenueOfEvent {
                venue_id: venue.id,
                name: venue.facts.name.clone(),
                address: venue.facts.address.clone(),
                city: venue.facts.city.clone(),
                country: venue.facts.country.clone(),
                latitude: venue.facts.latitude,
                longitude: venue.facts.longitude,
            },
            performers: performers
                .map(|(id, facts)| PerformerOfEvent { performer_id: *id, name: facts.name.clone() })
                .collect(),
            tiers: tiers.collect(),
            presales: presales.map(PresaleOfEvent::new).collect(),
            waitlist: detail.has_waitlist,
            ticket_total: layout.tickets.len(),
            ticket_available: snapshot.total(),
            ticket: ticket.collect(),
            ticket_cursor: next.map(|next| next.to_string()),
            stale: *stale,
        }
    }
}
