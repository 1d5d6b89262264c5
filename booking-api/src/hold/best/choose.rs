//! Seats side by side: near to where people look, and so that no seat is left alone beside them.

use contracts::id::TicketId;

use super::{Want, near};
use crate::seat::{
    Kind,
    rows::{Place, Row, Rows},
};

/// What a seat for wheelchairs counts that is given without need.
const WASTE: f32 = 1.0e4;

/// What can be had.
pub trait Free {
    /// Whether this seat can be had.
    fn seat(&self, ticket: TicketId) -> bool;

    /// Whether a seat of this row may be among them: what is sold out long ago is not looked through again by each who asks.
    fn row(&self, row: &Row) -> bool {
        _ = row;
        true
    }
}

impl<F: Fn(TicketId) -> bool> Free for F {
    fn seat(&self, ticket: TicketId) -> bool {
        self(ticket)
    }
}

/// Seats that would do, and how far they are from where people look, on average.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// How far.
    pub score: f32,
    /// Which.
    pub tickets: Vec<TicketId>,
    /// Whether they are side by side and leave nobody alone.
    pub is_neat: bool,
}

/// The best candidates, at most so many.
#[derive(Debug)]
pub struct Shortlist {
    most: usize,
    best: Vec<Candidate>,
}

impl Shortlist {
    /// An empty one.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), best: Vec::new() }
    }

    /// Whether nothing so far away can enter it any more.
    pub fn refuses(&self, score: f32) -> bool {
        self.best.len() >= self.most && self.best.last().is_some_and(|worst| score >= worst.score)
    }

    /// Enters a candidate, where it is good enough.
    pub fn add(&mut self, candidate: Candidate) {
        if self.refuses(candidate.score) {
            return;
        }
        let at = self.best.partition_point(|other| other.score <= candidate.score);
        self.best.insert(at, candidate);
        self.best.truncate(self.most);
    }

    /// The best first.
    pub fn into_inner(self) -> Vec<Candidate> {
        self.best
    }
}

/// What will do for `want`, the best first, at most `most`; no two side by side share a seat. Side by side with nobody left
/// alone beside it; else side by side; else in neighbouring rows; else apart. Empty where there are not so many seats.
pub fn choose(rows: &Rows, free: &impl Free, want: &Want<'_>, most: usize) -> Vec<Candidate> {
    let (mut strict, mut lenient) = (Shortlist::new(most), Shortlist::new(most));
    for row in rows.all.iter().filter(|row| want.section.is_none_or(|section| section == row.section)) {
        if strict.refuses(row.nearest) {
            break;
        }
        if !free.row(row) {
            continue;
        }
        for run in runs(row, free, want) {
            side_by_side(run, want, &mut strict, &mut lenient);
        }
    }
    let together = [strict, lenient].into_iter().map(Shortlist::into_inner).find(|found| !found.is_empty());
    together.unwrap_or_else(|| near::choose(rows, free, want, most))
}

/// The stretches of a row that can be had: neighbours without a gap.
pub fn runs<'a>(row: &'a Row, free: &impl Free, want: &Want<'_>) -> impl Iterator<Item = &'a [Place]> {
    let mut found = Vec::new();
    let mut begin = None;
    for (index, seat) in row.seats.iter().enumerate() {
        let usable = want.takes(seat) && free.seat(seat.ticket);
        match begin {
            Some(from) if !usable || seat.after_aisle => {
                found.push(&row.seats[from..index]);
                begin = usable.then_some(index);
            }
            None if usable => begin = Some(index),
            Some(_) | None => {}
        }
    }
    if let Some(from) = begin {
        found.push(&row.seats[from..]);
    }
    found.into_iter()
}

/// How far `seats` are; none where too few of them take a wheelchair.
pub fn score(seats: &[Place], want: &Want<'_>) -> Option<f32> {
    let wheelchairs = seats.iter().filter(|seat| seat.kind == Kind::Accessible).count();
    let spare = wheelchairs.checked_sub(want.accessible)?;
    // Who comes along sits on a companion seat rather than on one that anybody may have.
    let usual =
        if want.accessible > 0 { seats.iter().filter(|seat| seat.kind == Kind::Usual).count() } else { 0 };
    let small = |number: usize| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
    let away = seats.iter().map(|seat| seat.distance).sum::<f32>() / small(seats.len().max(1));
    Some(away + small(spare) * WASTE + small(usual))
}

