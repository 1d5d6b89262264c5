//! Joins over HTTP from one thread: as many as will go, or at instants fixed beforehand whether the gate keeps up or not.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::Duration,
};

use anyhow::Result;
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use super::{
    heard::interrupted,
    measure::{count, float, micros, seconds},
    wire,
};

/// How long the open loop rests when nothing is to be read or written.
const REST: Duration = Duration::from_micros(50);

/// When the next join sets out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// As soon as the last one of its connection is answered.
    Closed,
    /// So many a second, evenly, whatever the answers do.
    Open(u32),
}

/// What to do.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) target: SocketAddr,
    pub(super) path: &'a str,
    /// Cookies of visitors who have no place yet; each joins once.
    pub(super) cookies: &'a [String],
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) span: Duration,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    /// Joins that were accepted, per second.
    pub(super) rate: f64,
    /// Their numbers; none in a lobby.
    pub(super) numbers: Vec<u64>,
    /// From the due instant to the answer, in microseconds: of accepted joins, and of refused ones.
    pub(super) accepted: Histogram<u64>,
    /// See `accepted`.
    pub(super) refused: Histogram<u64>,
    /// The same from the instant at which the join was written: without the wait for a free connection.
    pub(super) accepted_sent: Histogram<u64>,
    /// See `accepted_sent`.
    pub(super) refused_sent: Histogram<u64>,
    /// How late joins were written although a connection was free: the client's own delay.
    pub(super) lag: Histogram<u64>,
    /// All statuses but 200 and 201; 0 is a broken connection.
    pub(super) others: BTreeMap<u64, u64>,
    /// 503 and 429 without `Retry-After`.
    pub(super) rude: u64,
    /// Joins that had no free connection to the end.
    pub(super) unsent: u64,
    /// Whether all visitors joined before the time was over.
    pub(super) is_spent: bool,
}

struct Line {
    stream: TcpStream,
    due: i64,
    sent: i64,
    is_busy: bool,
    rest: Vec<u8>,
}

struct Load<'a> {
    plan: Plan<'a>,
    poll: Poll,
    lines: Vec<Line>,
    idle: Vec<usize>,
    /// How many joins are under way. Counted as it changes: looking at thousands of connections each time would make the
    /// client late itself.
    busy: usize,
    waiting: VecDeque<i64>,
    began: i64,
    sent: usize,
    due: u64,
    joined: Joined,
    last: i64,
}

impl Joined {
    /// A quantile of accepted joins in milliseconds.
    pub(super) fn millis(&self, quantile: f64) -> f64 {
        float(self.accepted.value_at_quantile(quantile)) / 1000.0
    }

    /// What went wrong: refusals and broken connections, beside `allowed` statuses; numbers that came twice.
    pub(super) fn breaches(&self, allowed: &[u64]) -> Vec<String> {
        let other = |(status, times): (&u64, &u64)| {
            (!allowed.contains(status)).then(|| format!("{times} joins got {status}"))
        };
        let mut breaches: Vec<_> = self.others.iter().filter_map(other).collect();
        if !self.numbers.is_empty() && count(self.numbers.len()) != self.accepted.len() {
            breaches.push(format!(
                "{} of {} places have no number",
                self.accepted.len() - count(self.numbers.len()),
                self.accepted.len()
            ));
        }
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable();
        let doubled = numbers.windows(2).filter(|two| two[0] == two[1]).count();
        if doubled > 0 {
            breaches.push(format!("{doubled} numbers were given twice"));
        }
        if self.rude > 0 {
            breaches.push(format!("{} refusals say nothing of when to come back", self.rude));
        }
        breaches
    }
}

/// Joins as `plan` says.
pub(super) fn play(plan: Plan<'_>) -> Result<Joined> {
    let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3);
    let joined = Joined {
        rate: 0.0,
        numbers: Vec::with_capacity(plan.cookies.len()),
        accepted: histogram()?,
        refused: histogram()?,
        accepted_sent: histogram()?,
        refused_sent: histogram()?,
        lag: histogram()?,
        others: BTreeMap::new(),
        rude: 0,
        unsent: 0,
        is_spent: false,
    };
    let (poll, waiting) = (Poll::new()?, VecDeque::new());
    let (lines, idle) = (Vec::new(), Vec::new());
    let mut load =
        Load { plan, poll, lines, idle, busy: 0, waiting, began: 0, sent: 0, due: 0, joined, last: 0 };
    load.connect()?;
    load.run()
}

