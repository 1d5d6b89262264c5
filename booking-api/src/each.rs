//! What this copy of the service has for each event while somebody needs it: whose turn it is, who waits.

use std::{sync::Arc, time::Duration};

use contracts::id::EventId;
use moka::future::Cache;

/// Of how many events it is kept.
const EVENTS: u64 = 10_000;
/// How long it is kept that nobody asks for. One that is forgotten too early costs a look at the database, or the company of
/// others in it: never more.
const IDLE: Duration = Duration::from_mins(1);

/// One `T` for each event, made when it is first asked for.
#[derive(Debug)]
pub struct Each<T: Send + Sync + 'static>(Cache<EventId, Arc<T>>);

impl<T: Default + Send + Sync + 'static> Each<T> {
    /// That of `event`.
    pub async fn of(&self, event: EventId) -> Arc<T> {
        self.0.get_with(event, async { Arc::default() }).await
    }
}

impl<T: Send + Sync + 'static> Default for Each<T> {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(EVENTS).time_to_idle(IDLE).build())
    }
}
