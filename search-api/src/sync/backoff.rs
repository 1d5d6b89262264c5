//! Growing pauses between tries, with jitter so that copies do not knock together.

use std::time::Duration;

use platform::ids::Ids;
use rand::{RngExt, rngs::StdRng};

/// The pause after the first failure.
const FIRST: Duration = Duration::from_millis(100);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses of one thing that is tried again and again.
#[derive(Debug)]
pub struct Backoff {
    chance: StdRng,
    pause: Duration,
}

impl Backoff {
    /// Starts with the shortest pause.
    pub fn new(ids: &Ids) -> Self {
        Self { chance: ids.stream(), pause: FIRST }
    }

    /// The next pause: twice as long as the last one on average, at most five seconds.
    pub fn pause(&mut self) -> Duration {
        let pause = self.pause.mul_f64(self.chance.random_range(0.5..1.0));
        self.pause = (self.pause * 2).min(LONGEST);
        pause
    }

    /// It worked: the next failure is a first one.
    pub fn reset(&mut self) {
        self.pause = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use platform::clock::SystemClock;

    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_start_again() {
        let mut backoff = Backoff::new(&Ids::new(1, Arc::new(SystemClock)));
        let pauses: Vec<Duration> = (0..20).map(|_| backoff.pause()).collect();
        assert!(pauses[0] <= FIRST && pauses.iter().all(|pause| *pause <= LONGEST));
        assert!(pauses[19] >= LONGEST / 2);
        backoff.reset();
        assert!(backoff.pause() <= FIRST);
    }
}
