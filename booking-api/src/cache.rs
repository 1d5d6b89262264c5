//! What many look at and few change: worked out once for all who ask in the same moment, and kept for when the stores
//! are away (promise S2).

use std::{future::Future, sync::Arc, time::Duration};

use contracts::id::EventId;
use metrics::counter;
use moka::future::Cache as Moka;
use platform::{postgres::StoreError, telemetry::Chain};

use crate::metrics::STALE_TOTAL;

/// How long the last good answer is kept for bad times.
const KEPT: Duration = Duration::from_hours(6);

/// One thing about each event, fresh for a moment.
#[derive(Debug)]
pub struct Cache<V: Clone + Send + Sync + 'static> {
    fresh: Moka<EventId, Seen<V>>,
    last: Moka<EventId, V>,
}

/// An answer, and whether it is an old one because the stores are away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<V> {
    /// The answer.
    pub value: V,
    /// Whether it may be wrong by now.
    pub stale: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Missing {
    /// There is no such event.
    #[error("there is no such event")]
    Unknown,
    /// The stores are away, and nobody asked before.
    #[error("looking failed")]
    Store(#[source] Arc<StoreError>),
}

impl From<StoreError> for Missing {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl<V: Clone + Send + Sync + 'static> Cache<V> {
    /// Answers are fresh for `fresh`; those of the `most` events asked for most are kept.
    pub fn new(fresh: Duration, most: u64) -> Self {
        Self {
            fresh: Moka::builder().time_to_live(fresh).max_capacity(most).build(),
            last: Moka::builder().time_to_live(KEPT).max_capacity(most).build(),
        }
    }

    /// The answer about `event`: the one in hand while it is fresh; else from `load`, which runs once however many ask;
    /// else, when that fails, the last one. A failure counts as long as an answer, so that not everybody waits for it.
    ///
    /// # Errors
    /// [`Missing`].
    pub async fn get(
        &self,
        event: EventId,
        load: impl Future<Output = Result<V, Missing>> + Send,
    ) -> Result<Seen<V>, Missing> {
        self.fresh
            .try_get_with(event, self.look(event, load))
            .await
            .map_err(|missing| Missing::clone(&missing))
    }

    /// The last good answer, however old.
    pub async fn last(&self, event: EventId) -> Option<V> {
        self.last.get(&event).await
    }

    /// Has the next who asks look again.
    pub async fn forget(&self, event: EventId) {
        self.fresh.invalidate(&event).await;
    }

    async fn look(
        &self,
        event: EventId,
        load: impl Future<Output = Result<V, Missing>> + Send,
    ) -> Result<Seen<V>, Missing> {
        match load.await {
            Ok(value) => {
                self.last.insert(event, value.clone()).await;
                Ok(Seen { value, stale: false })
            }
            Err(Missing::Unknown) => {
                self.last.invalidate(&event).await;
                Err(Missing::Unknown)
            }
            Err(Missing::Store(error)) => {
                let value = self.last(event).await;
                let Some(value) = value else { return Err(Missing::Store(error)) };
                counter!(STALE_TOTAL).increment(1);
                tracing::warn!(error = %Chain(&*error), event.id = %event, "an old answer was given");
                Ok(Seen { value, stale: true })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use uuid::Uuid;

    use super::*;

    fn away() -> Missing {
        StoreError::Unexpected("the store is away".to_owned()).into()
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cause_one_look() {
        let (cache, looks) = (Cache::new(Duration::from_mins(1), 10), AtomicU32::new(0));
        let event = EventId::from(Uuid::from_u128(1));
        let ask = || {
            cache.get(event, async {
                looks.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(7)
            })
        };
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert_eq!([a.unwrap().value, b.unwrap().value, c.unwrap().value], [7, 7, 7]);
        assert_eq!(looks.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_last_answer_is_given_while_the_stores_are_away() {
        let cache = Cache::new(Duration::from_mins(1), 10);
        let event = EventId::from(Uuid::from_u128(1));
        let nothing = cache.get(event, async { Err(away()) }).await.unwrap_err();
        assert!(matches!(nothing, Missing::Store(_)));
        assert_eq!(cache.get(event, async { Ok(7) }).await.unwrap(), Seen { value: 7, stale: false });
        cache.forget(event).await;
        assert_eq!(cache.get(event, async { Err(away()) }).await.unwrap(), Seen { value: 7, stale: true });
        cache.forget(event).await;
        let gone = cache.get(event, async { Err(Missing::Unknown) }).await.unwrap_err();
        assert!(matches!(gone, Missing::Unknown));
        cache.forget(event).await;
        assert!(cache.get(event, async { Err(away()) }).await.is_err(), "what is gone does not come back");
    }
}
