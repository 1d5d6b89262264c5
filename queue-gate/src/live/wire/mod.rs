//! One WebSocket (RFC 6455) as its writers see it. A frame goes straight to the kernel, from whoever tells it: no task is
//! woken, nothing is kept. Only for a reader who is slow the newest frame waits here.

pub mod link;

use std::{
    io::{self, ErrorKind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use self::link::Link;
use super::{encode::close_frame, hub::lock};

/// How much the kernel keeps for a reader who does not read; it counts twice of it. With the rest of a frame and the newest
/// one beside it, a reader who does not read costs 16 KiB at most, where frames have up to a kilobyte.
const KERNEL_BUFFER: usize = 7 * 1024;
/// How long a frame may wait to be written before the reader counts as too slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// A ping without a word.
const PING: [u8; 2] = [0x89, 0];

/// Wires that somebody has to look at now and then: their frames wait, or their clients have something to prove.
#[derive(Debug, Default)]
pub struct Watched(Mutex<Vec<Arc<Wire>>>);

/// The writing half of a socket.
#[derive(Debug)]
pub struct Wire {
    link: Link,
    out: Mutex<Out>,
    /// Whether its client was asked whether it is there, and has not said a word since.
    is_asked: AtomicBool,
    watched: Arc<Watched>,
}

#[derive(Debug, Default)]
struct Out {
    /// What waits; there while the kernel takes no more.
    behind: Option<Box<Behind>>,
    /// Until when the client may prove a place; it is told nothing before.
    proves_until: Option<Instant>,
    is_over: bool,
}

#[derive(Debug)]
struct Behind {
    /// The rest of a frame that was begun.
    rest: Vec<u8>,
    /// The newest frame, whole.
    newest: Vec<u8>,
    /// Whether nothing follows.
    is_last: bool,
    since: Instant,
}

/// What became of a wire that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing is to be done any more.
    Done,
    /// Look again.
    Again,
    /// Its client did not take a frame in time.
    TooSlow,
    /// Its client did not prove a place in time.
    NoProof,
}

impl Watched {
    /// Looks at each as of `now`; calls `notice` for each that is over for a reason.
    pub fn look(&self, now: Instant, mut notice: impl FnMut(&Wire, Look)) {
        let all = std::mem::take(&mut *lock(&self.0));
        let mut again = Vec::new();
        for wire in all {
            match wire.look(now) {
                Look::Done => {}
                Look::Again => again.push(wire),
                over => notice(&wire, over),
            }
        }
        lock(&self.0).append(&mut again);
    }

    fn add(&self, wire: &Arc<Wire>) {
        lock(&self.0).push(wire.clone());
    }
}

impl Wire {
    /// A wire over `link`.
    pub fn new(link: Link, watched: Arc<Watched>) -> Arc<Self> {
        // With a larger buffer a reader who has gone to sleep is noticed much later.
        drop(link.socket().set_send_buffer_size(KERNEL_BUFFER));
        Arc::new(Self { link, out: Mutex::default(), is_asked: AtomicBool::new(false), watched })
    }

    /// What it is over, to be read from.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Sends a frame; after the `last` one it closes. While an older one waits, this one takes its place: what is newest
    /// is sent when the reader takes something again. A last one is not replaced.
    pub fn push(self: &Arc<Self>, frame: &[u8], last: bool) {
        let mut out = lock(&self.out);
        if out.is_over || out.proves_until.is_some() {
            return;
        }
        let closing = if last { [frame, &close_frame(1000, "")].concat() } else { Vec::new() };
        let frame = if last { &closing } else { frame };
        match &mut out.behind {
            Some(behind) => behind.replace(frame, last),
            None => self.write_or_keep(&mut out, frame, last),
        }
    }

    /// Asks the client whether it is there. One that has said nothing since the last time is cut off instead: `false`.
    pub fn ask(self: &Arc<Self>) -> bool {
        if self.is_asked.load(Ordering::Relaxed) {
            self.cut();
            return false;
        }
        // Noted before it is sent: noted after, a quick answer would come first, and its client count as silent.
        self.is_asked.store(true, Ordering::Relaxed);
        if !self.control(&PING) {
            // A slow reader is not asked: it is cut off when its frames have waited too long.
            self.is_asked.store(false, Ordering::Relaxed);
        }
        true
    }

    /// Sends what is not about the place: a ping, a pong. Nothing is lost when a slow reader misses it. Whether it was sent.
    pub fn control(self: &Arc<Self>, frame: &[u8]) -> bool {
        let mut out = lock(&self.out);
        let is_sent = !out.is_over && out.behind.is_none();
        if is_sent {
            self.write_or_keep(&mut out, frame, false);
        }
        is_sent
    }

    /// Says why, and ends. One whose frames wait is cut off: it would not hear it.
    pub fn close(&self, code: u16, reason: &str) {
        let mut out = lock(&self.out);
        if out.is_over {
            return;
        }
        if out.behind.is_none() {
            drop(self.link.try_write(&close_frame(code, reason)));
            self.end(&mut out);
        } else {
            self.cut_off(&mut out);
        }
    }

    /// Ends at once; the kernel forgets what it kept. One that ended already may still be sending why.
    pub fn cut(&self) {
        let mut out = lock(&self.out);
        if !out.is_over {
            self.cut_off(&mut out);
        }
    }

    /// The client holds no place yet: it is told nothing until it has proved one, for at most `span`.
    pub fn expect_proof(self: &Arc<Self>, span: Duration) {
        lock(&self.out).proves_until = Some(Instant::now() + span);
        self.watched.add(self);
    }

    /// It proved one.
    pub fn proved(&self) {
        lock(&self.out).proves_until = None;
    }

    /// Something was heard.
    pub fn hear(&self) {
        self.is_asked.store(false, Ordering::Relaxed);
    }

    fn write_or_keep(self: &Arc<Self>, out: &mut Out, frame: &[u8], last: bool) {
        let (rest, newest) = match self.link.try_write(frame) {
            Ok(written) if written == frame.len() => {
                if last {
                    self.end(out);
                }
                return;
            }
            Ok(written) => (frame[written..].to_vec(), Vec::new()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => (Vec::new(), frame.to_vec()),
            Err(_) => return self.end(out),
        };
        let was_watched = out.proves_until.is_some();
        out.behind = Some(Box::new(Behind { rest, newest, is_last: last, since: Instant::now() }));
        if !was_watched {
            self.watched.add(self);
        }
    }

    fn look(&self, now: Instant) -> Look {
        let mut out = lock(&self.out);
        if out.is_over {
            return Look::Done;
        }
        if out.proves_until.is_some_and(|until| now > until) {
            return Look::NoProof;
        }
        let is_watched = out.proves_until.is_some();
        let Some(behind) = &mut out.behind else {
            return if is_watched { Look::Again } else { Look::Done };
        };
        match behind.write(&self.link) {
            Ok(true) => {
                let is_last = behind.is_last;
                out.behind = None;
                if is_last {
                    self.end(&mut out);
                }
                if is_watched { Look::Again } else { Look::Done }
            }
            Ok(false) if now.saturating_duration_since(behind.since) > PATIENCE => {
                self.cut_off(&mut out);
                Look::TooSlow
            }
            Ok(false) => Look::Again,
            Err(_) => {
                self.end(&mut out);
                Look::Done
            }
        }
    }

    /// What was written still goes out; whoever reads from the stream sees its end.
    fn end(&self, out: &mut Out) {
        out.is_over = true;
        self.link.end();
    }

    fn cut_off(&self, out: &mut Out) {
        out.behind = None;
        self.link.forget();
        self.end(out);
    }
}

impl Behind {
    fn replace(&mut self, frame: &[u8], last: bool) {
        if !self.is_last {
            // Exactly: what is kept for a slow reader is counted.
            self.newest.clear();
            self.newest.reserve_exact(frame.len());
            self.newest.extend_from_slice(frame);
            self.is_last = last;
        }
    }

    /// Writes what the kernel takes; whether that was all.
    fn write(&mut self, link: &Link) -> io::Result<bool> {
        loop {
            if self.rest.is_empty() {
                self.rest = std::mem::take(&mut self.newest);
            }
            if self.rest.is_empty() {
                return Ok(true);
            }
            match link.try_write(&self.rest) {
                Ok(written) => {
                    self.rest.drain(..written);
                    // It takes something: that is all that is asked of a reader.
                    self.since = Instant::now();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests;
