//! Requests over HTTP from one thread: as many as will go, or at instants fixed beforehand whether the service keeps up or not.

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

/// When the next request sets out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// As soon as the last one of its connection is answered.
    Closed,
    /// So many a second, evenly, whatever the answers do.
    Open(u32),
}

/// Where to, on how many connections, how fast, for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) target: SocketAddr,
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) span: Duration,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// What the script knows it by.
    pub(super) tag: usize,
    /// As it is sent.
    pub(super) bytes: Vec<u8>,
}

/// What is asked.
pub(super) trait Script {
    /// The next request; none when there are no more.
    fn next(&mut self) -> Option<Asked>;

    /// Whether there are no more.
    fn is_over(&self) -> bool;

    /// Hears an answer, and says what follows it at once on its connection, if something does.
    fn answered(&mut self, tag: usize, status: u64, body: &[u8]) -> Option<Asked>;
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Played {
    /// Requests that were accepted.
    pub(super) good: u64,
    /// The same, per second.
    pub(super) rate: f64,
    /// From the first request to the last answer, in seconds.
    pub(super) took: f64,
    /// From the due instant to the answer, in microseconds: of accepted requests, and of refused ones.
    pub(super) accepted: Histogram<u64>,
    /// See `accepted`.
    pub(super) refused: Histogram<u64>,
    /// The same from the instant at which the request was written: without the wait for a free connection.
    pub(super) accepted_sent: Histogram<u64>,
    /// See `accepted_sent`.
    pub(super) refused_sent: Histogram<u64>,
    /// How late requests were written although a connection was free: the client's own delay.
    pub(super) lag: Histogram<u64>,
    /// All statuses outside 200 to 299; 0 is a broken connection or no answer.
    pub(super) others: BTreeMap<u64, u64>,
    /// 503 and 429 without `Retry-After`.
    pub(super) rude: u64,
    /// Requests that had no free connection to the end.
    pub(super) unsent: u64,
    /// What the first refusal said.
    pub(super) first_refusal: Option<String>,
}

struct Line {
    stream: TcpStream,
    tag: usize,
    due: i64,
    sent: i64,
    is_busy: bool,
    rest: Vec<u8>,
}

struct Load<'a, S> {
    plan: Plan,
    script: &'a mut S,
    poll: Poll,
    lines: Vec<Line>,
    idle: Vec<usize>,
    /// How many requests are under way. Counted as it changes: looking at thousands of connections each time would make the
    /// client late itself.
    busy: u64,
    waiting: VecDeque<i64>,
    began: i64,
    due: u64,
    played: Played,
    last: i64,
}

/// A quantile in milliseconds.
pub(super) fn millis(times: &Histogram<u64>, quantile: f64) -> f64 {
    float(times.value_at_quantile(quantile)) / 1000.0
}

impl Played {
    /// What went wrong: refusals and broken connections, beside `allowed` statuses.
    pub(super) fn breaches(&self, what: &str, allowed: &[u64]) -> Vec<String> {
        let other = |(status, times): (&u64, &u64)| {
            let said = self.first_refusal.as_deref().unwrap_or_default();
            (!allowed.contains(status)).then(|| format!("{times} {what} got {status} {said}"))
        };
        let mut breaches: Vec<_> = self.others.iter().filter_map(other).collect();
        if self.rude > 0 {
            breaches.push(format!("{} refusals say nothing of when to come back", self.rude));
        }
        breaches
    }
}

/// Asks what `script` says, as `plan` says.
pub(super) fn play<S: Script>(plan: Plan, script: &mut S) -> Result<Played> {
    let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3);
    let played = Played {
        good: 0,
        rate: 0.0,
        took: 0.0,
        accepted: histogram()?,
        refused: histogram()?,
        accepted_sent: histogram()?,
        refused_sent: histogram()?,
        lag: histogram()?,
        others: BTreeMap::new(),
        rude: 0,
        unsent: 0,
        first_refusal: None,
    };
    let (poll, waiting) = (Poll::new()?, VecDeque::new());
    let (lines, idle) = (Vec::new(), Vec::new());
    let mut load =
        Load { plan, script, poll, lines, idle, busy: 0, waiting, began: 0, due: 0, played, last: 0 };
    load.connect()?;
    load.run()
}