impl Load<'_> {
    fn connect(&mut self) -> Result<()> {
        for index in 0..self.plan.connections {
            let stream = std::net::TcpStream::connect(self.plan.target)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            self.poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
            self.lines.push(Line { stream, due: 0, sent: 0, is_busy: false, rest: Vec::new() });
            self.idle.push(index);
        }
        Ok(())
    }

    fn run(mut self) -> Result<Joined> {
        let (mut events, mut scratch) = (Events::with_capacity(1024), vec![0; 16 * 1024]);
        self.began = micros();
        let end = self.began + i64::try_from(self.plan.span.as_micros())?;
        // Answers may be this late.
        let patience = end + 5_000_000;
        loop {
            let now = micros();
            self.arrive(now.min(end));
            let is_spent = self.sent == self.plan.cookies.len();
            let is_done = is_spent || (now >= end && self.waiting.is_empty());
            if (is_done && self.busy == 0) || now > patience {
                break;
            }
            let is_open = matches!(self.plan.pace, Pace::Open(_));
            let pause = Duration::from_millis(if is_open { 0 } else { 10 });
            self.poll.poll(&mut events, Some(pause)).or_else(interrupted)?;
            if is_open && events.is_empty() {
                // The kernel's wait counts in milliseconds. A client that never rests would keep a core from the gate.
                std::thread::sleep(REST);
            }
            for event in &events {
                self.read(event.token().0, &mut scratch, micros() < end);
            }
        }
        self.joined.unsent = count(self.waiting.len());
        self.joined.is_spent = self.sent == self.plan.cookies.len();
        self.joined.rate = float(self.joined.accepted.len()) / seconds(self.began, self.last).max(1e-6);
        Ok(self.joined)
    }

    /// Sends what is due.
    fn arrive(&mut self, now: i64) {
        match self.plan.pace {
            Pace::Closed => {
                if self.due == 0 {
                    self.due = 1;
                    for index in std::mem::take(&mut self.idle) {
                        self.send(index, now);
                    }
                }
            }
            Pace::Open(rate) => {
                let gap = 1e6 / f64::from(rate.max(1));
                while self.began + whole(float(self.due) * gap) <= now {
                    let due = self.began + whole(float(self.due) * gap);
                    self.due += 1;
                    match self.idle.pop() {
                        Some(index) => {
                            self.joined.lag.saturating_record(u64::try_from(micros() - due).unwrap_or(0));
                            self.send(index, due);
                        }
                        None => self.waiting.push_back(due),
                    }
                }
            }
        }
    }

    fn send(&mut self, index: usize, due: i64) {
        let Some(cookie) = self.plan.cookies.get(self.sent) else { return };
        self.sent += 1;
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCookie: {}={cookie}\r\n\r\n{{}}",
            self.plan.path,
            self.plan.target,
            contracts::visitor::COOKIE
        );
        let line = &mut self.lines[index];
        (line.due, line.sent, line.is_busy) = (due, micros(), true);
        self.busy += 1;
        if line.stream.write_all(request.as_bytes()).is_err() {
            self.broken(index);
        }
    }

    fn broken(&mut self, index: usize) {
        let line = &mut self.lines[index];
        if std::mem::take(&mut line.is_busy) {
            self.busy -= 1;
            *self.joined.others.entry(0).or_default() += 1;
        }
        drop(self.poll.registry().deregister(&mut line.stream));
    }

    fn read(&mut self, index: usize, scratch: &mut [u8], goes_on: bool) {
        match self.lines[index].stream.read(scratch) {
            Ok(0) => self.broken(index),
            Ok(read) => {
                let mut all = std::mem::take(&mut self.lines[index].rest);
                all.extend_from_slice(&scratch[..read]);
                if self.take(index, &all) {
                    self.next(index, goes_on);
                } else {
                    self.lines[index].rest = all;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.broken(index),
        }
    }

    /// Takes an answer; `false` while it is not all there.
    fn take(&mut self, index: usize, bytes: &[u8]) -> bool {
        let Some((head, end)) = wire::head(bytes) else { return false };
        let length = usize::try_from(wire::field(head, "content-length").unwrap_or(0)).unwrap_or(0);
        let Some(body) = bytes.get(end..end + length) else { return false };
        let line = &mut self.lines[index];
        line.is_busy = false;
        self.busy -= 1;
        self.last = micros();
        let took = u64::try_from(self.last - line.due).unwrap_or(0);
        let took_sent = u64::try_from(self.last - line.sent).unwrap_or(0);
        match wire::status(head) {
            200 | 201 => {
                self.joined.accepted.saturating_record(took);
                self.joined.accepted_sent.saturating_record(took_sent);
                self.joined.numbers.extend(wire::number_after(body, br#""number":"#));
            }
            status => {
                self.joined.refused.saturating_record(took);
                self.joined.refused_sent.saturating_record(took_sent);
                *self.joined.others.entry(status).or_default() += 1;
                let is_polite = wire::field(head, "retry-after").is_some();
                self.joined.rude += u64::from([503, 429].contains(&status) && !is_polite);
            }
        }
        true
    }

    fn next(&mut self, index: usize, goes_on: bool) {
        match self.waiting.pop_front() {
            Some(due) => self.send(index, due),
            None if goes_on && matches!(self.plan.pace, Pace::Closed) => self.send(index, micros()),
            None => self.idle.push(index),
        }
    }
}

/// Whole microseconds.
fn whole(micros: f64) -> i64 {
    i64::try_from(Duration::from_secs_f64(micros / 1e6).as_micros()).unwrap_or(i64::MAX)
}
