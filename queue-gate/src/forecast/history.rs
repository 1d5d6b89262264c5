//! What was seen of a line of late, in bins of its own open time. Pure.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::pace::Pace;

/// How long a bin is, in open time.
const BIN: TimeDelta = TimeDelta::seconds(10);
/// How many are remembered: five minutes.
const BINS: usize = 30;
/// A gap between two looks that is longer was no look: the gate was away.
const GAP: TimeDelta = TimeDelta::seconds(30);

/// A line as one look saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When, by the room's clock.
    pub at: DateTime<Utc>,
    /// Whether it calls.
    pub is_open: bool,
    /// The last tick whose calls are in it.
    pub tick: i64,
    /// How many had been called up to that tick, from whenever this gate began to count.
    pub called: u64,
    /// How many wait.
    pub waiting: u64,
    /// How many of those who waited at the last look are there still; all of them where nobody knows.
    pub stayed: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    span: TimeDelta,
    calls: u64,
    /// May be below none in a bin whose calls were seen a moment late.
    left: i64,
    /// Places that waited times milliseconds.
    exposure: u128,
}

/// The last minutes of one line.
#[derive(Clone, Debug, Default)]
pub struct History {
    bins: VecDeque<Bin>,
    last: Option<Look>,
    /// For how long the line did not call, as far as this gate saw.
    stopped: TimeDelta,
}

impl History {
    /// Takes in one more look.
    pub fn add(&mut self, look: Look) {
        let Some(last) = self.last.replace(look) else { return };
        let span = (look.at - last.at).max(TimeDelta::zero());
        if !(last.is_open && look.is_open) {
            self.stopped += span;
            return;
        }
        if span > GAP {
            self.bins.clear();
            return;
        }
        if self.bins.back().is_none_or(|bin| bin.span >= BIN) {
            self.bins.push_back(Bin::default());
            let surplus = self.bins.len().saturating_sub(BINS);
            self.bins.drain(..surplus);
        }
        let calls = look.called.saturating_sub(last.called);
        if let Some(bin) = self.bins.back_mut() {
            bin.span += span;
            bin.calls += calls;
            bin.left += signed(last.waiting) - signed(look.stayed) - signed(calls);
            bin.exposure += u128::from(last.waiting) * u128::try_from(span.num_milliseconds()).unwrap_or(0);
        }
    }

    /// For how long the line did not call since this gate watches it: what a forecast of open time leaves out.
    pub fn stopped(&self) -> TimeDelta {
        self.stopped
    }

    /// How the line moved.
    pub fn pace(&self) -> Pace {
        // Before the first call nobody was called because nobody had begun.
        let bins: Vec<&Bin> = self.bins.iter().skip_while(|bin| bin.calls == 0).collect();
        let over = bins.iter().fold(TimeDelta::zero(), |sum, bin| sum + bin.span);
        let calls: u64 = bins.iter().map(|bin| bin.calls).sum();
        let left: i64 = bins.iter().map(|bin| bin.left).sum();
        let exposure: u128 = bins.iter().map(|bin| bin.exposure).sum();
        let leaving = u128::from(left.max(0).unsigned_abs()) * 1_000_000_000 / exposure.max(1);
        Pace {
            calls: u32::try_from(calls).unwrap_or(u32::MAX),
            over,
            unevenness: unevenness(&bins, calls),
            leaving: u32::try_from(leaving).unwrap_or(u32::MAX),
        }
    }
}

/// The variance of the calls of whole bins as a part of their mean, in thousandths. With fewer than five there is
/// nothing to go by, and calls count as coming by chance.
fn unevenness(bins: &[&Bin], calls: u64) -> u32 {
    const BY_CHANCE: u32 = 1000;
    let whole = bins.iter().filter(|bin| bin.span >= BIN).map(|bin| bin.calls).collect::<Vec<_>>();
    let n = u64::try_from(whole.len()).unwrap_or(u64::MAX);
    let sum: u64 = whole.iter().sum();
    if n < 5 || sum == 0 || calls == 0 {
        return BY_CHANCE;
    }
    // Of integers: n·Σ(x − mean)² = n·Σx² − (Σx)².
    let squares: u128 = whole.iter().map(|calls| u128::from(*calls) * u128::from(*calls)).sum();
    let spread = (u128::from(n) * squares).saturating_sub(u128::from(sum) * u128::from(sum));
    let index = spread * 1000 / (u128::from(n - 1) * u128::from(sum));
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of `waiting` watched every second for `seconds`, of which `calls` are called and `left` leave each second.
    fn watched(seconds: i64, waiting: u64, calls: u64, left: u64, is_open: impl Fn(i64) -> bool) -> History {
        let (mut history, mut waiting, mut called) = (History::default(), waiting, 0);
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for second in 0..=seconds {
            let is_open = is_open(second);
            let (calls, left) = if second == 0 { (0, 0) } else { (if is_open { calls } else { 0 }, left) };
            waiting -= calls + left;
            called += calls;
            let at = start + TimeDelta::seconds(second);
            history.add(Look { at, is_open, tick: second, called, waiting, stayed: waiting });
        }
        history
    }

    #[test]
    fn calls_and_leavers_are_told_apart() {
        let pace = watched(120, 100_000, 5, 10, |_| true).pace();
        assert_eq!((pace.per_minute(), pace.unevenness), (300, 0));
        // Ten of a hundred thousand a second: a hundred of a million.
        assert!((95..110).contains(&pace.leaving), "{pace:?}");
        assert_eq!(watched(120, 100_000, 5, 0, |_| true).pace().leaving, 0);
    }

    #[test]
    fn a_pause_is_no_slow_line() {
        let history = watched(180, 10_000, 5, 0, |second| !(60..120).contains(&second));
        assert_eq!(history.pace().per_minute(), 300);
        assert_eq!(history.stopped(), TimeDelta::seconds(61));
    }

    #[test]
    fn calls_in_heaps_are_uneven() {
        let (mut history, mut called) = (History::default(), 0);
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for second in 0..300 {
            called += if second % 60 == 30 { 300 } else { 0 };
            let at = start + TimeDelta::seconds(second);
            history.add(Look { at, is_open: true, tick: second, called, waiting: 9000, stayed: 9000 });
        }
        assert!(history.pace().unevenness > 50_000, "{:?}", history.pace());
    }

    #[test]
    fn only_the_last_minutes_count() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (mut history, mut called) = (History::default(), 0);
        for second in 0..900 {
            called += if second < 400 { 50 } else { 5 };
            let at = start + TimeDelta::seconds(second);
            history.add(Look { at, is_open: true, tick: second, called, waiting: 9000, stayed: 9000 });
        }
        assert_eq!(history.pace().per_minute(), 300);
    }
}
