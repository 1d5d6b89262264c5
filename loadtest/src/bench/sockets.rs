//! Many WebSockets in one process: a client of a few hundred bytes a connection, on one thread, that answers pings and
//! notes when each round of positions has reached everybody.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, mpsc},
    time::Duration,
};

use anyhow::{Result, bail};
use contracts::visitor::{self, GateSecret};
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token, Waker, net::TcpStream};
use socket2::{Domain, Socket, Type};

use super::{
    child,
    heard::{Heard, Opened, Sockets, cookie, interrupted, secret},
    measure::{count, float, micros},
    wire::{self, Piece},
};

/// How many connections one source address carries: with more, connecting becomes slow.
const PER_ADDRESS: usize = 5000;
/// The token of the parent's commands; connections have theirs from 0.
const PARENT: Token = Token(usize::MAX);
/// How much is read at a time, into a buffer that all connections share.
const SCRATCH: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Connecting,
    Shaking,
    Open,
    Over,
}

#[derive(Debug)]
struct Line {
    stream: TcpStream,
    phase: Phase,
    is_slow: bool,
    began: i64,
    round: u64,
    ahead: u64,
    rest: Vec<u8>,
}

/// What the parent waits for.
enum Job {
    Nothing,
    Opening,
    Round { round: u64, until: i64 },
    While { until: i64 },
}

struct Client {
    options: Sockets,
    secret: Option<GateSecret>,
    poll: Poll,
    lines: Vec<Line>,
    shaking: usize,
    opened: Opened,
    handshakes: Histogram<u64>,
    heard: Heard,
    marks: VecDeque<(u64, u64, i64, i64)>,
    job: Job,
}

/// Runs the part: commands are `open`, `round N MILLIS`, `while MILLIS`.
pub(super) fn run(options: Sockets) -> Result<()> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), PARENT)?);
    let commands = child::commands(Arc::new(move || drop(waker.wake())));
    let secret = options.secret.as_ref().map(|file| secret(file)).transpose()?;
    let mut client = Client {
        lines: Vec::with_capacity(options.count),
        options,
        secret,
        poll,
        shaking: 0,
        opened: Opened::default(),
        handshakes: Histogram::new_with_bounds(1, 60_000_000, 3)?,
        heard: Heard::default(),
        marks: VecDeque::new(),
        job: Job::Nothing,
    };
    client.serve(&commands)
}

impl Client {
    fn serve(&mut self, commands: &mpsc::Receiver<Vec<String>>) -> Result<()> {
        let (mut events, mut scratch) = (Events::with_capacity(4096), vec![0; SCRATCH]);
        loop {
            while let Ok(command) = commands.try_recv() {
                self.begin(&command)?;
            }
            self.poll.poll(&mut events, Some(Duration::from_millis(20))).or_else(interrupted)?;
            let ready: Vec<usize> = events
                .iter()
                .map(mio::event::Event::token)
                .filter(|token| *token != PARENT)
                .map(|token| token.0)
                .collect();
            for index in ready {
                self.step(index, &mut scratch);
            }
            self.finish()?;
        }
    }

    fn begin(&mut self, command: &[String]) -> Result<()> {
        let number = |at: usize| command.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
        let after = |millis: u64| micros() + i64::try_from(millis * 1000).unwrap_or(0);
        match command.first().map(String::as_str) {
            Some("open") => {
                self.opened = Opened { began: micros(), ..Opened::default() };
                self.job = Job::Opening;
            }
            Some("round") => self.job = Job::Round { round: number(1), until: after(number(2)) },
            Some("while") => self.job = Job::While { until: after(number(1)) },
            other => bail!("the sockets do not know {other:?}"),
        }
        Ok(())
    }

