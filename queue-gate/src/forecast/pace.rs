//! How long a wait is likely to be, from how the line moved of late. Pure.

use chrono::TimeDelta;
use contracts::frame::Wait;

/// The standard normal deviate of which nine tenths lie below: an interval of it either way holds P10 to P90.
const NINE_TENTHS: f64 = 1.281_551_6;
/// What a measured rate may change by until it matters, as a part of itself: nobody's pace stays the same.
const DRIFT: f64 = 0.1;
/// The least time that must have been watched before anything is said.
const WATCHED: TimeDelta = TimeDelta::seconds(5);

/// How a line moved of late, while it was open; pauses are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// How many were called.
    pub calls: u32,
    /// In which span.
    pub over: TimeDelta,
    /// The variance of the calls in a stretch of time as a part of their mean (the index of dispersion), in thousandths:
    /// 1,000 when they come by chance, 0 when they come evenly.
    pub unevenness: u32,
    /// How many of a million in line leave it or are parked in a second, uncalled.
    pub leaving: u32,
}

impl Pace {
    /// Calls per minute.
    pub fn per_minute(self) -> u32 {
        let over = self.over.num_milliseconds().max(1);
        u32::try_from(i64::from(self.calls) * 60_000 / over).unwrap_or(u32::MAX)
    }

    /// How long somebody with `ahead` places ahead is likely to wait, P10 to P90, while the line stays open. `None` where
    /// that cannot be told: nobody was called, or nobody watched for long enough.
    ///
    /// The places ahead fall by `λ` calls a second and a part `μ` of themselves, so that `n` are gone after
    /// `ln(1 + μn/λ)/μ` (`n/λ` where nobody leaves). Around it: the calls themselves (`I·n` is the variance of a count
    /// of `n` with the dispersion `I`), the rate, which rests on `N` calls only (`I/N` of itself, squared), and that no
    /// pace stays. More ahead never means an earlier end at either side.
    pub fn wait(self, ahead: u64) -> Option<Wait> {
        if self.calls == 0 || self.over < WATCHED {
            return None;
        }
        let (calls, n) = (f64::from(self.calls), count(ahead) + 1.0);
        let rate = calls / seconds(self.over);
        let leaving = f64::from(self.leaving) / 1e6;
        // A dispersion of next to nothing is luck, and says nothing of the minutes to come.
        let unevenness = (f64::from(self.unevenness) / 1000.0).clamp(0.25, 100.0);
        let mean = if leaving > 0.0 { (leaving * n / rate).ln_1p() / leaving } else { n / rate };
        let known = (DRIFT * DRIFT + unevenness / calls).sqrt();
        let early = mean / (1.0 + NINE_TENTHS * (known * known + unevenness / n).sqrt());
        let late = mean + NINE_TENTHS * (mean * known).hypot((unevenness * n).sqrt() / rate);
        Some(Wait { from: whole(early), to: whole(late.ceil()) })
    }
}

fn seconds(span: TimeDelta) -> f64 {
    f64::from(u32::try_from(span.num_milliseconds()).unwrap_or(u32::MAX)) / 1000.0
}

fn count(places: u64) -> f64 {
    f64::from(u32::try_from(places).unwrap_or(u32::MAX))
}

/// Whole seconds of a span that is at least 0.
fn whole(seconds: f64) -> u32 {
    let span = std::time::Duration::try_from_secs_f64(seconds).unwrap_or(std::time::Duration::MAX);
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pace(calls: u32, seconds: i64) -> Pace {
        Pace { calls, over: TimeDelta::seconds(seconds), unevenness: 1000, leaving: 0 }
    }

    fn any_pace() -> impl Strategy<Value = Pace> {
        (1_u32..200_000, 5_i64..600, 0_u32..20_000, 0_u32..50_000).prop_map(
            |(calls, seconds, unevenness, leaving)| Pace {
                calls,
                over: TimeDelta::seconds(seconds),
                unevenness,
                leaving,
            },
        )
    }

    #[test]
    fn the_wait_is_an_interval_around_what_the_pace_says() {
        let wait = pace(120, 60).wait(119).unwrap();
        assert!(wait.from < 60 && wait.to > 60, "{wait:?}");
        assert_eq!(pace(10, 5).per_minute(), 120);
    }

    #[test]
    fn where_nothing_is_known_nothing_is_said() {
        assert_eq!(Pace::default().wait(5), None);
        assert_eq!(pace(0, 60).wait(5), None);
        assert_eq!(pace(40, 4).wait(5), None);
    }

    #[test]
    fn who_leaves_makes_it_shorter_and_what_is_uneven_makes_it_wider() {
        let even = pace(120, 60).wait(5000).unwrap();
        let leaving = Pace { leaving: 400, ..pace(120, 60) }.wait(5000).unwrap();
        assert!(leaving.to < even.to && leaving.from < even.from, "{leaving:?} {even:?}");
        let uneven = Pace { unevenness: 20_000, ..pace(120, 60) }.wait(5000).unwrap();
        assert!(uneven.from < even.from && uneven.to > even.to, "{uneven:?} {even:?}");
    }

    proptest! {
        #[test]
        fn an_interval_is_one_and_more_ahead_is_never_sooner(pace in any_pace(), a in 0_u64..2_000_000, more in 0_u64..2_000_000) {
            let (near, far) = (pace.wait(a).unwrap(), pace.wait(a + more).unwrap());
            prop_assert!(near.from <= near.to);
            prop_assert!(near.from <= far.from && near.to <= far.to, "{:?} {:?}", near, far);
        }

        #[test]
        fn a_slower_line_is_never_sooner(pace in any_pace(), ahead in 0_u64..2_000_000, slower in 1_i64..20) {
            let slow = Pace { over: pace.over * i32::try_from(slower).unwrap(), leaving: 0, ..pace };
            let (quick, slow) = (Pace { leaving: 0, ..pace }.wait(ahead).unwrap(), slow.wait(ahead).unwrap());
            prop_assert!(quick.from <= slow.from && quick.to <= slow.to);
        }

        #[test]
        fn no_numbers_break_it(calls: u32, millis in 0_i64..i64::from(u32::MAX), unevenness: u32, leaving: u32, ahead: u64) {
            let pace = Pace { calls, over: TimeDelta::milliseconds(millis), unevenness, leaving };
            if let Some(wait) = pace.wait(ahead) {
                prop_assert!(wait.from <= wait.to);
            }
            pace.per_minute();
        }
    }
}
