//! What is next best near the end of a sale: neighbouring rows, then seats apart.

use super::{
    Want,
    choose::{Candidate, Free, Shortlist, runs, score},
};
use crate::seat::{
    Kind,
    rows::{Place, Row, Rows},
};

/// In neighbouring rows, the parts as even and as close as can be and nobody alone; else apart.
pub fn choose(rows: &Rows, free: &impl Free, want: &Want<'_>, most: usize) -> Vec<Candidate> {
    let found = if want.accessible == 0 { adjacent(rows, free, want, most) } else { Vec::new() };
    if found.is_empty() { apart(rows, free, want).into_iter().collect() } else { found }
}

fn adjacent(rows: &Rows, free: &impl Free, want: &Want<'_>, most: usize) -> Vec<Candidate> {
    // Four and more go two by two at least; of two or three somebody must sit alone in a row.
    let least = if want.quantity >= 4 { 2 } else { 1 };
    let mut found = Shortlist::new(most);
    let wanted = || rows.all.iter().filter(|row| want.section.is_none_or(|section| section == row.section));
    for row in wanted() {
        if found.refuses(row.nearest) {
            break;
        }
        let Some(behind) = wanted().find(|other| other.section == row.section && other.rank == row.rank + 1)
        else {
            continue;
        };
        for front in least..=want.quantity.saturating_sub(least) {
            if let Some(pair) = closest(row, behind, front, free, want) {
                found.add(pair);
            }
        }
    }
    found.into_inner()
}

/// The best `front` seats of a row with the rest in the row behind: how far they are counts, and how far from each other.
fn closest(row: &Row, behind: &Row, front: usize, free: &impl Free, want: &Want<'_>) -> Option<Candidate> {
    let windows = |row, count: usize| -> Vec<&[Place]> {
        runs(row, free, want).filter(|run| run.len() >= count).flat_map(|run| run.windows(count)).collect()
    };
    let (before, after) = (windows(row, front), windows(behind, want.quantity - front));
    let mut best: Option<(f32, &[Place], &[Place])> = None;
    for one in &before {
        for other in &after {
            let away = score(one, want)? + score(other, want)? + (middle(one) - middle(other)).abs();
            if best.is_none_or(|(least, ..)| away < least) {
                best = Some((away, one, other));
            }
        }
    }
    let (score, one, other) = best?;
    Some(Candidate {
        score,
        tickets: one.iter().chain(other).map(|seat| seat.ticket).collect(),
        is_neat: false,
    })
}

fn middle(seats: &[Place]) -> f32 {
    match (seats.first(), seats.last()) {
        (Some(first), Some(last)) => f32::midpoint(first.along, last.along),
        _ => 0.0,
    }
}

/// The longest stretches first, so that few sit alone; among those that hold all who are left, the nearest.
fn apart(rows: &Rows, free: &impl Free, want: &Want<'_>) -> Option<Candidate> {
    let wanted = rows.all.iter().filter(|row| want.section.is_none_or(|section| section == row.section));
    let mut stretches: Vec<&[Place]> = wanted.flat_map(|row| runs(row, free, want)).collect();
    let mut given: Vec<Place> = Vec::new();
    if want.accessible > 0 {
        let mut seats: Vec<Place> = stretches.iter().copied().flatten().copied().collect();
        seats.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        let (wheelchairs, mut others): (Vec<Place>, Vec<Place>) =
            seats.into_iter().partition(|seat| seat.kind == Kind::Accessible);
        given.extend(wheelchairs.into_iter().take(want.accessible));
        if given.len() < want.accessible {
            return None;
        }
        others.sort_by_key(|seat| seat.kind != Kind::Companion);
        given.extend(others.into_iter().take(want.quantity - want.accessible));
    }
    while given.len() < want.quantity && want.accessible == 0 {
        let missing = want.quantity - given.len();
        let nearest = |run: &&[Place]| run.iter().map(|seat| seat.distance).fold(f32::MAX, f32::min);
        let whole = stretches.iter().enumerate().filter(|(_, run)| run.len() >= missing);
        let whole = whole.min_by(|(_, a), (_, b)| nearest(a).total_cmp(&nearest(b))).map(|(index, _)| index);
        let longest =
            || stretches.iter().enumerate().max_by_key(|(_, run)| run.len()).map(|(index, _)| index);
        let run = stretches.swap_remove(whole.or_else(longest)?);
        // Not all but one: the last would sit alone.
        let take =
            if run.len() + 1 == missing && run.len() > 2 { run.len() - 1 } else { run.len().min(missing) };
        given.extend_from_slice(&run[..take]);
        if take < run.len() {
            stretches.push(&run[take..]);
        }
    }
    (given.len() == want.quantity).then(|| Candidate {
        score: score(&given, want).unwrap_or_default(),
        tickets: given.iter().map(|seat| seat.ticket).collect(),
        is_neat: false,
    })
}
