//! A service that does not answer is left alone for a moment, and then asked by one request before all others follow. So fans
//! hear at once that they shall come again, instead of waiting each for as long as a service may take, and a service that
//! comes up is not met by all of them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// After so many requests in a row that were not answered a service is left alone.
const TRIES: u32 = 5;
/// For how long, at first. Twice as long each time that a trial fails, up to the longest.
const REST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(8);

/// What is known of one service.
#[derive(Clone, Debug, Default)]
pub struct Breaker(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// How many in a row were not answered.
    failures: u32,
    /// Until when the service is left alone, and for how long that is.
    rest: Option<(Instant, Duration)>,
    /// Whether a request is there to find out.
    is_tried: bool,
}

/// Leave to ask the service once. What became of it is told by [`Leave::answered`] or [`Leave::failed`]; a request that its
/// client gave up says nothing.
#[derive(Debug)]
pub struct Leave {
    of: Breaker,
    is_trial: bool,
}

impl Breaker {
    /// Leave to ask at `now`.
    ///
    /// # Errors
    /// For how long the service is left alone.
    pub fn ask(&self, now: Instant) -> Result<Leave, Duration> {
        let mut state = self.state();
        let Some((until, rest)) = state.rest else { return Ok(Leave { of: self.clone(), is_trial: false }) };
        if now < until {
            return Err(until - now);
        }
        if state.is_tried {
            return Err(rest);
        }
        state.is_tried = true;
        Ok(Leave { of: self.clone(), is_trial: true })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave {
    /// The service answered, whatever it said.
    pub fn answered(self) {
        *self.of.state() = State::default();
    }

    /// It did not, by `now`.
    pub fn failed(self, now: Instant) {
        let mut state = self.of.state();
        if self.is_trial {
            let rest = state.rest.map_or(REST, |(_, rest)| (rest * 2).min(LONGEST));
            state.rest = Some((now + rest, rest));
        } else if state.rest.is_none() {
            state.failures += 1;
            if state.failures >= TRIES {
                state.rest = Some((now + REST, REST));
            }
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if self.is_trial {
            self.of.state().is_tried = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that has not answered `TRIES` times by `now`.
    fn broken(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..TRIES {
            breaker.ask(now).unwrap().failed(now);
        }
        breaker
    }

    #[tokio::test]
    async fn a_service_is_left_alone_after_some_failures_in_a_row_and_no_sooner() {
        let now = Instant::now();
        let breaker = Breaker::default();
        for _ in 0..3 {
            for _ in 1..TRIES {
                breaker.ask(now).unwrap().failed(now);
            }
            breaker.ask(now).unwrap().answered();
        }
        assert!(breaker.ask(now).is_ok());
        assert_eq!(broken(now).ask(now).unwrap_err(), REST);
    }

    #[tokio::test]
    async fn one_request_finds_out_and_the_rest_grows_while_it_fails() {
        let mut now = Instant::now();
        let breaker = broken(now);
        for rest in [1, 2, 4, 8, 8].map(Duration::from_secs) {
            assert_eq!(breaker.ask(now).unwrap_err(), rest);
            now += rest;
            let trial = breaker.ask(now).unwrap();
            assert_eq!(breaker.ask(now).unwrap_err(), rest, "one tries, the others wait");
            trial.failed(now);
        }
        now += LONGEST;
        drop(breaker.ask(now).unwrap());
        breaker.ask(now).expect("the client of the trial went away").answered();
        assert!(breaker.ask(now).is_ok() && breaker.ask(now).is_ok());
    }

    #[tokio::test]
    async fn failures_of_requests_that_were_under_way_make_the_rest_no_longer() {
        let now = Instant::now();
        let breaker = Breaker::default();
        let under_way: Vec<_> = (0..100).map(|_| breaker.ask(now).unwrap()).collect();
        for leave in under_way {
            leave.failed(now);
        }
        assert_eq!(breaker.ask(now).unwrap_err(), REST);
        assert!(breaker.ask(now + REST).is_ok());
    }
}
