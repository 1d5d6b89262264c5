//! What is on over the next year: invented, from a fixed seed, and so the same for everybody on the same day.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::{
    names, plan,
    venues::{DemoVenue, VENUES, VenueKind},
};
use crate::{
    chance::Chance,
    currency,
    organizer::{Category, Event, ImportRow, Tier},
    when,
};

/// How many events the calendar has.
pub(crate) const EVENTS: u64 = 400;
const SEED: u64 = 0x0075_5348_4552;

/// The calendar as seen from `today`.
pub(crate) fn calendar(today: NaiveDate) -> Vec<ImportRow> {
    (0..EVENTS).map(|index| entry(index, today)).collect()
}

fn entry(index: u64, today: NaiveDate) -> ImportRow {
    let mut chance = Chance::nth(SEED, index);
    let venue = chance.pick(&VENUES);
    let days = 2 + u64::from(chance.below(363));
    let starts_at = when::instant(when::midnight(today, days).date_naive(), evening(&mut chance), venue.zone);
    // One event in eight is announced and not yet on sale.
    let sales_start = if chance.below(8) == 0 {
        starts_at - TimeDelta::hours(i64::from(1 + chance.below(40)))
    } else {
        when::midnight(today, 0)
    };
    let Bill { category, title, description, performers } = bill(venue, &mut chance);
    let currency = currency::of(&venue.body.country);
    let mut price =
        |low: u32, steps: u32| currency::price(currency, i64::from(low + 500 * chance.below(steps)) - 50);
    let (tiers, seats) = match venue.kind {
        VenueKind::Hall | VenueKind::Theatre => {
            (plan::house_tiers(price(6_000, 12), price(2_500, 6)), plan::house_seats())
        }
        VenueKind::Stadium | VenueKind::Arena => (
            vec![
                Tier::standing("Front", price(9_000, 14), 40),
                Tier::standing("Standing", price(4_000, 8), 120),
            ],
            Vec::new(),
        ),
        VenueKind::Club => (vec![Tier::standing("Entry", price(1_500, 6), 80)], Vec::new()),
    };
    let event = Event {
        external_id: format!("demo/calendar/{index}"),
        title,
        description,
        category,
        starts_at,
        sales_start,
        sales_end: starts_at,
        currency,
        ticket_limit: 8,
        tiers,
        seats,
    };
    ImportRow { venue: venue.body.clone(), performers, event }
}

struct Bill {
    category: Category,
    title: String,
    description: String,
    performers: Vec<String>,
}

fn bill(venue: &DemoVenue, chance: &mut Chance) -> Bill {
    match venue.kind {
        VenueKind::Stadium if chance.below(3) > 0 => match_of(venue, chance),
        VenueKind::Theatre => {
            let (play, lead, rival) = (names::play(chance), names::person(chance), names::person(chance));
            Bill {
                category: Category::Theatre,
                title: play.to_owned(),
                description: format!("A play in two acts, with {lead} and {rival}."),
                performers: vec![lead, rival],
            }
        }
        VenueKind::Hall => {
            let (programme, soloist) = (names::programme(chance), names::person(chance));
            Bill {
                category: Category::Concert,
                title: format!("{programme}: {soloist}"),
                description: format!("An evening with {soloist} and friends."),
                performers: vec![soloist],
            }
        }
        VenueKind::Stadium | VenueKind::Arena | VenueKind::Club => {
            let (band, tour, support) = (names::band(chance), names::tour(chance), names::band(chance));
            Bill {
                category: Category::Concert,
                title: format!("{band}: {tour}"),
                description: format!("{band} on the {tour} tour. Support: {support}."),
                performers: if band == support { vec![band] } else { vec![band, support] },
            }
        }
    }
}

fn match_of(venue: &DemoVenue, chance: &mut Chance) -> Bill {
    let guests: Vec<_> = VENUES
        .iter()
        .filter(|other| other.kind == VenueKind::Stadium && other.body.city != venue.body.city)
        .collect();
    let home = names::team(chance, &venue.body.city);
    let guest_city = &chance.pick(&guests).body.city;
    let guest = names::team(chance, guest_city);
    Bill {
        category: Category::Sport,
        title: format!("{home} – {guest}"),
        description: format!("Friendly match: {home} against {guest}."),
        performers: vec![home, guest],
    }
}

/// Between six and nine in the evening, at the quarter.
fn evening(chance: &mut Chance) -> NaiveTime {
    NaiveTime::from_hms_opt(18 + chance.below(3), 15 * chance.below(4), 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_calendar_is_the_same_for_everybody_on_the_same_day() {
        assert_eq!(calendar(day("2026-11-23")), calendar(day("2026-11-23")));
        assert_ne!(calendar(day("2026-11-23")), calendar(day("2026-11-24")));
    }

    #[test]
    fn everything_lies_within_the_coming_year_and_can_be_sold() {
        let today = day("2027-02-28");
        let rows = calendar(today);
        for ImportRow { event, .. } in &rows {
            assert!(
                event.starts_at > when::midnight(today, 1) && event.starts_at < when::midnight(today, 367)
            );
            assert!(event.sales_start < event.sales_end, "{event:?}");
            assert!(event.tiers.iter().all(|tier| tier.price > 0));
            assert!(event.tiers.iter().all(|tier| tier.general_admission == event.seats.is_empty()));
        }
        let count = |category| rows.iter().filter(|row| row.event.category == category).count();
        let counts = (count(Category::Concert), count(Category::Sport), count(Category::Theatre));
        assert!(counts.0 > 150 && counts.1 > 40 && counts.2 > 40, "{counts:?}");
        assert!(rows.iter().any(|row| row.event.sales_start > when::midnight(today, 0)));
    }
}
