//! What an organizer sells: tiers and seats as they are named in a body, and the numbered tickets that come of them.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
};

use contracts::id::{TicketId, TierId};
use platform::ids::Ids;
use serde::Deserialize;

use super::{Kind, Point, pretix::Found};
use crate::{
    catalog::event::Tier,
    invalid::{Checks, Invalid},
};

/// The most tickets of one event.
pub const MOST_TICKETS: usize = 100_000;
/// The most price categories of one event.
const MOST_TIERS: usize = 50;

/// A price category.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTier {
    name: String,
    price: i64,
    #[serde(default)]
    general_admission: bool,
    quantity: Option<u32>,
    #[serde(default)]
    colour: Option<String>,
    /// One that there is already: it keeps what else is said of it.
    #[serde(default)]
    tier_id: Option<TierId>,
}

/// A seat.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSeat {
    section: String,
    row: String,
    seat: String,
    tier: usize,
    x: Option<f32>,
    y: Option<f32>,
    #[serde(default)]
    accessible: bool,
    #[serde(default)]
    companion: bool,
    #[serde(default)]
    restricted_view: bool,
    #[serde(default)]
    keep_back: Option<String>,
}

impl NewTier {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl NewSeat {
    /// A seat of a drawn plan, in the tier with this index.
    pub fn drawn(seat: Found, tier: usize) -> Self {
        let Found { section, row, name, at: (x, y), .. } = seat;
        Self {
            section,
            row,
            seat: name,
            tier,
            x: Some(x),
            y: Some(y),
            accessible: false,
            companion: false,
            restricted_view: false,
            keep_back: None,
        }
    }
}

/// Where the people of a section look to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewFocalPoint {
    #[serde(default)]
    section: String,
    x: f32,
    y: f32,
}

/// What a body says of what an event sells.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The price categories.
    pub tiers: &'a [NewTier],
    /// Those that the event has: a tier may be one of them.
    pub known: &'a [TierId],
    /// The seats.
    pub seats: &'a [NewSeat],
    /// Where people look to.
    pub points: &'a [NewFocalPoint],
    /// Whether it is a draft: nothing need be for sale yet.
    pub is_draft: bool,
}

/// Everything that an event sells, with its numbers.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The price categories, in the order of the body.
    pub tiers: Vec<Tier>,
    /// The tickets; a ticket's number is its index.
    pub tickets: Vec<PlannedTicket>,
    /// Where people look to, by section; `""` for those without a point of their own.
    pub focal_points: BTreeMap<String, Point>,
}

/// One ticket to be.
#[derive(Clone, Debug)]
pub struct PlannedTicket {
    /// Its price category.
    pub tier: TierId,
    /// Where it is; none for general admission.
    pub seat: Option<PlannedSeat>,
}

/// Where a ticket is.
#[derive(Clone, Debug)]
pub struct PlannedSeat {
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
    /// What it is kept back for when the event is published.
    pub keep_back: Option<String>,
}

/// Numbers what `tiers` and `seats` say: seats by section, row and seat as a person would sort them, then the units of
/// general admission.
///
/// # Errors
/// All that cannot be.
pub fn plan(said: &Said<'_>, ids: &Ids) -> Result<Plan, Invalid> {
    check(said)?;
    let Said { tiers, seats, points, .. } = *said;
    let tiers: Vec<(Tier, u32)> = tiers
        .iter()
        .map(|tier| {
            let made = Tier {
                id: tier.tier_id.unwrap_or_else(|| ids.next()),
                name: tier.name.clone(),
                price_minor: tier.price,
                general_admission: tier.general_admission,
                colour: tier.colour.clone(),
            };
            (made, tier.quantity.unwrap_or_default())
        })
        .collect();
    let mut sorted: Vec<&NewSeat> = seats.iter().collect();
    sorted.sort_by(|a, b| {
        naturally(&a.section, &b.section)
            .then_with(|| naturally(&a.row, &b.row))
            .then_with(|| naturally(&a.seat, &b.seat))
    });
    let seated = sorted.into_iter().map(|seat| PlannedTicket {
        tier: tiers[seat.tier].0.id,
        seat: Some(PlannedSeat {
            section: seat.section.clone(),
            row: seat.row.clone(),
            name: seat.seat.clone(),
            x: seat.x,
            y: seat.y,
            kind: match (seat.accessible, seat.companion) {
                (true, _) => Kind::Accessible,
                (false, true) => Kind::Companion,
                (false, false) => Kind::Usual,
            },
            restricted_view: seat.restricted_view,
            keep_back: seat.keep_back.clone(),
        }),
    });
    let units = tiers
        .iter()
        .flat_map(|(tier, quantity)| (0..*quantity).map(|_| PlannedTicket { tier: tier.id, seat: None }));
    let tickets = seated.chain(units).collect();
    let points = points.iter().map(|point| (point.section.clone(), Point { x: point.x, y: point.y }));
    let focal_points = points.collect();
    Ok(Plan { tickets, tiers: tiers.into_iter().map(|(tier, _)| tier).collect(), focal_points })
}

impl Plan {
    /// The tickets with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (TicketId, &PlannedTicket)> {
        (0..).map_while(TicketId::new).zip(&self.tickets)
    }

    /// Whether any seat is to be kept back.
    pub fn keeps_back(&self) -> bool {
        self.tickets.iter().filter_map(|ticket| ticket.seat.as_ref()).any(|seat| seat.keep_back.is_some())
    }
}

