//! The gate's clock: PostgreSQL's, carried on between two looks by a clock of the machine that nobody can set. So a gate
//! whose own clock is wrong, or jumps, gives and takes the same tokens as all others.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use platform::clock::{Clock, SharedClock};
use tokio::time::Instant;

/// Shows the database's time; before the first look, the machine's.
pub struct StoreClock {
    machine: SharedClock,
    seen: RwLock<Option<(DateTime<Utc>, Instant)>>,
}

impl StoreClock {
    /// A clock that has not seen the database's yet.
    pub fn new(machine: SharedClock) -> Arc<Self> {
        Arc::new(Self { machine, seen: RwLock::default() })
    }

    /// Goes by what the database showed: `now`, for a question that was asked at `asked` and is answered at this moment.
    pub fn follow(&self, now: DateTime<Utc>, asked: Instant) {
        // Halfway between question and answer.
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Some((now, asked + asked.elapsed() / 2));
    }
}

impl Clock for StoreClock {
    fn now(&self) -> DateTime<Utc> {
        let seen = *self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let carried = seen.map(|(now, at)| now + TimeDelta::from_std(at.elapsed()).unwrap_or_default());
        carried.map_or_else(|| self.machine.now(), |now| now.trunc_subsecs(6))
    }
}
