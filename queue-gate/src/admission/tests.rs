//! The rule, played over random ticks, rates, caps and departures.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::place::{Lane, PlaceNumber};
use proptest::prelude::*;

use super::{Bound, Decision, Interval, Limits, MINUTE, Owed, Recent, Snapshot, Spot, decide};
use crate::lane::Shares;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn spot(lane: u8, number: u64) -> Spot {
    Spot { lane: Lane::new(lane).unwrap(), number: PlaceNumber::from_raw(number) }
}

fn line(numbers: std::ops::Range<u64>) -> Vec<Spot> {
    numbers.map(|number| spot(0, number)).collect()
}

fn limits(admit_per_minute: u32, max_active: u32) -> Limits {
    Limits {
        is_calling: true,
        admit_per_minute,
        max_active,
        tick: TimeDelta::seconds(1),
        interval: Interval::default(),
        shares: Shares::default(),
    }
}

/// Plays `seconds` ticks of one second with an endless line and a cap that never binds; the calls of each tick.
fn play(limits: Limits, seconds: i64) -> Vec<u32> {
    let (mut recent, mut calls) = (Vec::new(), Vec::new());
    let enough = u64::from(limits.admit_per_minute) * 62 / 60 + 10;
    for second in 0..seconds {
        let now = start() + TimeDelta::seconds(second);
        let snapshot = Snapshot { front: line(0..enough), taken: 0 };
        let decision = decide(limits, &recent, &snapshot, now);
        let called = u32::try_from(decision.places.len()).unwrap();
        if called > 0 {
            recent.push(Recent { at: now, granted: now, calls: called, owed: decision.owed });
        }
        calls.push(called);
    }
    calls
}

#[test]
fn one_a_minute_is_one_a_minute() {
    let calls = play(limits(1, 100), 181);
    let at: Vec<_> = calls.iter().enumerate().filter(|(_, calls)| **calls > 0).map(|(at, _)| at).collect();
    assert_eq!(at, [0, 60, 120, 180]);
    assert_eq!(calls.iter().sum::<u32>(), 4);
}

#[test]
fn calls_are_spread_over_the_minute_and_fractions_carry_over() {
    for (rate, most) in [(60, 2), (90, 3), (100, 4), (600, 20), (6000, 200)] {
        let calls = play(limits(rate, 100_000), 600);
        assert!(calls.iter().all(|calls| *calls <= most), "{rate}: {calls:?}");
        let steady = &calls[60..];
        let total = f64::from(steady.iter().sum::<u32>());
        // 540 s at the full rate, but for what the hard limit of the minute takes from the first burst.
        assert!((total - f64::from(rate) * 9.0).abs() <= f64::from(most), "{rate}: {total}");
    }
}

#[test]
fn what_bound_the_calls_is_said() {
    let snapshot = |front, taken| Snapshot { front: line(0..front), taken };
    let bound = |limits, front, taken| decide(limits, &[], &snapshot(front, taken), start()).bound;
    assert_eq!(bound(limits(60, 10), 1, 0), Bound::Line);
    assert_eq!(bound(limits(60, 10), 50, 0), Bound::Rate);
    assert_eq!(bound(limits(6000, 10), 50, 3), Bound::Cap);
    assert_eq!(bound(limits(0, 10), 50, 0), Bound::Rate);
    assert_eq!(bound(Limits { is_calling: false, ..limits(60, 10) }, 50, 0), Bound::State);
}

#[test]
fn a_lowered_cap_expels_nobody_and_calls_nobody() {
    let decision = decide(limits(600, 5), &[], &Snapshot { front: line(0..9), taken: 40 }, start());
    assert_eq!(decision, Decision { places: Vec::new(), owed: Owed::default(), bound: Bound::Cap });
}

