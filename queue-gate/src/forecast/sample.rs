//! Forecasts that were given, kept until the fan is called, and what became of them. Pure.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{frame::Wait, place::PlaceNumber};
use serde::Serialize;

/// The most forecasts of a room that one gate keeps, those that were scored included.
pub const KEPT: usize = 2000;

/// A forecast that somebody at this place was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// To whom.
    pub place: PlaceNumber,
    /// When.
    pub at: DateTime<Utc>,
    /// For how long the line had not called by then, ever.
    pub stopped: TimeDelta,
    /// What was forecast.
    pub wait: Wait,
}

/// How forecasts turned out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Called sooner than forecast.
    pub below: u64,
    /// Called within the interval.
    pub inside: u64,
    /// Called later.
    pub above: u64,
}

/// An even sample of all forecasts of a room: each that was ever given is in it with the same chance (reservoir
/// sampling, Vitter's algorithm R).
#[derive(Clone, Debug, Default)]
pub struct Samples {
    offered: u64,
    kept: Vec<Kept>,
    /// Where the samples of a place are that was not called yet.
    waiting: HashMap<PlaceNumber, Vec<usize>>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    given: Given,
    outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Below,
    Inside,
    Above,
}

impl Samples {
    /// Takes `given` in, or not, by `chance`, which says of a number of possibilities which one it is.
    pub fn offer(&mut self, given: Given, chance: impl FnOnce(u64) -> u64) {
        self.offered += 1;
        let index = if self.kept.len() < KEPT {
            self.kept.push(Kept { given, outcome: None });
            self.kept.len() - 1
        } else {
            let drawn = usize::try_from(chance(self.offered)).unwrap_or(usize::MAX);
            let Some(kept) = self.kept.get_mut(drawn) else { return };
            let replaced = std::mem::replace(kept, Kept { given, outcome: None });
            self.forget(replaced.given.place, drawn);
            drawn
        };
        self.waiting.entry(given.place).or_default().push(index);
    }

    /// Scores what `place` was told, which was called at `at`, when the line had not called for `stopped` in all. Time in
    /// which it did not call counts for nothing: the forecast was one of open time.
    pub fn called(&mut self, place: PlaceNumber, at: DateTime<Utc>, stopped: TimeDelta) {
        for index in self.waiting.remove(&place).unwrap_or_default() {
            let Some(kept) = self.kept.get_mut(index) else { continue };
            let waited = (at - kept.given.at) - (stopped - kept.given.stopped);
            // The ends are whole seconds, and a call comes with a tick.
            let (from, to) = (
                TimeDelta::seconds(kept.given.wait.from.into()),
                TimeDelta::seconds(kept.given.wait.to.into()),
            );
            kept.outcome = Some(match () {
                () if waited < from => Outcome::Below,
                () if waited > to => Outcome::Above,
                () => Outcome::Inside,
            });
        }
    }

    /// How those turned out that were called.
    pub fn score(&self) -> Score {
        let count = |outcome| {
            let held = self.kept.iter().filter(|kept| kept.outcome == Some(outcome)).count();
            u64::try_from(held).unwrap_or(u64::MAX)
        };
        Score { below: count(Outcome::Below), inside: count(Outcome::Inside), above: count(Outcome::Above) }
    }

    fn forget(&mut self, place: PlaceNumber, index: usize) {
        if let Some(indices) = self.waiting.get_mut(&place) {
            indices.retain(|known| *known != index);
            if indices.is_empty() {
                self.waiting.remove(&place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn given(place: u64, from: u32, to: u32) -> Given {
        let place = PlaceNumber::from_raw(place);
        Given { place, at: start(), stopped: TimeDelta::zero(), wait: Wait { from, to } }
    }

    fn called_after(samples: &mut Samples, place: u64, seconds: i64, stopped: i64) {
        let at = start() + TimeDelta::seconds(seconds);
        samples.called(PlaceNumber::from_raw(place), at, TimeDelta::seconds(stopped));
    }

    #[test]
    fn a_forecast_is_scored_by_when_the_fan_is_called() {
        let mut samples = Samples::default();
        for place in 1..=4 {
            samples.offer(given(place, 10, 20), |_| 0);
        }
        called_after(&mut samples, 1, 9, 0);
        called_after(&mut samples, 2, 20, 0);
        called_after(&mut samples, 3, 21, 0);
        assert_eq!(samples.score(), Score { below: 1, inside: 1, above: 1 });
        // Called again after a missed turn: the first call was the one that was forecast.
        called_after(&mut samples, 2, 500, 0);
        assert_eq!(samples.score().inside, 1);
        // A pause of a minute is not the forecast's fault.
        called_after(&mut samples, 4, 75, 60);
        assert_eq!(samples.score(), Score { below: 1, inside: 2, above: 1 });
    }

    proptest! {
        #[test]
        fn the_sample_is_bounded_and_no_score_is_invented(
            places in prop::collection::vec((1_u64..500, any::<u64>()), 0..6000), called in prop::collection::vec(1_u64..500, 0..200),
        ) {
            let mut samples = Samples::default();
            for (place, chance) in &places {
                samples.offer(given(*place, 10, 20), |of| chance % of);
            }
            for place in &called {
                called_after(&mut samples, *place, 15, 0);
            }
            let Score { below, inside, above } = samples.score();
            prop_assert!(samples.kept.len() <= KEPT);
            prop_assert_eq!((below, above), (0, 0));
            let of_called = samples.kept.iter().filter(|kept| called.contains(&kept.given.place.raw())).count();
            prop_assert_eq!(inside, u64::try_from(of_called).unwrap());
        }
    }
}
