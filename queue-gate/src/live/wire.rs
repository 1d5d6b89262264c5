//! One WebSocket (RFC 6455) as its writers see it. A frame goes straight to the kernel, from whoever tells it: no task is
//! woken, nothing is kept. Only for a reader who is slow the newest frame waits here.

use std::{
    io::{self, ErrorKind},
    net::Shutdown,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use socket2::SockRef;
use tokio::{net::TcpStream, time::Instant};

use super::{encode::close_frame, hub::lock};

/// How much the kernel keeps for a reader who does not read; it counts twice of it.
const KERNEL_BUFFER: usize = 8 * 1024;
/// How long a frame may wait to be written before the reader counts as too slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// Wires that somebody has to look at now and then: their frames wait, or their clients have something to prove.
#[derive(Debug, Default)]
pub struct Watched(Mutex<Vec<Arc<Wire>>>);

/// The writing half of a socket.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    out: Mutex<Out>,
    /// When its client was heard last, in seconds of the hub.
    heard: AtomicU32,
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
    /// Looks at each; calls `notice` for each that is over for a reason.
    pub fn look(&self, mut notice: impl FnMut(&Wire, Look)) {
        let all = std::mem::take(&mut *lock(&self.0));
        let mut again = Vec::new();
        for wire in all {
            match wire.look() {
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
    /// A wire over `stream`, heard at `now`.
    pub fn new(stream: TcpStream, now: u32, watched: Arc<Watched>) -> Arc<Self> {
        // With a larger buffer a reader who has gone to sleep is noticed much later.
        drop(SockRef::from(&stream).set_send_buffer_size(KERNEL_BUFFER));
        Arc::new(Self { stream, out: Mutex::default(), heard: AtomicU32::new(now), watched })
    }

    /// The stream, to be read from.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
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

    /// Sends what is not about the place: a ping, a pong. Nothing is lost when a slow reader misses it.
    pub fn control(self: &Arc<Self>, frame: &[u8]) {
        let mut out = lock(&self.out);
        if !out.is_over && out.behind.is_none() {
            self.write_or_keep(&mut out, frame, false);
        }
    }

    /// Says why, and ends. One whose frames wait is cut off: it would not hear it.
    pub fn close(&self, code: u16, reason: &str) {
        let mut out = lock(&self.out);
        if out.is_over {
            return;
        }
        if out.behind.is_none() {
            drop(self.stream.try_write(&close_frame(code, reason)));
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

    /// Something was heard at `now`.
    pub fn hear(&self, now: u32) {
        self.heard.store(now, Ordering::Relaxed);
    }

    /// For how many seconds nothing was heard, at `now`.
    pub fn silent(&self, now: u32) -> u32 {
        now.saturating_sub(self.heard.load(Ordering::Relaxed))
    }

    fn write_or_keep(self: &Arc<Self>, out: &mut Out, frame: &[u8], last: bool) {
        let (rest, newest) = match self.stream.try_write(frame) {
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

    fn look(&self) -> Look {
        let mut out = lock(&self.out);
        if out.is_over {
            return Look::Done;
        }
        let now = Instant::now();
        if out.proves_until.is_some_and(|until| now > until) {
            return Look::NoProof;
        }
        let is_watched = out.proves_until.is_some();
        let Some(behind) = &mut out.behind else {
            return if is_watched { Look::Again } else { Look::Done };
        };
        match behind.write(&self.stream) {
            Ok(true) => {
                let is_last = behind.is_last;
                out.behind = None;
                if is_last {
                    self.end(&mut out);
                }
                if is_watched { Look::Again } else { Look::Done }
            }
            Ok(false) if now - behind.since > PATIENCE => {
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
        drop(SockRef::from(&self.stream).shutdown(Shutdown::Both));
    }

    fn cut_off(&self, out: &mut Out) {
        out.behind = None;
        drop(SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)));
        self.end(out);
    }
}

impl Behind {
    fn replace(&mut self, frame: &[u8], last: bool) {
        if !self.is_last {
            self.newest.clear();
            self.newest.extend_from_slice(frame);
            self.is_last = last;
        }
    }

    /// Writes what the kernel takes; whether that was all.
    fn write(&mut self, stream: &TcpStream) -> io::Result<bool> {
        loop {
            if self.rest.is_empty() {
                self.rest = std::mem::take(&mut self.newest);
            }
            if self.rest.is_empty() {
                return Ok(true);
            }
            match stream.try_write(&self.rest) {
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
mod tests {
    use tokio::io::AsyncReadExt;

    use super::{super::encode::Encoder, *};

    /// A wire and its client, who takes little at a time.
    async fn wire() -> (Arc<Wire>, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let client = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        (Wire::new(listener.accept().await.unwrap().0, 0, Arc::default()), client)
    }

    fn push(wire: &Arc<Wire>, text: &str, last: bool) {
        let mut encoder = Encoder::default();
        let written = encoder.text(|out| {
            out.extend_from_slice(text.as_bytes());
            Ok::<_, ()>(())
        });
        wire.push(written.unwrap().0, last);
    }

    /// All frames until the end of the stream, as kind and payload.
    fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut frames = Vec::new();
        while let [kind, length, rest @ ..] = bytes {
            let (length, rest) = match length {
                126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
                length => (usize::from(*length), rest),
            };
            frames.push((*kind, rest[..length].to_vec()));
            bytes = &rest[length..];
        }
        frames
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_whole_frames_the_newest_and_the_last() {
        let (wire, mut client) = wire().await;
        let filler = "x".repeat(300);
        let mut count = 0;
        while lock(&wire.out).behind.is_none() {
            count += 1;
            push(&wire, &format!("{count} {filler}"), false);
            assert!(count < 100_000, "the kernel takes everything");
        }
        push(&wire, "older", false);
        push(&wire, "the last word", true);
        push(&wire, "never", false);
        let mut bytes = Vec::new();
        let read = async {
            loop {
                wire.watched.look(|_, look| panic!("{look:?}"));
                let mut some = [0; 4096];
                match tokio::time::timeout(Duration::from_millis(20), client.read(&mut some)).await {
                    Ok(Ok(0)) => break,
                    Ok(read) => bytes.extend_from_slice(&some[..read.unwrap()]),
                    Err(_) => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), read).await.unwrap();
        let frames = frames(&bytes);
        let (end, told) = frames.split_last().unwrap();
        assert_eq!(end, &(0x88, vec![3, 232]));
        let told: Vec<_> = told.iter().map(|(_, text)| String::from_utf8(text.clone()).unwrap()).collect();
        assert_eq!(told.last().unwrap(), "the last word");
        let numbers: Vec<u32> = told.iter().filter_map(|text| text.split(' ').next()?.parse().ok()).collect();
        assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()), "{numbers:?}");
        assert!(!told.contains(&"older".to_owned()) && !told.contains(&"never".to_owned()));
    }

    #[tokio::test]
    async fn frames_of_every_length_read_back() {
        let (wire, mut client) = wire().await;
        for length in [0, 1, 125, 126, 700] {
            push(&wire, &"y".repeat(length), false);
        }
        wire.close(1001, "77");
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).await.unwrap();
        let read: Vec<_> = frames(&bytes).into_iter().map(|(kind, text)| (kind, text.len())).collect();
        assert_eq!(read, [(0x81, 0), (0x81, 1), (0x81, 125), (0x81, 126), (0x81, 700), (0x88, 4)]);
    }

    #[tokio::test]
    async fn who_has_to_prove_a_place_is_told_nothing_before() {
        let (wire, mut client) = wire().await;
        wire.expect_proof(Duration::from_mins(1));
        push(&wire, "too early", true);
        wire.proved();
        push(&wire, "in time", false);
        wire.close(1000, "");
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(frames(&bytes)[0], (0x81, b"in time".to_vec()));
        let (late, _client) = self::wire().await;
        late.expect_proof(Duration::ZERO);
        let mut looks = Vec::new();
        until(|| {
            late.watched.look(|_, look| looks.push(look));
            looks == [Look::NoProof]
        })
        .await;
    }

    async fn until(mut holds: impl FnMut() -> bool) {
        while !holds() {
            tokio::task::yield_now().await;
        }
    }
}
