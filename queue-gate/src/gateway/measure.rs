//! How the origin's answers were of late: how many, how late, how many of them errors. Each gate sees what it passed on.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many seconds are looked back at.
const SPAN: usize = 10;
/// Latencies are told apart to a fifth: four steps from a number of milliseconds to its double.
const STEPS: usize = 64;

/// The answers of the last seconds.
#[derive(Debug)]
pub struct Measures {
    began: Instant,
    seconds: Mutex<[Second; SPAN]>,
}

#[derive(Clone, Copy, Debug)]
struct Second {
    which: u64,
    answers: u32,
    errors: u32,
    took: [u32; STEPS],
}

/// What is seen of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many answers there were.
    pub answers: u32,
    /// How many were errors, or never came.
    pub errors: u32,
    /// Nine in ten took at most so many milliseconds, to a fifth.
    pub latency_ms: u32,
}

impl Second {
    const fn empty(which: u64) -> Self {
        Self { which, answers: 0, errors: 0, took: [0; STEPS] }
    }
}

impl Default for Measures {
    fn default() -> Self {
        Self { began: Instant::now(), seconds: Mutex::new([Second::empty(0); SPAN]) }
    }
}

impl Measures {
    /// Notes one answer.
    pub fn note(&self, took: Duration, is_error: bool) {
        self.note_at(self.began.elapsed().as_secs(), took, is_error);
    }

    /// What is seen of the last seconds.
    pub fn look(&self) -> Measured {
        self.look_at(self.began.elapsed().as_secs())
    }

    fn note_at(&self, now: u64, took: Duration, is_error: bool) {
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let second = &mut seconds[usize::try_from(now).unwrap_or(0) % SPAN];
        if second.which != now {
            *second = Second::empty(now);
        }
        second.answers += 1;
        second.errors += u32::from(is_error);
        second.took[step(took)] += 1;
    }

    fn look_at(&self, now: u64) -> Measured {
        let seconds = *self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut seen, mut took) = (Measured::default(), [0_u32; STEPS]);
        for second in seconds.iter().filter(|second| now.saturating_sub(second.which) < 10) {
            seen.answers += second.answers;
            seen.errors += second.errors;
            took.iter_mut().zip(second.took).for_each(|(sum, more)| *sum += more);
        }
        let (nine_in_ten, mut sum) = (seen.answers - seen.answers / 10, 0);
        for (step, count) in took.into_iter().enumerate() {
            sum += count;
            if seen.answers > 0 && sum >= nine_in_ten {
                seen.latency_ms = most(step);
                break;
            }
        }
        seen
    }
}

/// In which step a latency falls.
fn step(took: Duration) -> usize {
    (0..STEPS - 1).find(|step| took.as_millis() <= u128::from(most(*step))).unwrap_or(STEPS - 1)
}

/// The longest latency of a step: 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, ...
fn most(step: usize) -> u32 {
    let (octave, quarter) = (step / 4, step % 4);
    let base = 4_u32 << octave;
    (base + (base >> 2) * u32::try_from(quarter).unwrap_or(0)) - 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_in_ten_and_the_errors_of_the_last_seconds_are_told() {
        let measures = Measures::default();
        assert_eq!(measures.look_at(0), Measured::default());
        for n in 1..=100 {
            measures.note_at(7, Duration::from_millis(n * 10), n % 25 == 0);
        }
        let seen = measures.look_at(8);
        assert_eq!((seen.answers, seen.errors), (100, 4));
        assert!((900..1100).contains(&seen.latency_ms), "{seen:?}");
        // Far slower than any step, and in another second.
        measures.note_at(9, Duration::from_hours(1), true);
        assert_eq!((measures.look_at(9).answers, measures.look_at(9).errors), (101, 5));
        // What is past is past, and its place is used again.
        assert_eq!(measures.look_at(18).answers, 1);
        measures.note_at(27, Duration::from_millis(3), false);
        assert_eq!(measures.look_at(27), Measured { answers: 1, errors: 0, latency_ms: 3 });
        assert!((1..STEPS).all(|step| most(step) > most(step - 1)));
    }
}