    /// Answers the parent when what it waits for has come about.
    fn finish(&mut self) -> Result<()> {
        let now = micros();
        match self.job {
            Job::Nothing => {}
            Job::Opening => {
                self.connect_more();
                if self.lines.len() == self.options.count && self.shaking == 0 {
                    let millis = |quantile| float(self.handshakes.value_at_quantile(quantile)) / 1000.0;
                    let (p50, p99) = (millis(0.5), millis(0.99));
                    child::say(&Opened { ended: now, p50, p99, ..self.opened.clone() })?;
                    self.job = Job::Nothing;
                }
            }
            Job::Round { round, until } => {
                let (reached, first, last) = self.mark(round);
                let expected = self.opened.sockets - count(self.options.slow);
                if reached >= expected || now > until {
                    self.answer(&Heard { reached, expected, first, last, ..self.heard.clone() })?;
                }
            }
            Job::While { until } => {
                if now > until {
                    self.answer(&self.heard.clone())?;
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, heard: &Heard) -> Result<()> {
        child::say(heard)?;
        (self.heard.frames, self.heard.pings) = (0, 0);
        self.job = Job::Nothing;
        Ok(())
    }

    /// How many heard of `round` or a later one, the first and the last time.
    fn mark(&self, round: u64) -> (u64, i64, i64) {
        let marks = self.marks.iter().filter(|(of, ..)| *of >= round);
        let (mut reached, mut first, mut last) = (0, i64::MAX, 0);
        for (_, sockets, begin, end) in marks {
            (reached, first, last) = (reached + sockets, first.min(*begin), last.max(*end));
        }
        (reached, first, last)
    }

    fn connect_more(&mut self) {
        while self.lines.len() < self.options.count && self.shaking < self.options.in_flight {
            match self.connect(self.lines.len()) {
                Ok(line) => {
                    self.lines.push(line);
                    self.shaking += 1;
                }
                Err(error) => {
                    self.trouble(format!("connecting failed: {error:#}"));
                    self.options.count -= 1;
                }
            }
        }
    }

    fn connect(&self, index: usize) -> Result<Line> {
        let is_slow = index < self.options.slow;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if is_slow {
            socket.set_recv_buffer_size(4096)?;
        }
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        let third = u8::try_from(index / PER_ADDRESS).unwrap_or(255);
        let from = SocketAddr::from((Ipv4Addr::new(127, self.options.block, third, 1), 0));
        socket.bind(&from.into())?;
        match socket.connect(&self.options.target.into()) {
            Err(error) if error.raw_os_error() != Some(nix::libc::EINPROGRESS) => return Err(error.into()),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        self.poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        let (phase, began) = (Phase::Connecting, micros());
        Ok(Line { stream, phase, is_slow, began, round: 0, ahead: u64::MAX, rest: Vec::new() })
    }

    fn trouble(&mut self, what: String) {
        self.opened.failed += 1;
        self.opened.trouble.get_or_insert(what);
    }

    fn step(&mut self, index: usize, scratch: &mut [u8]) {
        if self.lines[index].phase == Phase::Connecting && !self.greet(index) {
            return;
        }
        let line = &self.lines[index];
        if line.is_slow && line.phase == Phase::Open {
            if is_gone(&line.stream) {
                self.over(index, "cut off");
            }
            return;
        }
        if line.phase == Phase::Over {
            return;
        }
        loop {
            match self.lines[index].stream.read(scratch) {
                Ok(0) => return self.over(index, "the server closed"),
                Ok(read) => {
                    self.take(index, &scratch[..read]);
                    if read < scratch.len() || self.lines[index].phase == Phase::Over {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => return self.over(index, &format!("reading failed: {error}")),
            }
        }
    }

    /// Asks for the upgrade once the connection stands. `false` while it does not.
    fn greet(&mut self, index: usize) -> bool {
        let line = &mut self.lines[index];
        if let Ok(Some(error)) = line.stream.take_error() {
            self.over(index, &format!("connecting failed: {error}"));
            return false;
        }
        if line.stream.peer_addr().is_err() {
            return false;
        }
        let cookie = self.secret.as_ref().map(|secret| {
            format!("Cookie: {}={}\r\n", visitor::COOKIE, cookie(secret, self.options.base + count(index)))
        });
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \
             dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{}\r\n",
            self.options.path,
            self.options.target,
            cookie.unwrap_or_default()
        );
        line.phase = Phase::Shaking;
        if line.stream.write_all(request.as_bytes()).is_err() {
            self.over(index, "the request could not be written");
        }
        true
    }

    fn over(&mut self, index: usize, why: &str) {
        let line = &mut self.lines[index];
        if line.phase == Phase::Over {
            return;
        }
        if line.phase == Phase::Open {
            self.heard.ended += 1;
            self.heard.slow_ended += u64::from(line.is_slow);
        } else {
            self.shaking -= 1;
            self.trouble(why.to_owned());
        }
        let line = &mut self.lines[index];
        line.phase = Phase::Over;
        drop(self.poll.registry().deregister(&mut line.stream));
        drop(line.stream.shutdown(std::net::Shutdown::Both));
    }

    fn take(&mut self, index: usize, bytes: &[u8]) {
        let mut rest = std::mem::take(&mut self.lines[index].rest);
        let all = if rest.is_empty() {
            bytes
        } else {
            rest.extend_from_slice(bytes);
            &rest
        };
        let mut at = 0;
        if self.lines[index].phase == Phase::Shaking {
            if let Some((head, end)) = wire::head(all) {
                self.shaken(index, head);
                at = end;
            } else {
                self.lines[index].rest = all.to_vec();
                return;
            }
        }
        while self.lines[index].phase == Phase::Open {
            let Some((piece, length)) = wire::piece(&all[at..]) else { break };
            at += length;
            match piece {
                Piece::Text(text) => self.hear(index, text),
                Piece::Ping(_) => self.pong(index),
                Piece::Close => self.over(index, "closed"),
                Piece::Other => {}
            }
        }
        if at < all.len() && self.lines[index].phase == Phase::Open {
            self.lines[index].rest = all[at..].to_vec();
        }
    }

    fn shaken(&mut self, index: usize, head: &[u8]) {
        let (now, line) = (micros(), &mut self.lines[index]);
        match (wire::status(head), wire::field(head, "retry-after")) {
            (101, _) => {
                line.phase = Phase::Open;
                self.shaking -= 1;
                self.opened.sockets += 1;
                self.handshakes.saturating_record(u64::try_from(now - line.began).unwrap_or(0));
            }
            (503, Some(_)) => {
                self.over(index, "");
                self.opened.failed -= 1;
                self.opened.turned_away += 1;
            }
            (status, _) => self.over(index, &format!("the handshake got {status}")),
        }
    }

    fn hear(&mut self, index: usize, text: &[u8]) {
        self.heard.frames += 1;
        let line = &mut self.lines[index];
        if let Some(ahead) = wire::number_after(text, br#""ahead":"#) {
            if ahead > line.ahead && wire::find(text, br#""reason":"#).is_none() {
                self.heard.rises += 1;
            }
            line.ahead = ahead;
        }
        let round = wire::number_after(text, br#""message":"r"#).unwrap_or(0);
        if round <= line.round {
            return;
        }
        line.round = round;
        let now = micros();
        if self.marks.back().is_none_or(|(last, ..)| *last < round) {
            self.marks.push_back((round, 0, now, now));
        }
        if let Some((_, sockets, _, end)) = self.marks.iter_mut().rev().find(|(of, ..)| *of == round) {
            *sockets += 1;
            *end = now;
        }
    }

    fn pong(&mut self, index: usize) {
        self.heard.pings += 1;
        // Masked with zeros, empty: what the protocol asks of a client.
        let answered = self.lines[index].stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]);
        if answered.is_err() {
            self.over(index, "a pong could not be written");
        }
    }
}

/// Whether the server has ended a connection that we do not read: it is reset or shut.
fn is_gone(stream: &TcpStream) -> bool {
    let state = socket2::SockRef::from(stream).take_error();
    matches!(state, Ok(Some(_))) || stream.peer_addr().is_err()
}