#[derive(Clone, Debug)]
struct Turn {
    /// Milliseconds since the turn before; several gates ask at once, and some come late.
    pause: u16,
    rate: u32,
    interval: u8,
    cap: u32,
    joins: u8,
    /// How many of those inside leave.
    leaves: u8,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let rate = prop_oneof![1_u32..4, 1_u32..200, 1_u32..5000];
    let interval = prop_oneof![Just(1_u8), 1_u8..=60];
    let turn = (0_u16..3000, rate, interval, 0_u32..60, any::<u8>(), 0_u8..40).prop_map(
        |(pause, rate, interval, cap, joins, leaves)| Turn { pause, rate, interval, cap, joins, leaves },
    );
    // Settings hold for a while: a rate that changes with every tick would hide what one rate does for long.
    (prop::collection::vec(turn, 1..8), 1_usize..40)
        .prop_map(|(turns, times)| turns.into_iter().flat_map(|turn| vec![turn; times]).collect())
}

proptest! {
    /// Promises W1 and W2, whatever the turns.
    #[test]
    fn caps_hold_at_every_instant_and_order_is_by_number(turns in turns()) {
        let (mut now, mut next, mut taken) = (start(), 0_u64, 0_u32);
        let mut waiting: Vec<Spot> = Vec::new();
        let mut batches: Vec<Recent> = Vec::new();
        let mut last = None;
        for turn in turns {
            now += TimeDelta::milliseconds(turn.pause.into());
            waiting.extend(line(next..next + u64::from(turn.joins)));
            next += u64::from(turn.joins);
            taken = taken.saturating_sub(turn.leaves.into());
            let snapshot = Snapshot { front: waiting.clone(), taken };
            let recent: Vec<_> = batches.iter().filter(|batch| batch.at > now - MINUTE).copied().collect();
            let interval = Interval::try_from(turn.interval).unwrap();
            let limits = Limits { interval, ..limits(turn.rate, turn.cap) };
            let places = decide(limits, &recent, &snapshot, now).places;
            let calls = u32::try_from(places.len()).unwrap();

            prop_assert!(calls == 0 || taken + calls <= turn.cap);
            taken += calls;
            batches.push(Recent { at: now, granted: now, calls, owed: Owed::default() });
            let minute: u32 =
                batches.iter().filter(|batch| batch.at > now - MINUTE).map(|batch| batch.calls).sum();
            prop_assert!(calls == 0 || minute <= turn.rate, "{minute} calls at {} a minute", turn.rate);

            prop_assert!(places.is_sorted());
            prop_assert!(places.first().is_none_or(|first| Some(*first) > last));
            prop_assert_eq!(&places[..], &waiting[..places.len()]);
            last = places.last().copied().or(last);
            waiting.drain(..places.len());
        }
    }

    /// Whatever the interval: one batch in each, worth no more than it, the whole rate over time, and never more than the
    /// rate in any minute.
    #[test]
    fn an_interval_has_one_batch_and_lets_the_whole_rate_through(rate in prop_oneof![1_u32..10, 1_u32..700], seconds in 1_u8..=60) {
        let interval = Interval::try_from(seconds).unwrap();
        let limits = Limits { interval, ..limits(rate, 1_000_000) };
        let calls = play(limits, 660);
        let minute = |calls: &[u32]| calls.iter().sum::<u32>();
        prop_assert!(calls.windows(60).all(|window| minute(window) <= rate));
        // The ticks begin with a minute, so the cells are those of the minute's seconds.
        for cells in calls.chunks(60) {
            for cell in cells.chunks(seconds.into()) {
                prop_assert!(cell.iter().filter(|calls| **calls > 0).count() <= 1, "{cell:?}");
            }
        }
        let most = (u64::from(rate) * (u64::from(seconds) + 1)).div_ceil(60) + 1;
        prop_assert!(calls.iter().all(|calls| u64::from(*calls) <= most), "{most}: {calls:?}");
        let total = i64::from(minute(&calls[60..]));
        prop_assert!((total - i64::from(rate) * 10).unsigned_abs() <= most, "{total} of {}", rate * 10);
    }

    /// The order in which the front arrives in memory does not matter.
    #[test]
    fn the_lowest_numbers_are_called(numbers in prop::collection::hash_set(0_u64..10_000, 0..300), rate in 1_u32..2000) {
        let front: Vec<_> = numbers.into_iter().map(|number| spot(0, number)).collect();
        let mut sorted = front.clone();
        sorted.sort_unstable();
        let places = decide(limits(rate, 1000), &[], &Snapshot { front, taken: 0 }, start()).places;
        prop_assert_eq!(&places[..], &sorted[..places.len()]);
    }
}
