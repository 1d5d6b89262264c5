//! Bodies that come too slowly. Whoever holds a connection with one byte now and then is cut off.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a body may keep a reader waiting, in all.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much longer for each byte that has come: a second for a KiB.
const FOR_A_BYTE: Duration = Duration::from_micros(1_000_000 / 1024);

/// A body that must come at some pace: it may keep its reader waiting for fifteen seconds, and one more for each KiB that has come.
/// The slowest telephone sends faster.
#[derive(Debug)]
pub struct Paced<B> {
    body: B,
    /// Until when it may keep its reader waiting. Only once it does.
    until: Option<Pin<Box<Sleep>>>,
}

/// A body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

impl<B> Paced<B> {
    /// `body`, which has not begun.
    pub fn new(body: B) -> Self {
        Self { body, until: None }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let read = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
            if let Some(until) = &mut self.until {
                let later = until.deadline() + FOR_A_BYTE * u32::try_from(read).unwrap_or(u32::MAX);
                until.as_mut().reset(later);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let until = self.until.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + PATIENCE)));
        ready!(until.as_mut().poll(context));
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether `error` is an `E`, or came about through one.
pub fn has_cause<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<E>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::BodyExt;

    use super::*;

    /// A body of so many pieces of `size` bytes, `every` so long one.
    struct Dripping {
        pieces: u32,
        size: usize,
        every: Duration,
        next: Pin<Box<Sleep>>,
    }

    impl Body for Dripping {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            ready!(self.next.as_mut().poll(context));
            if self.pieces == 0 {
                return Poll::Ready(None);
            }
            let next = Instant::now() + self.every;
            self.next.as_mut().reset(next);
            self.pieces -= 1;
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; self.size])))))
        }
    }

    fn dripping(pieces: u32, size: usize, every: Duration) -> Paced<Dripping> {
        Paced::new(Dripping { pieces, size, every, next: Box::pin(sleep_until(Instant::now() + every)) })
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_read_and_one_that_drips_is_not() {
        let second = Duration::from_secs(1);
        // One byte a second would go on for ever.
        let error = dripping(1000, 1, second).collect().await.unwrap_err();
        assert!(has_cause::<TooSlow>(&*error));
        // Two KiB a second for ten minutes are slow, and a large body is read all the same.
        let read = dripping(600, 2048, second).collect().await.unwrap();
        assert_eq!(read.to_bytes().len(), 600 * 2048);
        // What stops halfway is given up.
        let stops = dripping(3, 2048, Duration::from_mins(1));
        assert!(has_cause::<TooSlow>(&*stops.collect().await.unwrap_err()));
    }
}
