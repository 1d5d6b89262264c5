//! Server-sent events (HTML Standard, section 9.2): the frames of a WebSocket, for whom no WebSocket comes about.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream};
use rand::RngExt;
use tokio::time::Instant;

use super::listen::{Listener, Told};

/// After how long without a frame a comment is sent, so that nobody on the way takes the connection for dead.
pub const HEARTBEAT: Duration = Duration::from_secs(20);
/// After how many milliseconds a client comes back whose connection broke.
const AGAIN: std::ops::Range<u32> = 500..3_000;
/// The same when the gate goes away, with all its connections at once.
const AGAIN_LATER: std::ops::Range<u32> = 1_000..20_000;

/// Events on their way to one client.
struct Events {
    listener: Listener,
    first: Option<Told>,
    has_begun: bool,
    is_over: bool,
    heartbeat: Duration,
    silent_since: Instant,
}

/// The events for `listener`, beginning with `first`, and a comment after each `heartbeat` without one. The seat is given up when the stream is dropped.
pub fn events(
    listener: Listener,
    first: Option<Told>,
    heartbeat: Duration,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
    let silent_since = Instant::now();
    let events = Events { listener, first, has_begun: false, is_over: false, heartbeat, silent_since };
    stream::unfold(events, |mut events| async move {
        let next = events.next().await?;
        Some((Ok(Bytes::from(next)), events))
    })
}

impl Events {
    async fn next(&mut self) -> Option<String> {
        if self.is_over {
            return None;
        }
        if !self.has_begun {
            self.has_begun = true;
            let told = self.first.take().map(|told| self.event(&told)).unwrap_or_default();
            return Some(format!("{}{told}", self.retry(AGAIN)));
        }
        let stopping = self.listener.gate().lifecycle.stopping();
        let text = tokio::select! {
            () = stopping.cancelled() => {
                self.is_over = true;
                self.retry(AGAIN_LATER)
            }
            told = self.listener.next() => match told {
                Some(told) => self.event(&told),
                // A page that hears this does not come back by itself.
                None if self.listener.is_crowded() => {
                    self.is_over = true;
                    "event: crowded\ndata:\n\n".to_owned()
                }
                None => return None,
            },
            () = tokio::time::sleep_until(self.silent_since + self.heartbeat) => ":\n\n".to_owned(),
        };
        self.silent_since = Instant::now();
        Some(text)
    }

    fn event(&mut self, told: &Told) -> String {
        self.is_over |= told.is_last;
        format!("id: {}\ndata: {}\n\n", told.seen, told.text)
    }

    fn retry(&self, within: std::ops::Range<u32>) -> String {
        format!("retry: {}\n\n", self.listener.gate().ids.stream().random_range(within))
    }
}
