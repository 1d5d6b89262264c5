//! Best available: seats that belong together, chosen for the fan, from what can be had as far as we know.
//!
//! | module | what it decides |
//! |---|---|
//! | [`choose`] | which seats are best: pure, on rows and one bit a seat |
//! | [`near`] | what is next best when nothing is left side by side |
//! | [`picks`] | that those who ask at once are not sent to the same seats |

pub mod choose;
pub mod near;
pub mod picks;

use contracts::id::{TicketId, TierId};
use serde::{Deserialize, Serialize};

use crate::seat::{
    Kind,
    rows::{Place, Rows},
};

/// What somebody asks of best available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// How many.
    pub quantity: u32,
    /// In which tier; any when absent.
    pub tier: Option<TierId>,
    /// At which price, in minor units: from, to.
    pub price: (Option<i64>, Option<i64>),
    /// In which section; any when absent.
    pub section: Option<String>,
    /// How many of the seats must take a wheelchair.
    pub accessible: u32,
}

/// How close together the seats of a hold are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// Side by side.
    Together,
    /// In neighbouring rows.
    AdjacentRows,
    /// Apart.
    Split,
}

/// The same, ready for the rows of a hall.
#[derive(Clone, Copy, Debug)]
pub struct Want<'a> {
    /// How many.
    pub quantity: usize,
    /// How many of them must take a wheelchair.
    pub accessible: usize,
    /// Which tiers will do, by index.
    pub tiers: &'a [bool],
    /// The section that it must be.
    pub section: Option<usize>,
}

impl Want<'_> {
    /// Whether the seat may be given for this: what is kept for wheelchairs only where they are asked for.
    pub fn takes(&self, seat: &Place) -> bool {
        let for_them = self.accessible > 0 || seat.kind == Kind::Usual;
        for_them && self.tiers.get(seat.tier).copied().unwrap_or_default()
    }
}

/// Section, row from the front, aisles before the seat, seat.
type At = (usize, usize, usize, usize);

/// How close together `tickets` are; none for what has no seats.
pub fn placement(rows: &Rows, tickets: &[TicketId]) -> Option<Placement> {
    let place = |ticket: &TicketId| {
        let (row, seat) = rows.find(*ticket)?;
        let aisles = row.seats.iter().take(seat + 1).filter(|seat| seat.after_aisle).count();
        Some((row.section, row.rank, aisles, seat))
    };
    let mut at = tickets.iter().map(place).collect::<Option<Vec<_>>>()?;
    if at.is_empty() {
        return None;
    }
    at.sort_unstable();
    let side_by_side = |pair: &[At]| {
        let (a, b) = (pair[0], pair[1]);
        (a.0, a.1, a.2) == (b.0, b.1, b.2) && a.3 + 1 == b.3
    };
    let breaks: Vec<_> = at.windows(2).filter(|pair| !side_by_side(pair)).collect();
    let next_row = |pair: &[At]| pair[0].0 == pair[1].0 && pair[0].1 + 1 == pair[1].1;
    Some(match breaks.as_slice() {
        [] => Placement::Together,
        all if all.iter().all(|pair| next_row(pair)) => Placement::AdjacentRows,
        _ => Placement::Split,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat::rows::tests::hall;

    #[test]
    fn a_fan_is_told_how_close_the_seats_are() {
        let rows = Rows::of(&hall(4, 6, |_, _, _| {}));
        let told = |numbers: &[u32]| {
            let tickets: Vec<_> = numbers.iter().filter_map(|number| TicketId::new(*number)).collect();
            placement(&rows, &tickets)
        };
        assert_eq!(told(&[3, 2, 4]), Some(Placement::Together));
        assert_eq!(told(&[5]), Some(Placement::Together));
        assert_eq!(told(&[2, 3, 8]), Some(Placement::AdjacentRows));
        assert_eq!(told(&[2, 3, 14]), Some(Placement::Split), "a row lies between");
        assert_eq!(told(&[0, 2]), Some(Placement::Split));
        assert_eq!(told(&[0, 99]), None);
    }
}
