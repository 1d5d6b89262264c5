//! The hall for our own pages: rows with the differences between neighbours, a tenth of what the map for everybody weighs. It is
//! called by its hash, so a browser keeps it for ever. `web/src/map/plan.ts` reads it.

use std::sync::Arc;

use contracts::id::{EventId, TierId};
use miniz_oxide::deflate::compress_to_vec;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Kind, Layout, Seat, Ticket, availability};
use crate::{cache::Missing, state::Booking};

/// How well it is packed: once for each event.
const PACKED: u8 = 9;
/// Coordinates have at most so many steps, unless they are round anyway.
const STEPS: f32 = 8192.0;
const MOST_STEPS: f32 = 65_536.0;

/// The bytes of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compact {
    /// What it is called.
    pub hash: String,
    /// JSON.
    pub json: Vec<u8>,
    /// The same, as gzip.
    pub gzip: Vec<u8>,
}

#[derive(Serialize)]
struct PlanView<'a> {
    v: u8,
    currency: &'a str,
    unit: f32,
    tickets: usize,
    tiers: Vec<TierView<'a>>,
    sections: Vec<(&'a str, Vec<RowView<'a>>)>,
}

#[derive(Serialize)]
struct TierView<'a> {
    id: TierId,
    name: &'a str,
    minor: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    standing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<&'a str>,
}

/// One value for all seats of a row, or one for each.
#[derive(Serialize)]
#[serde(untagged)]
enum Run<'a> {
    All(usize),
    Each(Vec<usize>),
    Names(Vec<&'a str>),
}

#[derive(Serialize)]
struct RowView<'a> {
    n: &'a str,
    b: u32,
    t: Run<'a>,
    s: Run<'a>,
    k: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<Vec<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<Vec<i32>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    a: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    c: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    r: Vec<usize>,
}

/// The plan of `event`.
///
/// # Errors
/// [`Missing`].
pub async fn plan(app: &Booking, event: EventId) -> Result<Arc<Compact>, Missing> {
    if let Some(plan) = app.views.plans.get(&event).await {
        return Ok(plan);
    }
    let layout = availability::layout(app, event).await?;
    if !layout.is_settled {
        return Ok(Arc::new(draw(&layout)));
    }
    Ok(app.views.plans.get_with(event, async { Arc::new(draw(&layout)) }).await)
}

fn draw(layout: &Layout) -> Compact {
    let tiers = layout.tiers.iter().map(|tier| TierView {
        id: tier.id,
        name: &tier.name,
        minor: tier.price_minor,
        standing: tier.general_admission,
        colour: tier.colour.as_deref(),
    });
    let unit = unit(layout);
    let view = PlanView {
        v: 1,
        currency: layout.currency.as_str(),
        unit: unit.unwrap_or(1.0),
        tickets: layout.tickets.len(),
        tiers: tiers.collect(),
        sections: sections(layout, unit),
    };
    let json = serde_json::to_vec(&view).unwrap_or_default();
    let hash = hex::encode(&Sha256::digest(&json)[..12]);
    let gzip = gzip(&json);
    Compact { hash, json, gzip }
}

/// RFC 1952: a head without a name, the packed bytes, their checksum and their length.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    packed.extend(compress_to_vec(bytes, PACKED));
    packed.extend(crc32fast::hash(bytes).to_le_bytes());
    packed.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    packed
}

fn seats(layout: &Layout) -> impl Iterator<Item = &Seat> {
    layout.tickets.iter().filter_map(|ticket| ticket.seat.as_ref())
}

/// The length of a step: a decimal one that hits every seat, else a small part of the hall. None where nobody drew it.
fn unit(layout: &Layout) -> Option<f32> {
    let (mut least, mut most) = (f32::MAX, f32::MIN);
    for seat in seats(layout) {
        for at in [seat.x?, seat.y?] {
            (least, most) = (least.min(at), most.max(at));
        }
    }
    let span = (most - least).max(f32::EPSILON);
    let hits = |unit: f32| {
        let round = |at: f32| (at / unit - (at / unit).round()).abs() < 0.02;
        seats(layout).all(|seat| seat.x.is_some_and(round) && seat.y.is_some_and(round))
    };
    let round = [10.0, 1.0, 0.5, 0.1, 0.01].into_iter().find(|unit| span / unit < MOST_STEPS && hits(*unit));
    Some(round.unwrap_or(span / STEPS))
}

