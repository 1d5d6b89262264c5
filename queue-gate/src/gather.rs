//! Questions that arrive together share one call of a store: while one call is on its way, the next ones gather. When the
//! oldest of them has waited too long, more are turned away at once: an answer in a moment that says when to come back is worth
//! more than a place in a queue in front of the queue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use platform::lifecycle::Lifecycle;
use tokio::{sync::mpsc, time::Instant};

/// The most questions in one call: a script of this many takes Redis some 2 ms, and nobody else is answered meanwhile.
const TOGETHER: usize = 256;
/// The most questions that wait, however young they are.
const WAITING: usize = 16_384;
/// Questions on their way to a store.
#[derive(Debug)]
pub struct Gather<Q> {
    sender: mpsc::Sender<(Instant, Q)>,
    oldest: Arc<Oldest>,
    patience: Duration,
}

/// Too many wait, or for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind;

/// When the oldest question that is not answered was asked: microseconds after `origin`; 0 when all are answered.
#[derive(Debug)]
struct Oldest {
    origin: Instant,
    asked: AtomicU64,
}

impl Oldest {
    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.origin).as_micros()).unwrap_or(u64::MAX).max(1)
    }

    /// Notes a question; an older one that waits stays the oldest.
    fn asked(&self, at: Instant) {
        _ = self.asked.compare_exchange(0, self.micros(at), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// All before the question of `at` are answered; all there are, where it is `None`.
    fn moved_to(&self, at: Option<Instant>) {
        self.asked.store(at.map_or(0, |at| self.micros(at)), Ordering::Relaxed);
    }

    fn age(&self, now: Instant) -> Duration {
        match self.asked.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            asked => Duration::from_micros(self.micros(now).saturating_sub(asked)),
        }
    }
}

impl<Q: Send + 'static> Gather<Q> {
    /// Starts the task that hands gathered questions to `send`, oldest first, one call at a time, and ends with the lifecycle.
    /// More are turned away while the oldest that is not answered was asked longer ago than `patience`.
    pub fn start<F>(
        lifecycle: &Lifecycle,
        patience: Duration,
        send: impl Fn(Vec<Q>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let (sender, mut asked) = mpsc::channel::<(Instant, Q)>(WAITING);
        let oldest = Arc::new(Oldest { origin: Instant::now(), asked: AtomicU64::new(0) });
        let (stopping, heads) = (lifecycle.stopping(), oldest.clone());
        lifecycle.spawn(async move {
            let mut together = Vec::with_capacity(TOGETHER);
            while let Some(1..) = stopping.run_until_cancelled(asked.recv_many(&mut together, TOGETHER)).await
            {
                heads.moved_to(together.first().map(|(at, _)| *at));
                send(together.drain(..).map(|(_, question)| question).collect()).await;
                if asked.is_empty() {
                    heads.moved_to(None);
                }
            }
        });
        Self { sender, oldest, patience }
    }

    /// Puts a question among those that are sent next.
    ///
    /// # Errors
    /// [`Behind`]: it will not be sent.
    pub fn ask(&self, question: Q) -> Result<(), Behind> {
        if self.is_behind() {
            return Err(Behind);
        }
        let now = Instant::now();
        // Noted before it is sent: noted after its answer, it would seem to wait for ever.
        self.oldest.asked(now);
        self.sender.try_send((now, question)).map_err(|_| Behind)
    }

    /// Whether questions wait for so long that more are turned away.
    pub fn is_behind(&self) -> bool {
        self.oldest.age(Instant::now()) > self.patience
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{Semaphore, mpsc::unbounded_channel};

    use super::*;

    /// A store that answers one call for each permit, and tells what it was asked.
    fn gather(lifecycle: &Lifecycle) -> (Gather<u32>, Arc<Semaphore>, mpsc::UnboundedReceiver<Vec<u32>>) {
        let (calls, (tell, told)) = (Arc::new(Semaphore::new(0)), unbounded_channel());
        let permits = calls.clone();
        let gather = Gather::start(lifecycle, Duration::from_millis(5), move |questions| {
            let (permits, tell) = (permits.clone(), tell.clone());
            async move {
                permits.acquire().await.unwrap().forget();
                tell.send(questions).unwrap();
            }
        });
        (gather, calls, told)
    }

    #[tokio::test]
    async fn what_is_asked_while_a_call_is_under_way_shares_the_next() {
        let (gather, calls, mut told) = gather(&Lifecycle::new(Duration::ZERO));
        gather.ask(1).unwrap();
        calls.add_permits(1);
        assert_eq!(told.recv().await.unwrap(), [1]);
        gather.ask(2).unwrap();
        gather.ask(3).unwrap();
        calls.add_permits(1);
        assert_eq!(told.recv().await.unwrap(), [2, 3]);
    }

    #[tokio::test]
    async fn who_asks_while_the_oldest_has_waited_too_long_is_turned_away_until_it_is_answered() {
        let (gather, calls, mut told) = gather(&Lifecycle::new(Duration::ZERO));
        gather.ask(1).unwrap();
        while !gather.is_behind() {
            tokio::task::yield_now().await;
        }
        assert_eq!(gather.ask(2), Err(Behind));
        calls.add_permits(1);
        assert_eq!(told.recv().await.unwrap(), [1]);
        while gather.is_behind() {
            tokio::task::yield_now().await;
        }
        gather.ask(3).unwrap();
        calls.add_permits(1);
        assert_eq!(told.recv().await.unwrap(), [3]);
    }
}
