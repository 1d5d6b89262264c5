//! The life of a message: due → taken (leased) → delivered, or due again later, or set aside.

pub mod attempt;
pub mod give_up;
pub mod run;
pub mod store;
pub mod take;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::MessageId;

use crate::config::RulesConfig;

/// One message, leased to this process.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message; the mail's `Message-ID` follows from it.
    pub id: MessageId,
    /// What to say: a [`contracts::message::Message`] if all is well.
    pub body: serde_json::Value,
    /// When what it tells was committed.
    pub created_at: DateTime<Utc>,
    /// Which attempt this is, from 1. Also the fence: what a taker writes back counts only while nobody took it after.
    pub attempt: u32,
}

/// How patient the delivery is.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The most messages that one take leases.
    pub batch: u16,
    /// How long one attempt may take.
    pub attempt_lasts: Duration,
    /// How long a taken message is left to its taker.
    pub lease: TimeDelta,
    /// After how many attempts it is set aside.
    pub attempts: u32,
}

/// The rules contradict one another.
#[derive(Debug, thiserror::Error)]
#[error(
    "the lease must be longer than an attempt and shorter than a day, or two copies would send the same mail"
)]
pub struct BadRules;

impl TryFrom<&RulesConfig> for Rules {
    type Error = BadRules;

    fn try_from(config: &RulesConfig) -> Result<Self, BadRules> {
        let lease = TimeDelta::from_std(config.lease).map_err(|_| BadRules)?;
        if config.lease <= config.attempt_lasts || lease > TimeDelta::days(1) {
            return Err(BadRules);
        }
        Ok(Self {
            batch: config.batch.get(),
            attempt_lasts: config.attempt_lasts,
            lease,
            attempts: config.attempts.get(),
        })
    }
}

/// The longest pause between two attempts.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// The pause after attempt number `attempt` (from 1) failed: 1 s, 2 s, 4 s … up to [`LONGEST_PAUSE`], of which `chance`
/// (0 to 1) takes away up to a half, so that messages that failed together do not all come back together.
pub fn pause_after(attempt: u32, chance: f64) -> TimeDelta {
    let doublings = attempt.saturating_sub(1).min(12);
    let whole = TimeDelta::seconds(1_i64 << doublings).min(LONGEST_PAUSE);
    let half = whole / 2;
    let part = half.to_std().unwrap_or_default().mul_f64(1.0 - chance.clamp(0.0, 1.0));
    half + TimeDelta::from_std(part).unwrap_or(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_an_hour_and_jitter_takes_at_most_half() {
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (11, 1024), (13, 3600), (u32::MAX, 3600)] {
            assert_eq!(pause_after(attempt, 0.0), TimeDelta::seconds(seconds), "attempt {attempt}");
            assert_eq!(pause_after(attempt, 1.0), TimeDelta::seconds(seconds) / 2, "attempt {attempt}");
        }
        assert_eq!(pause_after(2, 0.5), TimeDelta::milliseconds(1500));
    }

    #[test]
    fn the_default_number_of_attempts_lasts_about_a_day() {
        let whole: TimeDelta = (1..36).map(|attempt| pause_after(attempt, 0.5)).sum();
        assert!((TimeDelta::hours(16)..TimeDelta::hours(26)).contains(&whole), "{whole}");
    }

    #[test]
    fn a_lease_no_longer_than_an_attempt_is_refused() {
        let config = RulesConfig {
            batch: 1.try_into().unwrap(),
            attempt_lasts: Duration::from_secs(20),
            lease: Duration::from_secs(20),
            attempts: 1.try_into().unwrap(),
        };
        assert!(Rules::try_from(&config).is_err());
        assert!(Rules::try_from(&RulesConfig { lease: Duration::from_secs(21), ..config }).is_ok());
    }
}
