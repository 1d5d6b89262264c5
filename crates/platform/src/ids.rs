//! Chance as a value: one root seed a process, and a stream of its own for each use.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, PoisonError},
};

use rand::{Rng, RngExt, SeedableRng, TryRng, rngs::StdRng, rngs::SysRng};
use uuid::Uuid;

use crate::clock::SharedClock;

/// Makes ids (UUID version 7: the clock's milliseconds, then chance) and gives out streams of chance.
/// Never for secrets: those come from [`secret`].
#[derive(Clone)]
pub struct Ids {
    clock: SharedClock,
    rng: Arc<Mutex<StdRng>>,
}

impl Ids {
    /// Ids from `seed`; the same seed and clock give the same ids.
    pub fn new(seed: u64, clock: SharedClock) -> Self {
        Self { clock, rng: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    /// The next id.
    pub fn next<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        let mut chance = [0; 10];
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut chance);
        uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid().into()
    }

    /// A stream of chance of its own, for jitter or a choice among equals.
    pub fn stream(&self) -> StdRng {
        StdRng::seed_from_u64(self.rng.lock().unwrap_or_else(PoisonError::into_inner).random())
    }
}

/// Bytes that nobody can guess, from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give; nothing safe can be done then.
pub fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives randomness");
    bytes
}

thread_local! {
    static UNIQUE: RefCell<StdRng> = RefCell::new(StdRng::from_seed(secret()));
}

/// Bytes for the name of something that passes and is no secret: they repeat nowhere, and cost no call of the operating system.
pub fn unique<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UNIQUE.with_borrow_mut(|chance| chance.fill_bytes(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::clock::FakeClock;

    #[test]
    fn ids_repeat_with_their_seed_and_sort_by_age() {
        let clock = FakeClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (one, two) = (Ids::new(1, clock.clone()), Ids::new(1, clock.clone()));
        let older: Uuid = one.next();
        assert_eq!(older, two.next::<Uuid>());
        clock.advance(TimeDelta::milliseconds(1));
        assert!(older < one.next::<Uuid>());
    }
}
