//! What came of a simulation.

use contracts::place::Lane;
use serde::Serialize;

/// What came of it. Spans are milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many came.
    pub fans: u32,
    /// How many calls there were.
    pub called: u32,
    /// How many claimed.
    pub admitted: u32,
    /// Calls that nobody answered.
    pub no_shows: u32,
    /// Places parked because nobody was there.
    pub parked: u32,
    /// How many gave up.
    pub left: u32,
    /// Tickets sold.
    pub bought: u32,
    /// How many stood in line at the end.
    pub still_waiting: u32,
    /// From coming to the first call.
    pub waits: Option<Waits>,
    /// When the last ticket was sold.
    pub sold_out_after: Option<i64>,
    /// When it ended.
    pub lasted: i64,
    /// By how many, at most, a cap was exceeded.
    pub overshoot: u32,
    /// A point a minute.
    pub timeline: Vec<Point>,
    /// What came of each lane, in the room's order.
    pub lanes: Vec<OfLane>,
}

/// What came of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfLane {
    /// Which.
    pub lane: Lane,
    /// How many came into it.
    pub fans: u32,
    /// How many of them were called, each counted once.
    pub called: u32,
    /// How many stood in it at the end.
    pub still_waiting: u32,
    /// For how long the first of those had been there.
    pub oldest: Option<i64>,
    /// From coming to the first call.
    pub waits: Option<Waits>,
    /// The most calls in a row that went to other lanes while somebody waited in this one.
    pub passed_over: u32,
    /// By how much, at most, its calls were more or fewer than its share while the same lanes waited; in thousandths of a call.
    pub off_share: u32,
}

/// How long those waited who were called, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// One in ten waited at most so long.
    pub p10: i64,
    /// Half of them.
    pub p50: i64,
    /// Nine in ten.
    pub p90: i64,
    /// All of them.
    pub most: i64,
}

/// A moment of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// When.
    pub at: i64,
    /// In line.
    pub waiting: u32,
    /// Called or inside.
    pub active: u32,
    /// Calls since the point before.
    pub called: u32,
    /// Sold so far.
    pub sold: u32,
}

impl Waits {
    /// Of spans in order; `None` where there are none.
    pub fn of(sorted: &[i64]) -> Option<Self> {
        let most = *sorted.last()?;
        let part = |tenths: usize| sorted[(sorted.len() - 1) * tenths / 10];
        Some(Self { p10: part(1), p50: part(5), p90: part(9), most })
    }
}
