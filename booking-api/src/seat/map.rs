//! The seat map as it is sent: made once for an event that is published, because it never changes then.

use std::sync::Arc;

use contracts::{
    id::{EventId, TicketRef, TierId},
    money::Money,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Kind, Layout, availability};
use crate::{cache::Missing, state::Booking};

/// The bytes of a map, and what names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapBytes {
    /// JSON.
    pub json: Vec<u8>,
    /// The value of `ETag`, with its quotes.
    pub etag: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MapView<'a> {
    event_id: EventId,
    ticket_total: usize,
    sections: Vec<SectionView<'a>>,
    tiers: Vec<TierView<'a>>,
}

#[derive(Serialize)]
struct SectionView<'a> {
    name: &'a str,
    rows: Vec<RowView<'a>>,
}

#[derive(Serialize)]
struct RowView<'a> {
    name: &'a str,
    seats: Vec<SeatView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SeatView<'a> {
    ticket_id: TicketRef,
    /// The ticket's bit in the availability.
    bit: u32,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<f32>,
    tier_id: TierId,
    accessible: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    companion: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    restricted_view: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TierView<'a> {
    tier_id: TierId,
    name: &'a str,
    price: Option<Money>,
    general_admission: bool,
    total: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<&'a str>,
}

/// The map of `event`.
///
/// # Errors
/// [`Missing`].
pub async fn map(app: &Booking, event: EventId) -> Result<Arc<MapBytes>, Missing> {
    if let Some(map) = app.views.maps.get(&event).await {
        return Ok(map);
    }
    let layout = availability::layout(app, event).await?;
    if !layout.is_settled {
        return Ok(Arc::new(draw(&layout)));
    }
    let made = app.views.maps.get_with(event, async { Arc::new(draw(&layout)) }).await;
    Ok(made)
}

fn draw(layout: &Layout) -> MapBytes {
    let tiers = layout.tiers.iter().enumerate().map(|(index, tier)| TierView {
        tier_id: tier.id,
        name: &tier.name,
        price: layout.price(index),
        general_admission: tier.general_admission,
        total: layout.tickets.iter().filter(|ticket| ticket.tier == index).count(),
        colour: tier.colour.as_deref(),
    });
    let view = MapView {
        event_id: layout.event,
        ticket_total: layout.tickets.len(),
        tiers: tiers.collect(),
        sections: sections(layout),
    };
    let json = serde_json::to_vec(&view).unwrap_or_default();
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&json)[..12]));
    MapBytes { json, etag }
}

/// Tickets are numbered by section, row and seat: whoever comes next is in the same row, or begins a new one.
fn sections(layout: &Layout) -> Vec<SectionView<'_>> {
    let mut sections: Vec<SectionView<'_>> = Vec::new();
    for (id, ticket) in layout.numbered() {
        let (Some(seat), Some(tier)) = (&ticket.seat, layout.tiers.get(ticket.tier)) else { continue };
        if sections.last().is_none_or(|section| section.name != seat.section) {
            sections.push(SectionView { name: &seat.section, rows: Vec::new() });
        }
        let Some(section) = sections.last_mut() else { continue };
        if section.rows.last().is_none_or(|row| row.name != seat.row) {
            section.rows.push(RowView { name: &seat.row, seats: Vec::new() });
        }
        let Some(row) = section.rows.last_mut() else { continue };
        row.seats.push(SeatView {
            ticket_id: layout.reference(id),
            bit: id.number(),
            name: &seat.name,
            x: seat.x,
            y: seat.y,
            tier_id: tier.id,
            accessible: seat.kind == Kind::Accessible,
            companion: seat.kind == Kind::Companion,
            restricted_view: seat.restricted_view,
        });
    }
    sections
}