/// Tickets are numbered by section, row and seat: whoever comes next is in the same row, or begins a new one.
fn sections(layout: &Layout, unit: Option<f32>) -> Vec<(&str, Vec<RowView<'_>>)> {
    let seated: Vec<(u32, &Ticket, &Seat)> = layout
        .numbered()
        .filter_map(|(id, ticket)| Some((id.number(), ticket, ticket.seat.as_ref()?)))
        .collect();
    let same_row = |a: &(u32, &Ticket, &Seat), b: &(u32, &Ticket, &Seat)| {
        (a.0 + 1, &a.2.section, &a.2.row) == (b.0, &b.2.section, &b.2.row)
    };
    let mut sections: Vec<(&str, Vec<RowView<'_>>)> = Vec::new();
    for seats in seated.chunk_by(same_row) {
        let Some((_, _, first)) = seats.first() else { continue };
        if sections.last().is_none_or(|(name, _)| *name != first.section) {
            sections.push((&first.section, Vec::new()));
        }
        if let Some((_, rows)) = sections.last_mut() {
            rows.push(row(seats, unit));
        }
    }
    sections
}

fn row<'a>(seats: &[(u32, &'a Ticket, &'a Seat)], unit: Option<f32>) -> RowView<'a> {
    let (bit, first_tier, n) =
        seats.first().map_or((0, 0, ""), |(bit, ticket, seat)| (*bit, ticket.tier, seat.row.as_str()));
    let tiers: Vec<usize> = seats.iter().map(|(_, ticket, _)| ticket.tier).collect();
    let those = |is: fn(&Seat) -> bool| {
        seats.iter().enumerate().filter_map(|(index, (_, _, seat))| is(seat).then_some(index)).collect()
    };
    let steps = |at: fn(&Seat) -> Option<f32>| {
        let all: Option<Vec<i32>> = seats.iter().map(|(_, _, seat)| Some(whole(at(seat)? / unit?))).collect();
        all.map(|all| {
            let before = std::iter::once(0).chain(all.iter().copied());
            all.iter().zip(before).map(|(at, before)| at - before).collect()
        })
    };
    RowView {
        n,
        b: bit,
        t: if tiers.iter().all(|tier| *tier == first_tier) { Run::All(first_tier) } else { Run::Each(tiers) },
        s: names(seats),
        k: seats.len(),
        x: steps(|seat| seat.x),
        y: steps(|seat| seat.y),
        a: those(|seat| seat.kind == Kind::Accessible),
        c: those(|seat| seat.kind == Kind::Companion),
        r: those(|seat| seat.restricted_view),
    }
}

/// The number of the first seat where the others count on, else all names.
fn names<'a>(seats: &[(u32, &'a Ticket, &'a Seat)]) -> Run<'a> {
    let names: Vec<&str> = seats.iter().map(|(_, _, seat)| seat.name.as_str()).collect();
    let first: Option<usize> = names.first().and_then(|name| name.parse().ok());
    match first {
        Some(first) if (first..).zip(&names).all(|(number, name)| number.to_string() == *name) => {
            Run::All(first)
        }
        Some(_) | None => Run::Names(names),
    }
}

/// The nearest whole number; a hall is not so large that it would not fit.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "floats have no other way, and it saturates"
)]
fn whole(steps: f32) -> i32 {
    steps.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat::rows::tests::hall;

    fn text(compact: &Compact) -> String {
        String::from_utf8(compact.json.clone()).unwrap()
    }

    #[test]
    fn a_plan_says_of_neighbours_only_what_is_different() {
        let layout = hall(2, 4, |row, number, seat| {
            if row == 1 && number == 3 {
                seat.kind = Kind::Accessible;
            }
            if row == 1 {
                seat.name = format!("{number}a");
            }
        });
        let plan = text(&draw(&layout));
        let rows = plan.split("\"sections\":").nth(1).unwrap();
        assert_eq!(
            rows,
            r#"[["A",[{"n":"0","b":0,"t":0,"s":0,"k":4,"x":[0,1,1,1],"y":[0,0,0,0]},{"n":"1","b":4,"t":0,"s":["0a","1a","2a","3a"],"k":4,"x":[0,1,1,1],"y":[1,0,0,0],"a":[3]}]]]}"#
        );
    }

    #[test]
    fn a_hall_that_nobody_drew_has_no_coordinates() {
        let layout = hall(1, 2, |_, number, seat| seat.x = (number == 0).then_some(1.0));
        assert!(!text(&draw(&layout)).contains("\"x\""));
    }

    #[test]
    fn seats_stand_where_they_did_give_or_take_a_small_part_of_the_hall() {
        let layout = hall(30, 30, |row, number, seat| {
            let turn = f32::from(u16::try_from(row * 31 + number).unwrap());
            (seat.x, seat.y) = (Some(turn.sin() * 70.0), Some(turn.cos() * 70.0));
        });
        let plan: serde_json::Value = serde_json::from_slice(&draw(&layout).json).unwrap();
        let unit = plan["unit"].as_f64().unwrap();
        let mut steps = 0;
        for (index, step) in plan["sections"][0][1][3]["x"].as_array().unwrap().iter().enumerate() {
            steps += step.as_i64().unwrap();
            let meant = layout.tickets[3 * 30 + index].seat.as_ref().unwrap().x.unwrap();
            let is = f64::from(i32::try_from(steps).unwrap()) * unit;
            assert!((is - f64::from(meant)).abs() < 0.02, "{is} {meant}");
        }
    }

    #[test]
    fn it_is_packed_as_gzip_says() {
        let plan = draw(&hall(20, 20, |_, _, _| {}));
        let body = &plan.gzip[10..plan.gzip.len() - 8];
        let unpacked = miniz_oxide::inflate::decompress_to_vec(body).unwrap();
        assert_eq!(unpacked, plan.json);
        assert!(plan.gzip.len() * 4 < plan.json.len(), "{} of {}", plan.gzip.len(), plan.json.len());
        assert_eq!(plan.hash.len(), 24);
    }
}
