//! Frames of HTTP/2 that cost us work and their sender next to nothing: `PING`, `SETTINGS`, resets, empty data. The library bounds
//! some floods and answers others as fast as they come. Here all of them are read at a pace, so that a flood stands in its own
//! sender's way: nobody is cut off who just sends many.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// What a frame costs that asks for nothing, in thousandths. Whoever asks a request pays less for it than its answer earns.
const FRAME: i64 = 1000;
const REQUEST: i64 = 50;
/// How many such frames may come at once; a page that is left cancels a hundred requests.
const RESERVE: i64 = 1000 * FRAME;
/// How many are read in a second after that.
const A_SECOND: i64 = 200 * FRAME;
/// Data that is worth reading: less in one frame is as good as none.
const WORTH_READING: usize = 256;
/// For so many bytes that it takes a client may send one frame: it has to say that there is room for more.
const TAKEN: usize = 2048;

/// The bytes before the first frame.
const PREFACE: usize = 24;
/// The bytes of a frame before what it holds (RFC 9113 section 4.1).
const HEAD: usize = 9;

/// A connection of HTTP/2 whose frames are read at a pace.
#[derive(Debug)]
pub(super) struct Calm<S> {
    stream: S,
    frames: Frames,
    left: i64,
    counted: Instant,
    rest: Option<Pin<Box<Sleep>>>,
}

/// Where in the frames the reading is.
#[derive(Debug)]
struct Frames {
    skip: usize,
    head: [u8; HEAD],
    read: usize,
}

impl Frames {
    const fn new() -> Self {
        Self { skip: PREFACE, head: [0; HEAD], read: 0 }
    }

    /// What the frames cost that begin in `bytes`, which follow those of before.
    fn cost(&mut self, mut bytes: &[u8]) -> i64 {
        let mut cost = 0;
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let Some((first, rest)) = bytes.split_first() else { return cost };
            self.head[self.read] = *first;
            self.read += 1;
            bytes = rest;
            if self.read == HEAD {
                self.read = 0;
                let [high, middle, low, kind, ..] = self.head;
                self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                cost += match kind {
                    0 if self.skip >= WORTH_READING => 0,
                    1 => REQUEST,
                    _ => FRAME,
                };
            }
        }
    }
}

impl<S> Calm<S> {
    /// Reads `stream` at a pace, from its first byte on.
    pub(super) fn new(stream: S) -> Self {
        Self { stream, frames: Frames::new(), left: RESERVE, counted: Instant::now(), rest: None }
    }

    /// Waits while more was read than there is leave for.
    fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(rest) = &mut self.rest {
                ready!(rest.as_mut().poll(context));
                self.rest = None;
            }
            let passed = i64::try_from(self.counted.elapsed().as_millis()).unwrap_or(i64::MAX);
            if passed > 0 {
                self.counted = Instant::now();
                self.earn(passed.saturating_mul(A_SECOND / 1000));
            }
            if self.left >= 0 {
                return Poll::Ready(());
            }
            let owed = u64::try_from(1 - self.left * 1000 / A_SECOND).unwrap_or(1);
            self.rest = Some(Box::pin(sleep(Duration::from_millis(owed))));
        }
    }

    fn earn(&mut self, more: i64) {
        self.left = self.left.saturating_add(more).min(RESERVE);
    }

    fn wrote(&mut self, written: &io::Result<usize>) {
        let written = written.as_ref().map_or(0, |written| *written);
        let earned = written * usize::try_from(FRAME).unwrap_or(0) / TAKEN;
        self.earn(i64::try_from(earned).unwrap_or(0));
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Calm<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_leave(context));
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let cost = self.frames.cost(&buffer.filled()[before..]);
        self.left -= cost;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Calm<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.wrote(&written);
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces));
        self.wrote(&written);
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, 0, 0, 0, 0, 1];
        frame.resize(HEAD + usize::from(length), 7);
        frame
    }

    #[test]
    fn what_frames_cost_does_not_depend_on_how_they_come_in_pieces() {
        let large = [vec![0, 1, 0, 0, 0, 0, 0, 0, 1], vec![7; WORTH_READING]].concat();
        let all = [vec![0; PREFACE], frame(4, 0), frame(1, 20), large, frame(0, 0), frame(6, 8)].concat();
        for piece in 1..all.len() {
            let mut frames = Frames::new();
            let cost: i64 = all.chunks(piece).map(|bytes| frames.cost(bytes)).sum();
            assert_eq!(cost, REQUEST + 3 * FRAME, "in pieces of {piece}");
        }
    }

    /// How long it takes to read `pings`, of which all lie there already, after writing so many bytes.
    async fn time_for(pings: usize, written: usize) -> Duration {
        let (mut client, server) = duplex(1024 * 1024);
        let mut calm = Calm::new(server);
        client.write_all(&[0; PREFACE]).await.unwrap();
        client.write_all(&frame(6, 8).repeat(pings)).await.unwrap();
        drop(client.shutdown().await);
        let began = Instant::now();
        calm.write_all(&vec![0; written]).await.unwrap();
        let (mut all, mut some) = (0, [0; 17]);
        while let Ok(read @ 1..) = calm.read(&mut some).await {
            all += read;
        }
        assert_eq!(all, PREFACE + 17 * pings, "late, but whole");
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_read_at_a_pace_and_some_frames_at_once() {
        assert_eq!(time_for(900, 0).await, Duration::ZERO);
        let flood = time_for(3000, 0).await;
        assert!((9..=11).contains(&flood.as_secs()), "{flood:?}");
        // Who takes much may say so as often.
        assert_eq!(time_for(1900, 0).await.as_secs(), 4);
    }
}
