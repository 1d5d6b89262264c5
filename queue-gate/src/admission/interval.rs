//! How far apart a room's batches are.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Recent;

/// The most calls that one batch of an interval may be worth: it is one transaction and one script.
const BATCH_MAX: u32 = 5000;

/// Whole seconds from 1 to 60. The minute is cut into intervals, the last one shorter where they do not fit, and each has one
/// batch: so every length lets the whole rate through, which a mere distance between batches would not (at 40 s it would
/// leave one batch a minute, worth two thirds of the rate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Interval(u8);

impl Default for Interval {
    fn default() -> Self {
        Self(1)
    }
}

/// A number of seconds that is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an interval has 1 to 60 seconds")]
pub struct NoInterval;

impl TryFrom<u8> for Interval {
    type Error = NoInterval;

    fn try_from(seconds: u8) -> Result<Self, NoInterval> {
        if (1..=60).contains(&seconds) { Ok(Self(seconds)) } else { Err(NoInterval) }
    }
}

impl From<Interval> for u8 {
    fn from(interval: Interval) -> Self {
        interval.0
    }
}

impl Interval {
    /// The interval of this span; `None` where it is none.
    pub fn of(span: TimeDelta) -> Option<Self> {
        u8::try_from(span.num_seconds()).ok().and_then(|seconds| seconds.try_into().ok())
    }

    /// Its length.
    pub fn span(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }

    /// The longest interval in seconds that `admit_per_minute` allows, where this one is longer. One second always may.
    pub fn most_at(self, admit_per_minute: u32) -> Option<u32> {
        let most = (60 * BATCH_MAX / admit_per_minute.max(1)).max(1);
        (u32::from(self.0) > most).then_some(most)
    }

    /// Whether the interval in which `now` lies has had its batch. One that is no longer than a tick needs no telling.
    pub(super) fn has_batch(self, tick: TimeDelta, recent: &[Recent], now: DateTime<Utc>) -> bool {
        self.span() > tick && recent.iter().any(|batch| self.cell(batch.granted) == self.cell(now))
    }

    /// Which interval of which minute.
    fn cell(self, at: DateTime<Utc>) -> (i64, i64) {
        let seconds = at.timestamp();
        (seconds.div_euclid(60), seconds.rem_euclid(60) / i64::from(self.0))
    }
}
