//! The nodes of Elasticsearch, and which of them to ask: in turn, not those that failed a moment ago, and a second one
//! where the first is slow. Reads only, which may be repeated on any node.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream::FuturesUnordered};
use platform::telemetry::Chain;
use tokio::time::Instant;

use super::pace::Pace;
use crate::{
    index::{Index, IndexError},
    metrics,
};

/// How many times one question is asked in all.
const MOST_ATTEMPTS: usize = 3;
/// What failing counts, and what being passed over by another node does.
const FAILED: u32 = 2;
const PASSED_OVER: u32 = 1;
/// From so much on, in a row, a node is left alone for a while.
const ENOUGH: u32 = 3;
/// How long at first; twice as long each time.
const FIRST_REST: Duration = Duration::from_millis(500);
/// No rest is longer.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// How a node did of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Health {
    /// What it failed at, in a row.
    failed: u32,
    /// How often it was left alone, in a row.
    rests: u32,
    /// Until when it is left alone.
    until: Option<Instant>,
}

impl Health {
    /// Whether to ask it. After a rest one question tries; the others leave it alone until that one is answered, or is
    /// late.
    fn is_worth_asking(&mut self, now: Instant, attempt: Duration) -> bool {
        match self.until {
            None => true,
            Some(until) if until <= now => {
                self.until = Some(now + attempt);
                true
            }
            Some(_) => false,
        }
    }

    fn worked(&mut self) {
        *self = Self::default();
    }

    /// Whether it is left alone from now on.
    fn did_not(&mut self, weight: u32, now: Instant) -> bool {
        self.failed += weight;
        let rests = self.failed >= ENOUGH || self.until.is_some();
        if rests {
            let rest = FIRST_REST * 2_u32.saturating_pow(self.rests.min(10));
            self.rests += 1;
            self.until = Some(now + rest.min(LONGEST_REST));
        }
        rests
    }
}

struct Node {
    index: Index,
    health: Mutex<Health>,
}

impl Node {
    fn health<T>(&self, change: impl FnOnce(&mut Health) -> T) -> T {
        change(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The nodes.
pub struct Nodes {
    all: Vec<Node>,
    next: AtomicUsize,
    pace: Mutex<Pace>,
    /// How long one attempt may take.
    attempt: Duration,
}

impl std::fmt::Debug for Nodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nodes").field("nodes", &self.all.len()).finish_non_exhaustive()
    }
}

/// Why no node answered.
#[derive(Debug, thiserror::Error)]
pub enum NodesError {
    /// All of them failed a moment ago and are left alone.
    #[error("every node of Elasticsearch failed a moment ago")]
    Resting,
    /// Those that were asked failed.
    #[error("Elasticsearch cannot be asked")]
    Index(#[from] IndexError),
    /// No time is left to ask.
    #[error("no time was left to ask Elasticsearch")]
    Late,
}

impl Nodes {
    /// Nodes of one Elasticsearch, by one index of each. There must be one.
    pub fn new(indices: Vec<Index>, attempt: Duration) -> Self {
        let node = |index| Node { index, health: Mutex::default() };
        let all = indices.into_iter().map(node).collect();
        Self { all, next: AtomicUsize::default(), pace: Mutex::default(), attempt }
    }

    /// How long an attempt may take that begins now.
    pub fn attempt(&self, until: Instant) -> Duration {
        self.attempt.min(until.saturating_duration_since(Instant::now()))
    }

    /// Asks a query of those events that are not deleted. The first answer counts. With `anyway` nodes are asked even
    /// where all of them failed a moment ago: nobody else can answer.
    ///
    /// # Errors
    /// [`NodesError`].
    pub async fn search(&self, body: &Bytes, until: Instant, anyway: bool) -> Result<Bytes, NodesError> {
        let mut waiting = self.order(anyway, Instant::now()).into_iter();
        let mut asked = FuturesUnordered::new();
        let mut first = None;
        let mut failure = None;
        let patience = {
            let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            tokio::time::sleep(pace.patience(self.attempt))
        };
        tokio::pin!(patience);
        let mut hedged = false;
        loop {
            if asked.is_empty() {
                let attempt = self.attempt(until);
                let Some(node) = waiting.next().filter(|_| !attempt.is_zero()) else {
                    return Err(failure.map_or(
                        if attempt.is_zero() { NodesError::Late } else { NodesError::Resting },
                        NodesError::Index,
                    ));
                };
                first.get_or_insert(node);
                asked.push(self.ask(node, body, attempt));
            }
            tokio::select! {
                biased;
                Some((node, answer)) = asked.next() => match answer {
                    Ok(answer) => {
                        if let Some(slow) = first.filter(|first| hedged && *first != node) {
                            self.passed_over(slow);
                        }
                        return Ok(answer);
                    }
                    // It is there and says no: the others would say the same.
                    Err(error @ (IndexError::Missing | IndexError::Refused { .. })) => return Err(error.into()),
                    Err(error) => {
                        tracing::debug!(error = %Chain(&error), node, "another node of Elasticsearch is asked");
                        failure = Some(error);
                    }
                },
                () = &mut patience, if !hedged && self.all.len() > 1 => {
                    hedged = true;
                    let attempt = self.attempt(until);
                    if let Some(node) = waiting.next().filter(|_| !attempt.is_zero()) {
                        metrics::hedged();
                        asked.push(self.ask(node, body, attempt));
                    }
                }
            }
        }
    }

