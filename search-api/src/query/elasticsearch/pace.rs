//! How fast answers come of late, so that a second node is asked only when the first is slower than nearly always.

use std::time::Duration;

/// How many answers are remembered.
const REMEMBERED: usize = 256;
/// With fewer nothing is known yet.
const ENOUGH: usize = 20;
/// Before enough is known.
const USUAL: Duration = Duration::from_millis(50);
/// Nobody is asked twice sooner: that would be for nothing, and double the load.
const SHORTEST: Duration = Duration::from_millis(5);

/// The times of the last answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    times: Vec<Duration>,
    next: usize,
}

impl Pace {
    /// An answer came after so long.
    pub(super) fn add(&mut self, time: Duration) {
        if self.times.len() < REMEMBERED {
            self.times.push(time);
        } else {
            self.times[self.next] = time;
            self.next = (self.next + 1) % REMEMBERED;
        }
    }

    /// How long to wait before another node is asked too: what nineteen of twenty answers took, at most half of `attempt`.
    pub(super) fn patience(&self, attempt: Duration) -> Duration {
        let usual = if self.times.len() < ENOUGH {
            USUAL
        } else {
            let mut sorted = self.times.clone();
            let at = sorted.len() * 95 / 100;
            *sorted.select_nth_unstable(at).1
        };
        usual.max(SHORTEST).min(attempt / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_what_nearly_all_answers_take() {
        let (mut pace, attempt) = (Pace::default(), Duration::from_millis(300));
        assert_eq!(pace.patience(attempt), USUAL);
        (1..=100).for_each(|millis| pace.add(Duration::from_millis(millis)));
        assert_eq!(pace.patience(attempt), Duration::from_millis(96));
        assert_eq!(pace.patience(Duration::from_millis(20)), Duration::from_millis(10), "half of an attempt");
        (0..REMEMBERED).for_each(|_| pace.add(Duration::from_micros(10)));
        assert_eq!(pace.patience(attempt), SHORTEST, "what was long ago is forgotten");
    }
}
