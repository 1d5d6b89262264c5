//! The shape of a line: enough of it to work out every position in memory.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::place::{Lane, PlaceNumber};

use super::Pace;
use crate::{lane::Shares, stock::odds::Bands};

/// How many places at the front are known one by one: their positions are exact.
pub const FRONT: usize = 1000;
/// Behind the front, a bucket is as wide as its rank divided by this; so far is a position at most from the truth.
pub const PART: u64 = 64;

/// A line as of one moment, lane by lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// When it was looked at.
    pub now: DateTime<Utc>,
    /// The line's epoch.
    pub epoch: u64,
    /// The last tick that was applied.
    pub tick: u64,
    /// How many parked places have come back since the line began.
    pub returned: u64,
    /// How many places were restored since the line began.
    pub restored: u64,
    /// The lanes in which somebody waits or was called a moment ago.
    pub lanes: Vec<(Lane, LaneShape)>,
    /// The chance of a ticket by how many are called before, where it is told.
    pub bands: Option<Bands>,
    /// How calls are shared over the lanes.
    pub shares: Shares,
}

/// One lane as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneShape {
    /// How quickly its places are called.
    pub pace: Pace,
    /// Places in it.
    pub waiting: u64,
    /// The numbers at the front, in order.
    pub front: Vec<u64>,
    /// Behind it: ranks with their numbers, in order; the last is the end of the line.
    pub edges: Vec<(u64, u64)>,
}

/// A lane in which nobody waits.
static EMPTY: LaneShape = LaneShape {
    pace: Pace { calls: 0, over: TimeDelta::zero(), unevenness: 0, leaving: 0 },
    waiting: 0,
    front: Vec::new(),
    edges: Vec::new(),
};

impl Shape {
    /// How `lane` looks.
    pub fn lane(&self, lane: Lane) -> &LaneShape {
        self.lanes.iter().find(|(of, _)| *of == lane).map_or(&EMPTY, |(_, shape)| shape)
    }

    /// Whether all that fans are told of it is as it was in `before`.
    pub fn is_like(&self, before: &Self) -> bool {
        let Self { now: _, tick: _, epoch, returned, restored, lanes, bands, shares } = self;
        let counts = (before.epoch, before.returned, before.restored);
        (*epoch, *returned, *restored) == counts
            && (lanes, bands, shares) == (&before.lanes, &before.bands, &before.shares)
    }

    /// How many are likely to be called before somebody with `ahead` ahead of them in `lane`.
    pub fn called_before(&self, lane: Lane, ahead: u64) -> u64 {
        let waiting = self.lanes.iter().map(|(lane, shape)| (*lane, shape.waiting));
        self.shares.called_before(lane, ahead, waiting)
    }
}

impl LaneShape {
    /// The live places ahead of `number`: exact in front, and between two edges behind as if the places there were spread
    /// evenly, so never off by more than the bucket.
    pub fn ahead(&self, number: PlaceNumber) -> u64 {
        let number = number.raw();
        if self.front.last().is_none_or(|last| number <= *last) {
            return count(self.front.partition_point(|known| *known < number));
        }
        let behind = self.edges.partition_point(|(_, edge)| *edge < number);
        match (behind.checked_sub(1).map(|before| self.edges[before]), self.edges.get(behind)) {
            (_, None) => self.waiting,
            (None, Some((rank, _))) => *rank,
            (Some((rank, edge)), Some((next_rank, next_edge))) => {
                let (into, width) = (u128::from(number - edge), u128::from(next_edge - edge).max(1));
                let step = u128::from(next_rank - rank) * into / width;
                rank + u64::try_from(step).unwrap_or(u64::MAX)
            }
        }
    }

    /// The number at the end of the line.
    pub fn last_number(&self) -> Option<u64> {
        self.edges.last().map(|(_, number)| *number).or_else(|| self.front.last().copied())
    }

    /// The live places behind `number`.
    pub fn behind(&self, number: PlaceNumber) -> u64 {
        self.waiting.saturating_sub(self.ahead(number) + 1)
    }
}

fn count(places: usize) -> u64 {
    u64::try_from(places).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What view.lua makes of a line, in plain Rust.
    fn shape_of(line: &[u64]) -> LaneShape {
        let total = count(line.len());
        let at = |rank: u64| line[usize::try_from(rank).unwrap()];
        let mut edges = Vec::new();
        let mut rank = count(FRONT);
        while rank < total {
            edges.push((rank, at(rank)));
            rank += (rank / PART).max(1);
        }
        if total > count(FRONT) {
            edges.push((total - 1, at(total - 1)));
        }
        let front = line.iter().take(FRONT).copied().collect();
        LaneShape { waiting: total, front, edges, ..LaneShape::default() }
    }

    fn check(line: &[u64]) {
        let shape = shape_of(line);
        for (rank, number) in line.iter().enumerate() {
            let (rank, ahead) = (count(rank), shape.ahead(PlaceNumber::from_raw(*number)));
            let slack = if rank < count(FRONT) { 0 } else { rank / PART + 1 };
            assert!(ahead.abs_diff(rank) <= slack, "{rank}: {ahead}");
        }
    }

    #[test]
    fn a_hundred_thousand_places_know_where_they_stand() {
        let whole: Vec<u64> = (1..=100_000).map(|n| (1 << 32) + n).collect();
        check(&whole);
        // A line without gaps is told exactly to the last place.
        let shape = shape_of(&whole);
        assert!(
            whole.iter().enumerate().all(|(rank, n)| shape.ahead(PlaceNumber::from_raw(*n)) == count(rank))
        );
        // Half of it gone in one stretch, and every third of the rest.
        let rest = whole.into_iter().filter(|n| !(20_000..70_000).contains(&(n & 0xffff_ffff)) && n % 3 != 0);
        check(&rest.collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn positions_are_near_the_truth_and_in_order(gaps in prop::collection::vec(1_u64..1000, 0..5000)) {
            let line: Vec<u64> = gaps.iter().scan(0, |number, gap| { *number += gap; Some(*number) }).collect();
            check(&line);
            let shape = shape_of(&line);
            let ahead = line.iter().map(|n| shape.ahead(PlaceNumber::from_raw(*n)));
            prop_assert!(ahead.is_sorted());
        }
    }
}
