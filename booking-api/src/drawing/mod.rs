//! The plan of an event as its organizer draws it: tiers, seats, where people look to, and which seats are kept back from
//! the moment on in which the event is published. It is drawn anew as long as the event is a draft. Then it is settled:
//! tickets are numbered by it, and fans choose on it.

pub mod handler;
pub mod put;
pub mod store;

use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::id::{EventId, TierId};
use serde::{Deserialize, Serialize};

use crate::{
    catalog::event::Publication,
    seat::{
        Kind, Layout,
        plan::{NewFocalPoint, NewSeat, NewTier},
    },
};

/// Why a plan stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settled {
    /// The event was published.
    Published,
    /// Somebody holds tickets of it, or did.
    Held,
}

/// Whether the plan of an event stays as it is, and why.
pub fn settled(publication: Publication, is_held: bool) -> Option<Settled> {
    match publication {
        Publication::Draft => is_held.then_some(Settled::Held),
        Publication::Published | Publication::Postponed | Publication::Cancelled => Some(Settled::Published),
    }
}

/// The body of `PUT /event/{eventId}/plan`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drawn {
    tiers: Vec<NewTier>,
    #[serde(default)]
    seats: Vec<NewSeat>,
    #[serde(default)]
    focal_points: Vec<NewFocalPoint>,
}

/// What `GET /event/{eventId}/plan` answers. The seats come in the order of their tickets, from number 0 on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    event_id: EventId,
    /// What `If-Match` takes.
    version: i64,
    currency: String,
    /// Why it can be changed no more, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<Settled>,
    tiers: Vec<DrawnTier>,
    seats: Vec<DrawnSeat>,
    focal_points: Vec<DrawnPoint>,
    /// What can be had of a plan that is settled: one bit a ticket, as in the availability.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DrawnTier {
    tier_id: TierId,
    name: String,
    price: i64,
    general_admission: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DrawnSeat {
    section: String,
    row: String,
    seat: String,
    /// The index of its tier.
    tier: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<f32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    accessible: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    companion: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    restricted_view: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_back: Option<String>,
}

#[derive(Debug, Serialize)]
struct DrawnPoint {
    #[serde(skip_serializing_if = "String::is_empty")]
    section: String,
    x: f32,
    y: f32,
}

impl PlanView {
    /// The plan that `layout` is, with what each ticket is kept back for.
    fn new(
        (version, settled): (i64, Option<Settled>),
        layout: &Layout,
        mut kept: store::Kept,
        bits: Option<&[u8]>,
    ) -> Self {
        let mut standing = vec![0_usize; layout.tiers.len()];
        let mut seats = Vec::with_capacity(layout.tickets.len());
        for (id, ticket) in layout.numbered() {
            let Some(seat) = &ticket.seat else {
                standing.iter_mut().skip(ticket.tier).take(1).for_each(|count| *count += 1);
                continue;
            };
            seats.push(DrawnSeat {
                section: seat.section.clone(),
                row: seat.row.clone(),
                seat: seat.name.clone(),
                tier: ticket.tier,
                x: seat.x,
                y: seat.y,
                accessible: seat.kind == Kind::Accessible,
                companion: seat.kind == Kind::Companion,
                restricted_view: seat.restricted_view,
                keep_back: kept.remove(&id),
            });
        }
        let tiers = layout.tiers.iter().zip(standing).map(|(tier, standing)| DrawnTier {
            tier_id: tier.id,
            name: tier.name.clone(),
            price: tier.price_minor,
            general_admission: tier.general_admission,
            quantity: tier.general_admission.then_some(standing),
            colour: tier.colour.clone(),
        });
        let points = layout.focal_points.iter();
        Self {
            event_id: layout.event,
            version,
            currency: layout.currency.as_str().to_owned(),
            settled,
            available: bits.map(|bits| STANDARD.encode(bits)),
            tiers: tiers.collect(),
            seats,
            focal_points: points
                .map(|(section, point)| DrawnPoint { section: section.clone(), x: point.x, y: point.y })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_settled_by_publishing_and_by_whoever_holds_a_ticket() {
        assert_eq!(settled(Publication::Draft, false), None);
        assert_eq!(settled(Publication::Draft, true), Some(Settled::Held));
        for after in [Publication::Published, Publication::Postponed, Publication::Cancelled] {
            assert_eq!(settled(after, false), Some(Settled::Published));
        }
    }
}
