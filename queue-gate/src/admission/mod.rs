//! Who is called next, and how many: one rule, without a clock and without I/O.

pub mod advise;
pub mod apply;
pub mod census;
pub mod expire;
pub mod front;
pub mod handler;
pub mod interval;
pub mod release;
pub mod run;
pub mod share;
pub mod simulate;
pub mod store;
pub mod tick;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::place::{Lane, PlaceNumber};
pub use interval::Interval;
pub use share::Owed;

use crate::lane::Shares;

/// The span in which calls are counted.
pub const MINUTE: TimeDelta = TimeDelta::seconds(60);

/// The most places that one tick calls.
const TOGETHER: u32 = 5000;

/// What the organizer allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Whether anybody is called at all.
    pub is_calling: bool,
    /// The most calls in any half-open 60 seconds.
    pub admit_per_minute: u32,
    /// The most who are called or inside at a time.
    pub max_active: u32,
    /// How often somebody asks.
    pub tick: TimeDelta,
    /// How far apart batches are: calls are spread over the minute by this.
    pub interval: Interval,
    /// How the calls are shared out over the lanes.
    pub shares: Shares,
}

impl Limits {
    /// How many places of each lane a tick has to see. None calls more than an interval's and a tick's worth of the rate; a few
    /// more are asked for, because settings may rise meanwhile. It is always one more than the cap lets in: a lane whose last
    /// place is seen and called counts as empty and forgets what it is owed.
    pub fn wanted(&self) -> usize {
        let span = self.interval.span().max(self.tick) + self.tick;
        let millis = u64::try_from(span.num_milliseconds()).unwrap_or(2000);
        let worth = u64::from(self.admit_per_minute) * millis / 60_000 + 10;
        usize::try_from(worth.min(u64::from(self.max_active.min(TOGETHER)) + 1)).unwrap_or(usize::MAX)
    }
}

/// A place and its lane. In order: by lane, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The lane that it waits in.
    pub lane: Lane,
    /// Its number.
    pub number: PlaceNumber,
}

/// A batch that was called a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recent {
    /// When it was applied; when the question is asked, for one that is not.
    pub at: DateTime<Utc>,
    /// When it was granted.
    pub granted: DateTime<Utc>,
    /// How many it called.
    pub calls: u32,
    /// What it left each lane owed.
    pub owed: Owed,
}

/// What was seen of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The front of every lane, nobody in it who is away.
    pub front: Vec<Spot>,
    /// How many are called or inside.
    pub taken: u32,
}

/// Who is called, and what kept it from being more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The places, in each lane by number.
    pub places: Vec<Spot>,
    /// What each lane is owed after them.
    pub owed: Owed,
    /// What bound the number.
    pub bound: Bound,
}

/// What bound the number of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nobody else stands in line.
    Line,
    /// The room does not call.
    State,
    /// The rate.
    Rate,
    /// The cap.
    Cap,
    /// The interval has had its batch.
    Interval,
}

/// Decides who of `snapshot` is called at `now`: in each lane the lowest numbers, of all lanes as many as rate and cap
/// allow, shared out by [`share::share_out`].
///
/// In any half-open 60 seconds no more are called than `admit_per_minute`: `recent` must hold, in their order, every batch
/// that was applied within the last 60 s or is not applied, and the last one however old: it says what the lanes are owed.
/// Every interval has one batch at most ([`Interval`]). Calls are spread
/// evenly by the generic cell rate algorithm (ITU-T I.371 annex A): each call is worth 60 s divided by the rate, and what is
/// saved up is at most an interval's worth and a tick's (or one call's) more, so that fractions carry over and a late tick
/// makes good what it missed.
pub fn decide(limits: Limits, recent: &[Recent], snapshot: &Snapshot, now: DateTime<Utc>) -> Decision {
    let owed = recent.last().map(|batch| batch.owed).unwrap_or_default();
    let none = |bound| Decision { places: Vec::new(), owed, bound };
    if !limits.is_calling {
        return none(Bound::State);
    }
    if limits.admit_per_minute == 0 {
        return none(Bound::Rate);
    }
    if limits.interval.has_batch(limits.tick, recent, now) {
        return none(Bound::Interval);
    }
    let (rate, cap) = (due(limits, recent, now), limits.max_active.saturating_sub(snapshot.taken));
    let allowed = usize::try_from(rate.min(cap)).unwrap_or(usize::MAX);
    let mut front = snapshot.front.clone();
    front.sort_unstable();
    front.dedup();
    let bound = match () {
        () if front.len() <= allowed => Bound::Line,
        () if rate <= cap => Bound::Rate,
        () => Bound::Cap,
    };
    let (places, owed) = share::share_out(&front, allowed, &limits.shares, owed);
    Decision { places, owed, bound }
}

/// How many calls the rate allows at `now`.
fn due(limits: Limits, recent: &[Recent], now: DateTime<Utc>) -> u32 {
    let counts = |batch: &&Recent| batch.at > now - MINUTE;
    let mut recent: Vec<&Recent> = recent.iter().filter(counts).collect();
    recent.sort_unstable_by_key(|batch| batch.at);
    let called = recent.iter().fold(0_u32, |sum, batch| sum.saturating_add(batch.calls));
    let left = limits.admit_per_minute.saturating_sub(called);

    // In units of a microsecond times calls a minute nothing is rounded: one call is worth 60,000,000 of them.
    let rate = i128::from(limits.admit_per_minute);
    let micros = |time: DateTime<Utc>| i128::from(time.timestamp_micros()) * rate;
    let worth = i128::from(MINUTE.num_microseconds().unwrap_or(i64::MAX));
    let span = |span: TimeDelta| i128::from(span.num_microseconds().unwrap_or(i64::MAX)) * rate;
    let saved = span(limits.interval.span().max(limits.tick)) + span(limits.tick).max(worth);
    let mut paid_until = i128::MIN;
    for batch in recent {
        paid_until = paid_until.max(micros(batch.at) - saved) + i128::from(batch.calls) * worth;
    }
    let credit = (micros(now) - paid_until.max(micros(now) - saved)).max(0) / worth;
    left.min(u32::try_from(credit).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
