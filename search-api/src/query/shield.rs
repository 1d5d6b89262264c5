//! How many questions are put to the engines at once. Whoever comes beyond that is told so at once: an answer that
//! comes too late helps nobody, and makes the others late too.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics;

/// The shield.
#[derive(Clone, Debug)]
pub struct Shield(Arc<Semaphore>);

/// Too much is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many questions are being asked")]
pub struct Overloaded;

impl Shield {
    /// Lets `most` through at once.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }

    /// A place for one question, given back when it is dropped.
    ///
    /// # Errors
    /// [`Overloaded`]: try again later.
    pub fn enter(&self) -> Result<OwnedSemaphorePermit, Overloaded> {
        self.0.clone().try_acquire_owned().map_err(|_| {
            metrics::shed();
            Overloaded
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_enter_than_there_are_places() {
        let shield = Shield::new(2);
        let (first, second) = (shield.enter(), shield.enter());
        assert!(first.is_ok() && second.is_ok());
        assert!(shield.enter().is_err());
        drop(first);
        assert!(shield.enter().is_ok(), "a place is given back");
    }
}