fn side_by_side(run: &[Place], want: &Want<'_>, strict: &mut Shortlist, lenient: &mut Shortlist) {
    let Some(last) = run.len().checked_sub(want.quantity) else { return };
    let mut windows: Vec<(f32, usize)> = (0..=last)
        .filter_map(|from| score(&run[from..from + want.quantity], want).map(|score| (score, from)))
        .collect();
    windows.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (is_strict, list) in [(true, strict), (false, lenient)] {
        let mut given: Vec<usize> = Vec::new();
        for (score, from) in &windows {
            if list.refuses(*score) {
                break;
            }
            let overlaps = given.iter().any(|other| from.abs_diff(*other) < want.quantity);
            let leaves_one = *from == 1 || last - from == 1;
            // Wheelchairs are few: there the rule would only keep people out.
            if overlaps || (is_strict && leaves_one && want.accessible == 0) {
                continue;
            }
            given.push(*from);
            let tickets = run[*from..from + want.quantity].iter().map(|seat| seat.ticket).collect();
            list.add(Candidate { score: *score, tickets, is_neat: is_strict });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat::{Seat, rows::tests::hall};

    const USUAL: Want<'static> = Want { quantity: 2, accessible: 0, tiers: &[true], section: None };

    fn numbers(found: &[Candidate]) -> Vec<Vec<u32>> {
        found.iter().map(|one| one.tickets.iter().map(|ticket| ticket.number()).collect()).collect()
    }

    /// How many free seats have no free neighbour.
    fn alone(free: &[bool]) -> usize {
        let at = |index: usize| free.get(index).copied().unwrap_or_default();
        (0..free.len()).filter(|i| at(*i) && !(*i > 0 && at(i - 1)) && !at(i + 1)).count()
    }

    /// Every way to sit side by side in a row of `free` seats: how far, from which seat, and how many are alone after it.
    fn every_way(free: &[bool], row: &Row, quantity: usize) -> Vec<(f32, usize, usize)> {
        let ways =
            (0..=free.len() - quantity).filter(|from| free[*from..from + quantity].iter().all(|free| *free));
        ways.map(|from| {
            let mut after = free.to_vec();
            after[from..from + quantity].fill(false);
            let away = score(&row.seats[from..from + quantity], &Want { quantity, ..USUAL }).unwrap();
            (away, from, alone(&after))
        })
        .collect()
    }

    #[test]
    fn the_choice_is_the_best_of_every_way_to_sit_side_by_side() {
        const SEATS: usize = 10;
        let rows = Rows::of(&hall(1, SEATS, |_, _, _| {}));
        for pattern in 0_u32..1 << SEATS {
            let free: Vec<bool> = (0..SEATS).map(|seat| pattern >> seat & 1 == 1).collect();
            for quantity in 1..=4 {
                let ways = every_way(&free, &rows.all[0], quantity);
                let is_free = |ticket: TicketId| free[usize::try_from(ticket.number()).unwrap()];
                let found = choose(&rows, &is_free, &Want { quantity, ..USUAL }, 4);
                let strict: Vec<_> = ways.iter().filter(|(.., after)| *after <= alone(&free)).collect();
                let least = strict.iter().map(|(away, ..)| *away).fold(f32::MAX, f32::min);
                let any = ways.iter().map(|(away, ..)| *away).fold(f32::MAX, f32::min);
                match found.first() {
                    Some(best) if !strict.is_empty() => {
                        assert!((best.score - least).abs() < 1e-5, "{free:?} {quantity}");
                    }
                    Some(best) if !ways.is_empty() => {
                        assert!((best.score - any).abs() < 1e-5, "{free:?} {quantity}");
                    }
                    Some(best) => assert_eq!(best.tickets.len(), quantity, "apart"),
                    None => {
                        assert!(free.iter().filter(|free| **free).count() < quantity, "{free:?} {quantity}");
                    }
                }
            }
        }
    }

    #[test]
    fn candidates_do_not_share_a_seat_and_the_best_come_first() {
        let rows = Rows::of(&hall(3, 8, |_, _, _| {}));
        let found = choose(&rows, &|_: TicketId| true, &USUAL, 100);
        let mut seats: Vec<u32> = numbers(&found).concat();
        assert!(found.is_sorted_by(|a, b| a.score <= b.score));
        let all = seats.len();
        seats.sort_unstable();
        seats.dedup();
        assert_eq!((seats.len(), numbers(&found)[0].as_slice()), (all, [3, 4].as_slice()));
    }

    #[test]
    fn seats_for_wheelchairs_are_kept_for_those_who_ask_for_them() {
        let accessible = |row: usize, number: usize, seat: &mut Seat| {
            seat.kind = match (row, number) {
                (0, 2) => Kind::Accessible,
                (0, 3) => Kind::Companion,
                _ => Kind::Usual,
            }
        };
        let rows = Rows::of(&hall(2, 6, accessible));
        let given = numbers(&choose(&rows, &|_: TicketId| true, &USUAL, 100)).concat();
        assert!(!given.contains(&2) && !given.contains(&3), "{given:?}");
        let everything = numbers(&choose(&rows, &|_: TicketId| true, &Want { quantity: 10, ..USUAL }, 1));
        assert_eq!(everything[0].len(), 10, "not even the last ones");
        assert!(choose(&rows, &|_: TicketId| true, &Want { quantity: 11, ..USUAL }, 1).is_empty());
        let with_wheelchair = Want { accessible: 1, ..USUAL };
        assert_eq!(numbers(&choose(&rows, &|_: TicketId| true, &with_wheelchair, 1)), [[2, 3]]);
        assert!(choose(&rows, &|ticket: TicketId| ticket.number() != 2, &with_wheelchair, 1).is_empty());
    }

    #[test]
    fn near_the_end_neighbouring_rows_do_and_then_seats_apart() {
        let rows = Rows::of(&hall(3, 6, |_, _, _| {}));
        let of = |seats: &'static [u32]| move |ticket: TicketId| seats.contains(&ticket.number());
        let want = Want { quantity: 4, ..USUAL };
        let mut two_and_two = numbers(&choose(&rows, &of(&[0, 1, 4, 5, 10, 11, 12, 13]), &want, 1)).concat();
        two_and_two.sort_unstable();
        assert_eq!(two_and_two, [4, 5, 10, 11], "the pairs one behind the other");
        let mut apart = numbers(&choose(&rows, &of(&[0, 1, 13, 14, 16]), &want, 1)).concat();
        apart.sort_unstable();
        assert_eq!(apart, [0, 1, 13, 14], "nobody sits alone who need not");
    }

    #[test]
    fn a_restricted_view_comes_last() {
        let rows = Rows::of(&hall(2, 4, |row, _, seat| seat.restricted_view = row == 0));
        assert_eq!(
            numbers(&choose(&rows, &|_: TicketId| true, &USUAL, 1))
                .concat()
                .iter()
                .filter(|seat| **seat < 4)
                .count(),
            0
        );
    }
}
