//! How many requests may be with one service at a time. One too many is turned away at once, rather than put in a
//! queue that makes all of them late.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A share of a service's capacity; given back when dropped.
#[derive(Debug)]
pub struct Share {
    _permit: OwnedSemaphorePermit,
}

/// The shares of one service.
#[derive(Clone, Debug)]
pub struct Capacity(Arc<Semaphore>);

impl Capacity {
    /// Room for `most` at a time.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }

    /// A share, or `None` when all are taken.
    pub fn take(&self) -> Option<Share> {
        let permit = self.0.clone().try_acquire_owned().ok()?;
        Some(Share { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_turned_away_until_one_has_left() {
        let capacity = Capacity::new(1);
        let first = capacity.take();
        assert!(first.is_some());
        assert!(capacity.take().is_none());
        drop(first);
        assert!(capacity.take().is_some());
    }
}
