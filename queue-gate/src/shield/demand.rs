//! How much work is asked for: it doubles as the demand doubles, at once upward and slowly downward. Pure.

use chrono::{DateTime, TimeDelta, Utc};

/// Over how long demand is measured.
const WINDOW: TimeDelta = TimeDelta::seconds(10);
/// How long demand must stay lower before one bit less is asked for.
pub const CALM: TimeDelta = TimeDelta::seconds(30);
/// The part of a room's normal demand that is normal for one network.
pub const OF_ONE_NETWORK: u32 = 8;

/// How many came within the last [`WINDOW`], about: what came in the window before counts by the part of it that is still
/// in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    begins: DateTime<Utc>,
    before: u32,
    now: u32,
}

impl Seen {
    /// Moves on to `now`. A clock that went back changes nothing.
    fn turn(&mut self, now: DateTime<Utc>) {
        let passed = now - self.begins;
        if passed >= WINDOW * 2 {
            *self = Self { begins: now, before: 0, now: 0 };
        } else if passed >= WINDOW {
            *self = Self { begins: self.begins + WINDOW, before: self.now, now: 0 };
        }
    }

    /// How many a minute.
    fn per_minute(&self, now: DateTime<Utc>) -> u64 {
        let whole = WINDOW.num_milliseconds().unsigned_abs();
        let passed =
            (now - self.begins).num_milliseconds().clamp(0, WINDOW.num_milliseconds()).unsigned_abs();
        let before = u64::from(self.before) * (whole - passed) / whole;
        (before + u64::from(self.now)) * 60_000 / whole
    }
}

/// The demand of a room, or of one network in it, and how many bits more are asked for because of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    seen: Seen,
    more: u8,
    /// Since when the bits asked for are more than the demand is worth.
    calm_since: DateTime<Utc>,
}

/// The bits for `per_minute` where `normal` is usual: one for each doubling.
pub fn worth(per_minute: u64, normal: u32) -> u8 {
    let times = per_minute / u64::from(normal.max(1));
    u8::try_from(times.checked_ilog2().unwrap_or(0)).unwrap_or(u8::MAX)
}

impl Demand {
    /// Notes that somebody took a new place.
    pub fn note(&mut self, now: DateTime<Utc>) {
        self.seen.turn(now);
        self.seen.now = self.seen.now.saturating_add(1);
    }

    /// How many bits more are asked for by `now`, at most `most`: as many as the demand is worth as soon as it is; one less
    /// for each [`CALM`] in which it was worth less.
    pub fn more(&mut self, now: DateTime<Utc>, normal: u32, most: u8) -> u8 {
        self.seen.turn(now);
        let worth = worth(self.seen.per_minute(now), normal).min(most);
        self.more = self.more.min(most);
        if worth >= self.more {
            (self.more, self.calm_since) = (worth, self.calm_since.max(now));
        } else {
            while self.more > worth && now - self.calm_since >= CALM {
                self.more -= 1;
                self.calm_since += CALM;
            }
        }
        self.more
    }

    /// How many came, a minute.
    pub fn per_minute(&mut self, now: DateTime<Utc>) -> u64 {
        self.seen.turn(now);
        self.seen.per_minute(now)
    }

    /// Whether it may be forgotten: nobody came of late and nothing more is asked for.
    pub fn is_idle(&mut self, now: DateTime<Utc>, normal: u32, most: u8) -> bool {
        self.more(now, normal, most) == 0 && self.per_minute(now) == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    /// Notes `count` within the 10 seconds from second `from` on, evenly.
    fn come(demand: &mut Demand, from: i64, count: i64) {
        for n in 0..count {
            demand.note(at(from * 1000 + n * 10_000 / count.max(1)));
        }
    }

    #[test]
    fn twice_the_demand_is_one_bit_more() {
        assert_eq!([0, 599, 600, 1199, 1200, 2400, 4800].map(|n| worth(n, 600)), [0, 0, 0, 0, 1, 2, 3]);
        assert_eq!(worth(u64::MAX, 0), 63, "never out of bounds");
    }

    #[test]
    fn more_is_asked_for_at_once_and_less_only_slowly() {
        let mut demand = Demand::default();
        come(&mut demand, 0, 100);
        assert_eq!(demand.more(at(9_999), 600, 5), 0, "600 a minute is normal");
        come(&mut demand, 10, 450);
        assert_eq!(demand.more(at(19_999), 600, 5), 2);
        assert_eq!(demand.more(at(19_999), 600, 1), 1, "bounded");
        come(&mut demand, 20, 450);
        assert_eq!(demand.more(at(29_999), 600, 5), 2);
        // Nobody comes any more.
        assert_eq!(demand.more(at(50_000), 600, 5), 2);
        assert_eq!(demand.more(at(59_998), 600, 5), 2);
        assert_eq!(demand.more(at(60_000), 600, 5), 1);
        assert_eq!(demand.more(at(89_998), 600, 5), 1);
        assert!(!demand.is_idle(at(89_998), 600, 5));
        assert!(demand.is_idle(at(90_000), 600, 5));
    }

    #[test]
    fn demand_that_swings_around_a_threshold_moves_nothing() {
        let mut demand = Demand::default();
        come(&mut demand, 0, 210);
        assert_eq!(demand.more(at(9_999), 600, 5), 1);
        let asked: Vec<u8> = (1..12)
            .map(|turn| {
                come(&mut demand, 10 * turn, if turn % 2 == 0 { 210 } else { 190 });
                demand.more(at(10_000 * (turn + 1) - 1), 600, 5)
            })
            .collect();
        assert!(asked.iter().all(|more| *more == 1), "{asked:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Whatever comes when, and whatever the clock does: never more than allowed, never less than the demand is worth
        /// up to that, and at most one bit less in any `CALM`.
        #[test]
        fn work_is_bounded_follows_demand_and_falls_slowly(
            steps in prop::collection::vec((-2_000_i64..20_000, 0_usize..400), 1..60),
            normal in 1_u32..2_000,
            most in 0_u8..24,
        ) {
            // `anchor`: from when on the next fall is counted.
            let (mut demand, mut now, mut before, mut anchor) = (Demand::default(), 0_i64, 0_u8, 0_i64);
            for (passed, count) in steps {
                now += passed;
                for _ in 0..count {
                    demand.note(at(now));
                }
                let more = demand.more(at(now), normal, most);
                prop_assert!(more <= most);
                let per_minute = demand.per_minute(at(now));
                prop_assert!(more >= worth(per_minute, normal).min(most), "{per_minute} a minute, {more} bits");
                let fallen = i64::from(before.saturating_sub(more)) * CALM.num_milliseconds();
                if fallen > 0 {
                    prop_assert!(fallen <= now - anchor, "{before} to {more} bits in {} ms", now - anchor);
                    anchor += fallen;
                } else if more > before {
                    anchor = now;
                }
                before = more;
            }
        }

        /// The work asked of all together never falls behind the demand: bits rise with it.
        #[test]
        fn more_demand_is_never_worth_less(a in 0_u64..10_000_000, b in 0_u64..10_000_000, normal in 1_u32..100_000) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(worth(low, normal) <= worth(high, normal));
            prop_assert!(worth(low, normal) >= worth(low, normal.saturating_mul(2)));
        }
    }
}