    /// Asks one node and notes how it did.
    async fn ask(&self, at: usize, body: &Bytes, attempt: Duration) -> (usize, Result<Bytes, IndexError>) {
        let node = &self.all[at];
        let began = Instant::now();
        let answer = node.index.search(body, attempt).await;
        match &answer {
            Err(IndexError::Away(_) | IndexError::Busy(_)) => self.note(at, FAILED, Instant::now()),
            Ok(_) | Err(IndexError::Missing | IndexError::Refused { .. }) => {
                node.health(Health::worked);
                self.pace.lock().unwrap_or_else(PoisonError::into_inner).add(began.elapsed());
            }
        }
        (at, answer)
    }

    /// Another node answered first, though it was asked later.
    fn passed_over(&self, at: usize) {
        self.note(at, PASSED_OVER, Instant::now());
    }

    fn note(&self, at: usize, weight: u32, now: Instant) {
        if self.all[at].health(|health| health.did_not(weight, now)) {
            tracing::warn!(node = at, "a node of Elasticsearch is left alone for a while");
            metrics::node_rests();
        }
    }

    /// Which nodes to ask, in which order: those worth asking in turn; a single one twice, for a connection that was
    /// closed meanwhile fails once.
    fn order(&self, anyway: bool, now: Instant) -> Vec<usize> {
        let count = self.all.len();
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let turn = (0..count).map(|step| start.wrapping_add(step) % count);
        let worth = |at: &usize| self.all[*at].health(|health| health.is_worth_asking(now, self.attempt));
        let mut order: Vec<usize> = turn.clone().filter(worth).take(MOST_ATTEMPTS).collect();
        if order.is_empty() && anyway {
            order = turn.take(MOST_ATTEMPTS).collect();
        }
        if let [only] = order[..] {
            order.push(only);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: Duration = Duration::from_millis(300);

    fn nodes(count: u16) -> Nodes {
        let index = |port| Index::new(&format!("http://127.0.0.1:{port}").parse().unwrap(), "none").unwrap();
        Nodes::new((1..=count).map(index).collect(), ATTEMPT)
    }

    #[test]
    fn nodes_are_asked_in_turn() {
        let (nodes, now) = (nodes(3), Instant::now());
        assert_eq!((nodes.order(false, now), nodes.order(false, now)), (vec![0, 1, 2], vec![1, 2, 0]));
        assert_eq!(super::tests::nodes(1).order(false, now), [0, 0], "a single one twice");
    }

    #[test]
    fn a_node_that_fails_is_left_alone_and_tried_again_by_one() {
        let (nodes, mut now) = (nodes(2), Instant::now());
        nodes.note(0, FAILED, now);
        assert_eq!(nodes.order(false, now), [0, 1], "once is chance");
        nodes.note(0, FAILED, now);
        assert_eq!((nodes.order(false, now), nodes.order(false, now)), (vec![1, 1], vec![1, 1]));
        now += FIRST_REST;
        assert!(nodes.order(false, now).contains(&0), "one tries");
        assert_eq!(nodes.order(false, now), [1, 1], "and the others wait for what comes of it");
        nodes.note(0, FAILED, now);
        now += FIRST_REST;
        assert_eq!(nodes.order(false, now), [1, 1], "each rest is longer");
        now += FIRST_REST;
        assert!(nodes.order(false, now).contains(&0));
        nodes.all[0].health(Health::worked);
        let all = [nodes.order(false, now), nodes.order(false, now)];
        assert!(all.iter().all(|order| order.contains(&0)), "it works again: {all:?}");
    }

    #[tokio::test]
    async fn where_all_rest_nobody_is_asked_but_anyway() {
        let (nodes, now) = (nodes(2), Instant::now());
        for at in [0, 1, 0, 1] {
            nodes.note(at, FAILED, now);
        }
        assert!(nodes.order(false, now).is_empty());
        assert_eq!(nodes.order(true, now).len(), 2);
        let answer = nodes.search(&Bytes::new(), now + ATTEMPT, false).await;
        assert!(matches!(answer, Err(NodesError::Resting)), "{answer:?}");
        let answer = nodes.search(&Bytes::new(), now, true).await;
        assert!(matches!(answer, Err(NodesError::Late)), "{answer:?}");
    }

    #[test]
    fn no_rest_is_longer_than_the_longest() {
        let (mut health, now) = (Health::default(), Instant::now());
        assert!(!health.did_not(PASSED_OVER, now) && !health.did_not(PASSED_OVER, now));
        assert!(health.did_not(PASSED_OVER, now), "thrice slower than another is enough");
        for _ in 0..40 {
            health.did_not(FAILED, now);
        }
        assert_eq!(health.until, Some(now + LONGEST_REST));
    }
}
