//! Seating plans: an arena of 20,000 in two rings, and a small house for plays and concerts.

use crate::organizer::{Seat, Tier};

/// Sections in each ring of the arena.
const SECTIONS: u32 = 20;

/// One ring of the arena: its sections stand side by side around an oval.
struct Ring {
    /// The number before the first section: section 1 of the lower ring is called 101.
    hundred: u32,
    rows: u32,
    seats_a_row: u32,
    /// How far the first row stands outside the field's edge, in metres.
    distance: f64,
    /// Rows up to this one are in the better tier of the ring.
    better_rows: u32,
    /// The index of the better tier; the other follows it.
    tier: usize,
    /// The row with places for wheelchairs and companions: the one at the height of the entrances.
    accessible_row: Option<u32>,
}

const LOWER: Ring = Ring {
    hundred: 100,
    rows: 20,
    seats_a_row: 20,
    distance: 4.0,
    better_rows: 10,
    tier: 0,
    accessible_row: Some(20),
};
const UPPER: Ring = Ring {
    hundred: 200,
    rows: 24,
    seats_a_row: 25,
    distance: 26.0,
    better_rows: 12,
    tier: 2,
    accessible_row: None,
};

/// The four tiers of the arena, prices in euro cents.
pub(crate) fn arena_tiers() -> Vec<Tier> {
    [
        ("Lower ring, front", 14_900),
        ("Lower ring", 11_900),
        ("Upper ring", 7_900),
        ("Upper ring, back", 4_900),
    ]
    .into_iter()
    .map(|(name, price)| Tier::seated(name, price))
    .collect()
}

/// The 20,000 seats of the arena: 20 sections of 20 rows of 20 below, 20 sections of 24 rows of 25 above. x and y
/// are metres from the middle of the field.
pub(crate) fn arena_seats() -> Vec<Seat> {
    [LOWER, UPPER].iter().flat_map(ring).collect()
}

fn ring(ring: &Ring) -> impl Iterator<Item = Seat> + '_ {
    (1..=SECTIONS).flat_map(move |section| {
        (1..=ring.rows)
            .flat_map(move |row| (1..=ring.seats_a_row).map(move |seat| ring.seat(section, row, seat)))
    })
}

impl Ring {
    fn seat(&self, section: u32, row: u32, seat: u32) -> Seat {
        // Sections share the circle; an aisle takes a tenth of each.
        let inside = (f64::from(seat) - 0.5) / f64::from(self.seats_a_row) * 0.9 + 0.05;
        let angle = (f64::from(section - 1) + inside) / f64::from(SECTIONS) * std::f64::consts::TAU;
        let out = self.distance + 0.85 * f64::from(row - 1);
        Seat {
            section: (self.hundred + section).to_string(),
            row: row.to_string(),
            name: seat.to_string(),
            tier: if row <= self.better_rows { self.tier } else { self.tier + 1 },
            x: tenths((30.0 + out) * angle.cos()),
            y: tenths((20.0 + out) * angle.sin()),
            accessible: self.accessible_row == Some(row) && seat <= 4,
        }
    }
}

/// The two tiers of a small house, at the prices given.
pub(crate) fn house_tiers(stalls: i64, circle: i64) -> Vec<Tier> {
    vec![Tier::seated("Stalls", stalls), Tier::seated("Circle", circle)]
}

/// A small house of 140 seats: stalls of 7 rows and a circle of 3, each of 14 seats.
pub(crate) fn house_seats() -> Vec<Seat> {
    let seat = |row: u32, seat: u32| {
        let stalls = row <= 7;
        Seat {
            section: if stalls { "Stalls" } else { "Circle" }.to_owned(),
            row: row.to_string(),
            name: seat.to_string(),
            tier: usize::from(!stalls),
            x: tenths((f64::from(seat) - 7.5) * 0.6),
            y: tenths(5.0 + f64::from(row) + if stalls { 0.0 } else { 2.0 }),
            accessible: row == 7 && (seat <= 2 || seat >= 13),
        }
    };
    (1..=10).flat_map(|row| (1..=14).map(move |number| seat(row, number))).collect()
}

/// Rounded to a tenth: shorter on the wire, and nobody sits more exactly.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_arena_has_twenty_thousand_seats_and_no_two_alike() {
        let seats = arena_seats();
        let names: HashSet<_> = seats.iter().map(|seat| (&seat.section, &seat.row, &seat.name)).collect();
        assert_eq!((seats.len(), names.len()), (20_000, 20_000));
        let places: HashSet<_> = seats.iter().map(|seat| format!("{} {}", seat.x, seat.y)).collect();
        assert!(places.len() > 19_900, "only {} places for 20,000 seats", places.len());
        let by_tier = |tier| seats.iter().filter(|seat| seat.tier == tier).count();
        assert_eq!((0..4).map(by_tier).collect::<Vec<_>>(), [4_000, 4_000, 6_000, 6_000]);
        assert_eq!(seats.iter().filter(|seat| seat.accessible).count(), 80);
        assert_eq!(arena_tiers().len(), 4);
    }

    #[test]
    fn the_upper_ring_stands_outside_the_lower_one() {
        let widest = |ring_| ring(ring_).map(|seat| seat.x).fold(0.0, f64::max);
        let narrowest = |ring_| ring(ring_).filter(|seat| seat.y.abs() < 2.0).map(|seat| seat.x.abs());
        assert!(narrowest(&UPPER).all(|x| x > widest(&LOWER)));
    }

    #[test]
    fn a_small_house_has_every_seat_in_a_tier() {
        let seats = house_seats();
        assert_eq!(seats.len(), 140);
        assert!(seats.iter().all(|seat| seat.tier < house_tiers(1, 1).len()));
    }
}