impl<S: Script> Load<'_, S> {
    fn connect(&mut self) -> Result<()> {
        for index in 0..self.plan.connections {
            let stream = std::net::TcpStream::connect(self.plan.target)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            self.poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
            self.lines.push(Line { stream, tag: 0, due: 0, sent: 0, is_busy: false, rest: Vec::new() });
            self.idle.push(index);
        }
        Ok(())
    }

    fn run(mut self) -> Result<Played> {
        let (mut events, mut scratch) = (Events::with_capacity(1024), vec![0; 16 * 1024]);
        self.began = micros();
        let end = self.began + i64::try_from(self.plan.span.as_micros())?;
        // Answers may be this late.
        let patience = end + 5_000_000;
        loop {
            let now = micros();
            self.arrive(now.min(end));
            let busy = self.busy;
            let is_done = self.script.is_over() || now >= end;
            if (is_done && busy == 0) || now > patience {
                if busy > 0 {
                    *self.played.others.entry(0).or_default() += busy;
                }
                break;
            }
            let is_open = matches!(self.plan.pace, Pace::Open(_));
            let pause = Duration::from_millis(if is_open { 0 } else { 10 });
            self.poll.poll(&mut events, Some(pause)).or_else(interrupted)?;
            if is_open && events.is_empty() {
                // The kernel's wait counts in milliseconds. A client that never rests would keep a core from the service.
                std::thread::sleep(REST);
            }
            for event in &events {
                self.read(event.token().0, &mut scratch, micros() < end);
            }
        }
        self.played.unsent = count(self.waiting.len());
        self.played.took = seconds(self.began, self.last);
        self.played.rate = float(self.played.good) / self.played.took.max(1e-6);
        Ok(self.played)
    }

    /// Sends what is due.
    fn arrive(&mut self, now: i64) {
        match self.plan.pace {
            Pace::Closed => {
                if self.due == 0 {
                    self.due = 1;
                    for index in std::mem::take(&mut self.idle) {
                        self.send(index, micros());
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
                            self.played.lag.saturating_record(u64::try_from(micros() - due).unwrap_or(0));
                            self.send(index, due);
                        }
                        None => self.waiting.push_back(due),
                    }
                }
            }
        }
    }

    fn send(&mut self, index: usize, due: i64) {
        match self.script.next() {
            Some(asked) => self.write(index, &asked, due),
            None => self.idle.push(index),
        }
    }

    fn write(&mut self, index: usize, asked: &Asked, due: i64) {
        let line = &mut self.lines[index];
        (line.tag, line.due, line.sent, line.is_busy) = (asked.tag, due, micros(), true);
        self.busy += 1;
        if line.stream.write_all(&asked.bytes).is_err() {
            self.broken(index);
        }
    }

    fn broken(&mut self, index: usize) {
        let line = &mut self.lines[index];
        if std::mem::take(&mut line.is_busy) {
            self.busy -= 1;
            *self.played.others.entry(0).or_default() += 1;
        }
        drop(self.poll.registry().deregister(&mut line.stream));
    }

    fn read(&mut self, index: usize, scratch: &mut [u8], goes_on: bool) {
        loop {
            match self.lines[index].stream.read(scratch) {
                Ok(0) => return self.broken(index),
                Ok(read) => {
                    let mut all = std::mem::take(&mut self.lines[index].rest);
                    all.extend_from_slice(&scratch[..read]);
                    if !self.take(index, &all, goes_on) {
                        self.lines[index].rest = all;
                    }
                    // The poll tells once that something came: what did not fit is read now, or never.
                    if read < scratch.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => return self.broken(index),
            }
        }
    }

    /// Takes an answer and sends what comes next; `false` while it is not all there.
    fn take(&mut self, index: usize, bytes: &[u8], goes_on: bool) -> bool {
        let Some((head, end)) = wire::head(bytes) else { return false };
        let Some(length) = wire::body(head, &bytes[end..]) else { return false };
        let body = &bytes[end..end + length];
        let line = &mut self.lines[index];
        line.is_busy = false;
        self.busy -= 1;
        self.last = micros();
        let took = u64::try_from(self.last - line.due).unwrap_or(0);
        let took_sent = u64::try_from(self.last - line.sent).unwrap_or(0);
        let (tag, status) = (line.tag, wire::status(head));
        if (200..300).contains(&status) {
            self.played.accepted.saturating_record(took);
            self.played.accepted_sent.saturating_record(took_sent);
            self.played.good += 1;
        } else {
            self.played.refused.saturating_record(took);
            self.played.refused_sent.saturating_record(took_sent);
            *self.played.others.entry(status).or_default() += 1;
            let is_polite = wire::field(head, "retry-after").is_some();
            self.played.rude += u64::from([503, 429].contains(&status) && !is_polite);
            self.played.first_refusal.get_or_insert_with(|| String::from_utf8_lossy(body).into_owned());
        }
        match self.script.answered(tag, status, body) {
            Some(follows) => self.write(index, &follows, micros()),
            None => self.next(index, goes_on),
        }
        true
    }

    fn next(&mut self, index: usize, goes_on: bool) {
        // When the time is over nothing more sets out, whatever still waits for a connection: it counts as never sent.
        match self.waiting.pop_front_if(|_| goes_on) {
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
