//! Connections of HTTP/2 on which nothing is asked, or whose answers nobody takes. Those of HTTP/1.1 end by themselves when no next
//! request comes, and the kernel ends them when their client takes nothing.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, sleep};

/// How often it is looked whether anything was asked. A connection ends that was idle from one look to the next.
const LOOK: Duration = Duration::from_mins(1);

/// How long a client may leave no room for the next piece of an answer, and how often that is looked at. A client that opens no
/// window answers pings all the same, and each of its answers takes up a share of what the service behind bears.
const TAKES_WITHIN: Duration = Duration::from_secs(15);
const LOOK_AT_ANSWERS: Duration = Duration::from_secs(5);

/// The requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Requests {
    begun: AtomicU64,
    ended: AtomicU64,
    /// Since when a piece of an answer waits for its client, by the number of the request.
    offered: Mutex<HashMap<u64, Instant>>,
}

/// A request that is under way, until its answer has been sent.
#[derive(Debug)]
pub(super) struct UnderWay {
    of: Arc<Requests>,
    number: u64,
    is_offered: bool,
}

impl Requests {
    /// Another has begun.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay { of: self.clone(), number, is_offered: false }
    }

    fn offered(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a client has taken nothing of an answer for too long.
    pub(super) async fn not_taken(&self) {
        loop {
            sleep(LOOK_AT_ANSWERS).await;
            if self.offered().values().any(|since| since.elapsed() >= TAKES_WITHIN) {
                return;
            }
        }
    }

    /// Returns when none was under way for a while.
    pub(super) async fn idle(&self) {
        let mut before = None;
        loop {
            sleep(LOOK).await;
            let (ended, begun) = (self.ended.load(Ordering::Acquire), self.begun.load(Ordering::Relaxed));
            if ended == begun && before == Some(begun) {
                return;
            }
            before = Some(begun);
        }
    }
}

impl UnderWay {
    /// Notes whether it is the client's turn: a piece of the answer waits for it.
    fn note(&mut self, is_offered: bool) {
        if is_offered {
            self.of.offered().insert(self.number, Instant::now());
        } else if self.is_offered {
            self.of.offered().remove(&self.number);
        }
        self.is_offered = is_offered;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.note(false);
        self.of.ended.fetch_add(1, Ordering::Release);
    }
}

/// The body of an answer, with the request that it answers.
pub(super) struct Answering {
    body: Body,
    request: UnderWay,
}

impl Answering {
    /// `body` answers `request`.
    pub(super) fn new(body: Body, request: UnderWay) -> Self {
        Self { body, request }
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // Asked for the next piece, the library has got rid of the one before.
        self.request.note(matches!(polled, Poll::Ready(Some(Ok(_)))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_when_nothing_was_asked_from_one_look_to_the_next() {
        let requests = Arc::new(Requests::default());
        let waits = |span: Duration| tokio::time::timeout(span, requests.idle());
        let long = requests.begin();
        assert!(waits(LOOK * 10).await.is_err(), "an answer is still under way");
        drop(long);
        assert!(waits(LOOK + LOOK / 2).await.is_err(), "it was busy a moment ago");
        assert!(waits(LOOK * 3).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_not_taken_when_a_piece_waits_for_its_client_and_not_while_the_next_is_waited_for() {
        let requests = Arc::new(Requests::default());
        let waits = |span: Duration| tokio::time::timeout(span, requests.not_taken());
        let (pieces, mut service) = tokio::sync::mpsc::channel(1);
        let service = futures_util::stream::poll_fn(move |context| service.poll_recv(context));
        let mut answer = Answering::new(Body::from_stream(service), requests.begin());
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut answer).poll_frame(&mut context).is_pending());
        assert!(waits(TAKES_WITHIN * 10).await.is_err(), "it waits for its service");
        pieces.send(Ok::<_, std::io::Error>(Bytes::from_static(b"piece"))).await.unwrap();
        assert!(Pin::new(&mut answer).poll_frame(&mut context).is_ready());
        assert!(waits(TAKES_WITHIN + LOOK_AT_ANSWERS * 2).await.is_ok(), "nobody asks for the next");
        drop(answer);
        assert!(waits(TAKES_WITHIN * 10).await.is_err(), "it is over");
    }
}
