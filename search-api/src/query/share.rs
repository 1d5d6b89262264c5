//! One answer for all who ask the same at the same time or a moment later, and the last one where there is no other.

use std::{future::Future, sync::Arc, time::Duration};

use moka::future::Cache;
use tokio::time::Instant;

/// The most answers that are kept for a moment.
const MOST_FRESH: u64 = 10_000;
/// The most answers that are kept for when nothing else can answer.
const MOST_LAST: u64 = 2_000;

/// An answer, and what is to be said about it.
#[derive(Debug)]
pub struct Kept<T> {
    /// The answer.
    pub answer: T,
    /// The engine that gave it.
    pub engine: &'static str,
    /// Whether a part was away.
    pub degraded: bool,
    /// The moment at which it was true.
    pub true_at: Instant,
}

/// An answer for one who asks.
#[derive(Debug)]
pub struct Shared<T> {
    /// The answer.
    pub kept: Arc<Kept<T>>,
    /// Whether it is the last one, for want of another.
    pub stale: bool,
}

impl<T> Shared<T> {
    /// Whether it may be older or coarser than usual.
    pub fn is_degraded(&self) -> bool {
        self.stale || self.kept.degraded
    }

    /// How long ago it was true.
    pub fn age(&self) -> Duration {
        self.kept.true_at.elapsed()
    }
}

/// The answers of late, by what was asked.
#[derive(Clone, Debug)]
pub struct Share<T: Send + Sync + 'static> {
    fresh: Cache<String, Arc<Kept<T>>>,
    last: Cache<String, Arc<Kept<T>>>,
}

impl<T: Send + Sync + 'static> Share<T> {
    /// Keeps answers for `moment`, and for `broken` where nothing else can answer.
    pub fn new(moment: Duration, broken: Duration) -> Self {
        let cache = |most, time| Cache::builder().max_capacity(most).time_to_live(time).build();
        Self { fresh: cache(MOST_FRESH, moment), last: cache(MOST_LAST, broken) }
    }

    /// The answer to `key`: the one of a moment ago, or that of `work`, which is done once for all who wait for it; a
    /// failure is shared only by those. Where `work` fails and it is no `mistake` of who asks, the last answer.
    ///
    /// # Errors
    /// That of `work`, where there is no last answer.
    pub async fn get<E: Send + Sync + 'static>(
        &self,
        key: String,
        work: impl Future<Output = Result<Kept<T>, E>>,
        mistake: impl Fn(&E) -> bool,
    ) -> Result<Shared<T>, Arc<E>> {
        let doing = async {
            let kept = Arc::new(work.await?);
            self.last.insert(key.clone(), kept.clone()).await;
            Ok(kept)
        };
        match self.fresh.try_get_with_by_ref(&key, doing).await {
            Ok(kept) => Ok(Shared { kept, stale: false }),
            Err(error) if mistake(&error) => Err(error),
            Err(error) => match self.last.get(&key).await {
                Some(kept) => Ok(Shared { kept, stale: true }),
                None => Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    fn share() -> Share<u32> {
        Share::new(Duration::from_millis(200), Duration::from_mins(1))
    }

    fn kept(answer: u32) -> Kept<u32> {
        Kept { answer, engine: "none", degraded: false, true_at: Instant::now() }
    }

    const MISTAKE: &str = "mistake";

    async fn ask(share: &Share<u32>, result: Result<u32, &'static str>) -> Result<(u32, bool), &'static str> {
        let work = async move { result.map(kept) };
        let answer = share.get("key".to_owned(), work, |error: &&str| *error == MISTAKE).await;
        answer.map(|shared| (shared.kept.answer, shared.stale)).map_err(|error| *error)
    }

    #[tokio::test]
    async fn those_who_ask_the_same_at_once_are_answered_by_one_question() {
        let (share, asked, go) = (share(), AtomicU32::new(0), Semaphore::new(0));
        let one = || {
            share.get(
                "key".to_owned(),
                async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    drop(go.acquire().await);
                    Ok::<_, &str>(kept(7))
                },
                |_| false,
            )
        };
        let release = async {
            // All three wait by now, for the futures before this one were polled; it is enough for three questions.
            go.add_permits(3);
        };
        let (first, second, third, ()) = tokio::join!(one(), one(), one(), release);
        for answer in [first, second, third] {
            assert_eq!(answer.unwrap().kept.answer, 7);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(ask(&share, Ok(8)).await, Ok((7, false)), "and so are those who ask a moment later");
    }

    #[tokio::test]
    async fn the_last_answer_stands_in_for_none_but_not_for_a_mistake() {
        // No moment at all: each question is a new one.
        let share: Share<u32> = Share::new(Duration::ZERO, Duration::from_mins(1));
        assert_eq!(ask(&share, Err("away")).await, Err("away"));
        assert_eq!(ask(&share, Ok(1)).await, Ok((1, false)));
        assert_eq!(ask(&share, Err("away")).await, Ok((1, true)));
        assert_eq!(ask(&share, Err(MISTAKE)).await, Err(MISTAKE));
        assert_eq!(ask(&share, Ok(2)).await, Ok((2, false)));
        assert_eq!(ask(&share, Err("away")).await, Ok((2, true)));
    }
}
