//! Connections of HTTP/2 on which nothing is asked. Those of HTTP/1.1 end by themselves when no next request comes.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::sleep;

/// How often it is looked whether anything was asked. A connection ends that was idle from one look to the next.
const LOOK: Duration = Duration::from_mins(1);

/// The requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Requests {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request that is under way, until its answer has been sent.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Requests>);

impl Requests {
    /// Another has begun.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
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

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Release);
    }
}

/// The body of an answer, with the request that it answers.
pub(super) struct Answering {
    body: Body,
    _request: UnderWay,
}

impl Answering {
    /// `body` answers `request`.
    pub(super) fn new(body: Body, request: UnderWay) -> Self {
        Self { body, _request: request }
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
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
}
