//! Who asks a store in the same moment shares one call of it: while a call is under way, the next questions gather. Alone,
//! nobody waits for company; in a rush what a call costs is paid once for many.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Which questions go together in one call.
pub trait Company<Q>: Default {
    /// Takes the question in, unless it must wait for the next call. The first one is always taken.
    fn admits(&mut self, question: &Q) -> bool;
}

/// Questions on their way to a store.
#[derive(Debug)]
pub struct Gather<Q, A> {
    waiting: Mutex<VecDeque<(Q, oneshot::Sender<A>)>>,
    /// One call is under way at a time: two would be of half as many questions each.
    turn: tokio::sync::Mutex<()>,
}

impl<Q, A> Default for Gather<Q, A> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<Q, A> Gather<Q, A> {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Q, oneshot::Sender<A>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next that go together; those that must wait keep their order.
    fn take<C: Company<Q>>(&self) -> (Vec<Q>, Vec<oneshot::Sender<A>>) {
        let (mut company, mut waiting) = (C::default(), self.waiting());
        let (taken, left): (VecDeque<_>, VecDeque<_>) =
            waiting.drain(..).partition(|(question, _)| company.admits(question));
        *waiting = left;
        taken.into_iter().unzip()
    }

    /// Asks in company: `send` is one call for many, and answers each in order. `None` when whoever made the call was
    /// interrupted, or it had no answer for this question: it may have been asked or not.
    pub async fn ask<C: Company<Q>, F: Future<Output = Vec<A>>>(
        &self,
        question: Q,
        send: impl Fn(Vec<Q>) -> F,
    ) -> Option<A> {
        let (tell, mut told) = oneshot::channel();
        self.waiting().push_back((question, tell));
        loop {
            tokio::select! {
                biased;
                answer = &mut told => return answer.ok(),
                turn = self.turn.lock() => {
                    let (questions, tells) = self.take::<C>();
                    if questions.is_empty() {
                        // It is in another's hands already.
                        drop(turn);
                        return told.await.ok();
                    }
                    let answers = send(questions).await;
                    drop(turn);
                    for (tell, answer) in tells.into_iter().zip(answers) {
                        // Nobody listens any more: what was done is done.
                        _ = tell.send(answer);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    /// At most three, and no number twice.
    #[derive(Default)]
    struct Three(Vec<u32>);

    impl Company<u32> for Three {
        fn admits(&mut self, question: &u32) -> bool {
            let admitted = self.0.len() < 3 && !self.0.contains(question);
            self.0.extend(admitted.then_some(*question));
            admitted
        }
    }

    /// Asks each of `questions` at once; the calls that were made, each with its questions, and the answers.
    async fn calls(questions: &[u32]) -> (Vec<Vec<u32>>, Vec<Option<u32>>) {
        let gather: Gather<u32, u32> = Gather::default();
        let (made, go) = (Mutex::new(Vec::new()), Semaphore::new(0));
        let send = async |questions: Vec<u32>| {
            go.acquire().await.unwrap().forget();
            made.lock().unwrap().push(questions.clone());
            questions.into_iter().map(|question| question * 10).collect()
        };
        let ask = |question: u32| gather.ask::<Three, _>(question, &send);
        let all = futures_util::future::join_all(questions.iter().copied().map(ask));
        // The first call is under way when all have asked.
        let (answers, ()) = tokio::join!(all, async { go.add_permits(100) });
        (made.into_inner().unwrap(), answers)
    }

    #[tokio::test]
    async fn what_is_asked_while_a_call_is_under_way_shares_the_next_and_each_has_its_own_answer() {
        let (made, answers) = calls(&[1, 2, 3, 4, 2, 5, 6]).await;
        assert_eq!(made, [vec![1], vec![2, 3, 4], vec![2, 5, 6]], "who must wait keeps the order");
        assert_eq!(answers, [1, 2, 3, 4, 2, 5, 6].map(|question| Some(question * 10)));
    }

    #[tokio::test]
    async fn who_was_taken_along_by_somebody_who_goes_is_told_so_and_the_next_are_served() {
        let gather: Gather<u32, u32> = Gather::default();
        let stuck = Semaphore::new(0);
        let never = |_| async {
            stuck.acquire().await.unwrap().forget();
            Vec::new()
        };
        {
            let first = gather.ask::<Three, _>(1, never);
            tokio::pin!(first);
            assert!(futures_util::poll!(&mut first).is_pending());
        }
        // Its turn went with it.
        let answer = gather.ask::<Three, _>(2, async |questions| questions).await;
        assert_eq!(answer, Some(2));
        let silent = gather.ask::<Three, _>(3, async |_| Vec::new()).await;
        assert_eq!(silent, None, "so is who had no answer");
    }
}