fn check(said: &Said<'_>) -> Result<(), Invalid> {
    let Said { tiers, known, seats, points, is_draft } = *said;
    let mut checks = Checks::default();
    let counted = (usize::from(!is_draft)..=MOST_TIERS).contains(&tiers.len());
    checks.that(counted, "/tiers", format!("has 1 to {MOST_TIERS} tiers"));
    let mut total = seats.len();
    for (index, tier) in tiers.iter().enumerate() {
        check_tier(&mut checks, &format!("/tiers/{index}"), tier);
        let units = usize::try_from(tier.quantity.unwrap_or_default()).unwrap_or(usize::MAX);
        total = total.saturating_add(units);
    }
    let mut names = HashSet::new();
    checks.that(tiers.iter().all(|tier| names.insert(&tier.name)), "/tiers", "has no name twice");
    check_known(&mut checks, tiers, known);
    let mut places = HashSet::with_capacity(seats.len());
    for (index, seat) in seats.iter().enumerate() {
        check_seat(&mut checks, &format!("/seats/{index}"), seat, tiers);
        let new = places.insert((&seat.section, &seat.row, &seat.seat));
        checks.that(new, format!("/seats/{index}"), "is there only once");
    }
    check_points(&mut checks, seats, points);
    checks.that(is_draft || total > 0, "/seats", "names at least one seat, or a tier has a quantity");
    let within = total <= MOST_TICKETS;
    checks.that(within, "/seats", format!("an event has at most {MOST_TICKETS} tickets, not {total}"));
    checks.done()
}

fn check_known(checks: &mut Checks, tiers: &[NewTier], known: &[TierId]) {
    let mut named = HashSet::new();
    for (index, tier) in tiers.iter().enumerate() {
        let Some(id) = tier.tier_id else { continue };
        let at = format!("/tiers/{index}/tierId");
        checks.that(known.contains(&id), &at, "is a tier of the event");
        checks.that(named.insert(id), at, "is there only once");
    }
}

fn check_points(checks: &mut Checks, seats: &[NewSeat], points: &[NewFocalPoint]) {
    let sections: HashSet<&str> = seats.iter().map(|seat| seat.section.as_str()).collect();
    let mut named = HashSet::new();
    for (index, point) in points.iter().enumerate() {
        let at = format!("/focalPoints/{index}");
        let known = point.section.is_empty() || sections.contains(point.section.as_str());
        checks.that(known, format!("{at}/section"), "is a section of the seats");
        checks.that(named.insert(&point.section), format!("{at}/section"), "is there only once");
        checks.that(point.x.is_finite() && point.y.is_finite(), at, "lies at a finite place");
    }
}

fn check_tier(checks: &mut Checks, at: &str, tier: &NewTier) {
    checks.text(&tier.name, 200, &format!("{at}/name"));
    let payable = (0..=1_000_000_000).contains(&tier.price);
    checks.that(payable, format!("{at}/price"), "lies between 0 and 1000000000 minor units");
    let is_colour = |colour: &String| {
        let digits = colour.strip_prefix('#').unwrap_or_default().as_bytes();
        digits.len() == 6 && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    };
    let coloured = tier.colour.as_ref().is_none_or(is_colour);
    checks.that(coloured, format!("{at}/colour"), "is a colour such as #0f766e");
    let counted = match (tier.general_admission, tier.quantity) {
        (true, quantity) => quantity.is_some_and(|quantity| quantity > 0),
        (false, quantity) => quantity.is_none(),
    };
    checks.that(
        counted,
        format!("{at}/quantity"),
        "is there for general admission, at least 1, and only there",
    );
}

fn check_seat(checks: &mut Checks, at: &str, seat: &NewSeat, tiers: &[NewTier]) {
    // Almost every seat is good, and there are many: no text is made for those.
    let names = [(&seat.section, 100, "section"), (&seat.row, 20, "row"), (&seat.seat, 20, "seat")];
    for (name, most, field) in names {
        if name.is_empty() || name.len() > most || name.contains(char::is_control) || name.trim() != name {
            checks.text(name, most, &format!("{at}/{field}"));
        }
    }
    if let Some(label) = &seat.keep_back {
        checks.text(label, 100, &format!("{at}/keepBack"));
    }
    let tier = tiers.get(seat.tier);
    if tier.is_none_or(|tier| tier.general_admission) {
        checks.that(false, format!("{at}/tier"), "is the index of a tier with seats");
    }
    if [seat.x, seat.y].into_iter().flatten().any(|at| !at.is_finite()) {
        checks.that(false, at, "is drawn at a finite place");
    }
    if seat.accessible && seat.companion {
        checks.that(false, format!("{at}/companion"), "is not there where a wheelchair stands");
    }
}

/// The order in which a person reads names: numbers inside them by value, so that row 9 comes before row 10.
pub fn naturally(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (a_part, a_rest) = part(a);
        let (b_part, b_rest) = part(b);
        let order = match (number(a_part), number(b_part)) {
            (Some(one), Some(other)) => one.cmp(&other).then_with(|| a_part.cmp(b_part)),
            _ => a_part.cmp(b_part),
        };
        if order != Ordering::Equal || a_part.is_empty() {
            return order;
        }
        (a, b) = (a_rest, b_rest);
    }
}

/// The longest beginning of digits only, or of none.
fn part(text: &str) -> (&str, &str) {
    let Some(first) = text.chars().next() else { return ("", "") };
    let end = text.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn number(part: &str) -> Option<u128> {
    part.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_nine_comes_before_row_ten() {
        let mut names = ["B10", "B9", "A", "10", "9", "B", "B09", "9a"];
        names.sort_by(|a, b| naturally(a, b));
        assert_eq!(names, ["9", "9a", "10", "A", "B", "B09", "B9", "B10"]);
    }
}
