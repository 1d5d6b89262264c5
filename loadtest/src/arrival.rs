//! When fans come: a Poisson process from a seed. The instants are drawn before the run, so nothing that the system does
//! can delay an arrival (an open model), and a step timed from its due instant hides no delay (no coordinated omission).

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The instants of `count` arrivals, after the start, `rate` per second on average: gaps are exponential.
pub fn instants(count: u32, rate: u32, seed: u64) -> Vec<Duration> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut at = 0.0_f64;
    (0..count)
        .map(|_| {
            let unit: f64 = chance.random();
            at -= (1.0 - unit).ln() / f64::from(rate.max(1));
            Duration::from_secs_f64(at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_repeat_with_their_seed_and_come_at_the_rate() {
        let all = instants(20_000, 200, 5);
        assert_eq!(all, instants(20_000, 200, 5));
        assert_ne!(all, instants(20_000, 200, 6));
        assert!(all.is_sorted());
        let last = all.last().unwrap().as_secs_f64();
        assert!((97.0..103.0).contains(&last), "20,000 at 200 a second took {last} s");
    }

    #[test]
    fn gaps_are_exponential_and_not_even() {
        let all = instants(20_000, 100, 1);
        let gaps: Vec<f64> = all.windows(2).map(|two| two[1].as_secs_f64() - two[0].as_secs_f64()).collect();
        let longer = |than: f64| gaps.iter().filter(|gap| **gap > than).count();
        // Of exponential gaps e^-1 are longer than the mean, e^-3 longer than three times the mean.
        assert!((7_000..7_700).contains(&longer(0.01)), "{}", longer(0.01));
        assert!((850..1_150).contains(&longer(0.03)), "{}", longer(0.03));
    }
}
