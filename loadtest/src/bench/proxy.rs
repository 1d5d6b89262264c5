//! G5: the gate as a proxy for fans who were let in, whose pass it checks at each request. Beside a bare proxy on hyper and nginx,
//! which check nothing, all in front of the same short answer; and beside itself, while many wait and are told where they stand.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use chrono::TimeDelta;
use contracts::{
    id::VisitorId,
    key::PrivateKey,
    pass::{self, Pass, PassKind},
    token, visitor,
};
use platform::clock::{Clock, SystemClock};

use super::{
    Sizes,
    calls::{self, Asked, Pace, Plan, Played, Script, millis},
    child::Part,
    heard::Heard,
    measure::{count, cpu, float, median},
    nginx::{self, Nginx},
    push::{PER_PROCESS, check_opened, clients, open, start_floor},
    ratio::Report,
    stand::{Room, Stand},
};

/// How many fans ask, each with a pass of their own.
const FANS: u64 = 1000;
/// How often those who wait are told something.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// How long each proxy is asked before it is measured.
const WARM: Duration = Duration::from_millis(500);

/// A proxy.
struct Door {
    name: &'static str,
    target: SocketAddr,
    pids: Vec<i32>,
    rates: Vec<f64>,
    costs: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

/// The same question by one fan after the other, as long as there is time.
struct Ask {
    requests: Vec<Vec<u8>>,
    sent: usize,
}

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "proxy",
        format!(
            "{} rounds of {} s, {} connections, {FANS} fans, {} sockets beside",
            sizes.rounds, sizes.seconds, sizes.connections, sizes.pushed_sockets
        ),
    );
    let behind = start_floor("origin", 1)?;
    let origin = behind.first().context("there is an origin")?.listens().to_owned();
    beside_others(sizes, &origin, &mut report)?;
    beside_sockets(sizes, &origin, &mut report)?;
    Ok(report)
}

/// The gate, the bare proxy and nginx in turn.
fn beside_others(sizes: &Sizes, origin: &str, report: &mut Report) -> Result<()> {
    let stand = Stand::start(sizes.gates, &[("QUEUE_GATE_BOOKING", &format!("http://{origin}"))])?;
    let room = stand.room(60, "scheduled")?;
    let relay = bare(origin)?;
    let mut doors = vec![
        Door::new("gate", stand.target(), stand.pids()),
        Door::new("bare hyper", relay.listens().parse()?, vec![relay.pid()]),
    ];
    let nginx = Nginx::before(origin.parse()?)?;
    match &nginx {
        Some(nginx) => doors.push(Door::new("nginx", nginx.target(), nginx.pids())),
        None => report.notes.push(nginx::MISSING.to_owned()),
    }
    let mut asks: Vec<Ask> =
        doors.iter().map(|door| Ask::new(&stand, &room, door.target)).collect::<Result<_>>()?;
    for (door, ask) in doors.iter().zip(&mut asks) {
        play(door.target, sizes.connections, Pace::Closed, WARM, ask)?;
    }
    for round in 1..=sizes.rounds {
        for (door, ask) in doors.iter_mut().zip(&mut asks) {
            door.round(round, sizes, ask, report)?;
        }
    }
    compare(&doors, sizes, report);
    Ok(())
}

/// The bare proxy.
fn bare(origin: &str) -> Result<Part> {
    let port = devstack::port::Port::any()?;
    let listen = format!("127.0.0.1:{}", port.number());
    let words = ["relay", "--listen", &listen, "--upstream", origin];
    let mut part = Part::start(&words.map(str::to_owned))?;
    part.listens_on(&listen);
    let _: String = part.answer()?;
    Ok(part)
}

fn play(target: SocketAddr, connections: usize, pace: Pace, span: Duration, ask: &mut Ask) -> Result<Played> {
    calls::play(Plan { target, connections, pace, span }, ask)
}

impl Door {
    fn new(name: &'static str, target: SocketAddr, pids: Vec<i32>) -> Self {
        let (rates, costs, p50, p99) = Default::default();
        Self { name, target, pids, rates, costs, p50, p99 }
    }

    /// As many requests as will go, then so many a second.
    fn round(&mut self, round: u32, sizes: &Sizes, ask: &mut Ask, report: &mut Report) -> Result<()> {
        let span = Duration::from_secs(sizes.seconds.into());
        let before = cpu(&self.pids);
        let most = play(self.target, sizes.connections, Pace::Closed, span, ask)?;
        let spent = cpu(&self.pids).saturating_sub(before).as_secs_f64() * 1e6;
        let steady = play(self.target, sizes.connections, Pace::Open(sizes.passed_rate), span, ask)?;
        for played in [&most, &steady] {
            report.breaches.extend(played.breaches(&format!("requests through {}", self.name), &[]));
        }
        let cost = spent / float(most.good.max(1));
        let (p50, p99) = (millis(&steady.accepted, 0.5), millis(&steady.accepted, 0.99));
        eprintln!(
            "  {:<12} round {round}: {:.0}/s, {cost:.1} µs, p50 {p50:.3} ms, p99 {p99:.3} ms",
            self.name, most.rate
        );
        self.rates.push(most.rate);
        self.costs.push(cost);
        self.p50.push(p50);
        self.p99.push(p99);
        Ok(())
    }
}

fn compare(doors: &[Door], sizes: &Sizes, report: &mut Report) {
    let Some((ours, others)) = doors.split_first() else { return };
    let rate = sizes.passed_rate;
    for other in others {
        let (most, cost): (&[_], &[_]) = match other.name {
            "nginx" => (&[("TARGET", 0.9)], &[("TARGET", -1.1)]),
            _ => (&[("MUST", 0.9)], &[("MUST", -1.15)]),
        };
        report.compare("requests passed on", "/s", &ours.rates, (other.name, &other.rates), most);
        report.compare("processor time a request", "µs", &ours.costs, (other.name, &other.costs), cost);
        report.compare(
            &format!("{rate} requests/s, open loop: p50"),
            "ms",
            &ours.p50,
            (other.name, &other.p50),
            &[],
        );
        report.compare(
            &format!("{rate} requests/s, open loop: p99"),
            "ms",
            &ours.p99,
            (other.name, &other.p99),
            &[],
        );
    }
    if let Some(nginx) = others.iter().find(|other| other.name == "nginx") {
        let more = |ours: &[f64], theirs: &[f64]| [median(ours) - median(theirs)];
        report.number("p50 beyond nginx's", "ms", &more(&ours.p50, &nginx.p50), &[("TARGET", -0.05)]);
        report.number("p99 beyond nginx's", "ms", &more(&ours.p99, &nginx.p99), &[("TARGET", -0.5)]);
    }
}

/// The same gates, without and with sockets that wait and are told something every few seconds.
fn beside_sockets(sizes: &Sizes, origin: &str, report: &mut Report) -> Result<()> {
    let gates = u16::try_from(sizes.pushed_sockets.div_ceil(PER_PROCESS))?.max(sizes.gates);
    let booking = format!("http://{origin}");
    // How fast the line fills is not what is measured: a busy machine may take its time for it.
    let settings = [("QUEUE_GATE_BOOKING", booking.as_str()), ("QUEUE_GATE_JOIN_PATIENCE", "30s")];
    let stand = Stand::start(gates, &settings)?;
    let room = stand.room(60, "scheduled")?;
    let mut ask = Ask::new(&stand, &room, stand.target())?;
    report.breaches.extend(stand.fill(&room, 0, sizes.pushed_sockets)?);
    // Each time everybody is told at least once, with the tick that follows.
    let span = Duration::from_secs(sizes.seconds.into()).max(TOLD_EVERY);
    let pace = Pace::Open(sizes.passed_rate);
    play(stand.target(), sizes.connections, Pace::Closed, WARM, &mut ask)?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        let played = play(stand.target(), sizes.connections, pace, span, &mut ask)?;
        report.breaches.extend(played.breaches("requests", &[]));
        without.push(millis(&played.accepted, 0.99));
    }
    let (path, secret) = (format!("/queue/{}/live", room.id), stand.secret_file().display().to_string());
    let target = stand.target().to_string();
    let mut clients = clients(&target, &path, Some(&secret), sizes.pushed_sockets, 10, &[])?;
    check_opened("gates", &open(&mut clients)?, sizes.pushed_sockets, report);
    for round in 0..sizes.rounds {
        for client in &mut clients {
            client.tell(&format!("while {}", span.as_millis()))?;
        }
        let first = u64::from(round) * 1000;
        let played = while_told(&stand, &room, first, || {
            play(stand.target(), sizes.connections, pace, span, &mut ask)
        })?;
        let heard: Vec<Heard> = clients.iter_mut().map(Part::answer).collect::<Result<_>>()?;
        let (frames, ended): (u64, u64) =
            heard.iter().fold((0, 0), |(frames, ended), one| (frames + one.frames, ended + one.ended));
        if ended > 0 || frames < count(sizes.pushed_sockets) {
            report.breaches.push(format!("{frames} frames reached the sockets, {ended} of which ended"));
        }
        report.breaches.extend(played.breaches("requests beside sockets", &[]));
        with.push(millis(&played.accepted, 0.99));
        eprintln!("  beside sockets round {round}: {frames} frames, p99 {:.3} ms", with[with.len() - 1]);
    }
    let what = format!("p99 at {}/s beside {} sockets", sizes.passed_rate, sizes.pushed_sockets);
    report.compare(&what, "ms", &with, ("without them", &without), &[("MUST", -2.0)]);
    Ok(())
}

/// Does `work` while everybody in `room` is told something every few seconds, at once for the first time.
fn while_told<T>(stand: &Stand, room: &Room, first: u64, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        let telling = threads.spawn(|| {
            let mut round = first;
            while !is_over.load(Ordering::Acquire) {
                round += 1;
                stand.announce(room, &format!("r{round}"))?;
                let parts = TOLD_EVERY.as_millis() / 50;
                (0..parts)
                    .take_while(|_| !is_over.load(Ordering::Acquire))
                    .for_each(|_| thread::sleep(Duration::from_millis(50)));
            }
            anyhow::Ok(())
        });
        let done = work();
        is_over.store(true, Ordering::Release);
        match telling.join() {
            Ok(told) => told.and(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

impl Ask {
    /// What fans with passes to the event of `room` ask `target`.
    fn new(stand: &Stand, room: &Room, target: SocketAddr) -> Result<Self> {
        let key = std::fs::read_to_string(stand.servers.keys.private("gate"))?;
        let (key, now) = (PrivateKey::from_jwk(&key)?, SystemClock.now());
        let requests = (0..FANS).map(|_| {
            let sub: VisitorId = stand.servers.ids.next();
            let jti = stand.servers.ids.next();
            let exp = now + TimeDelta::hours(12);
            let pass =
                Pass { sub, jti, room: room.id, event: room.event, kind: PassKind::Admitted, iat: now, exp };
            format!(
                "GET /event/{event}/availability HTTP/1.1\r\nHost: {target}\r\nAccept: application/json\r\n\
                 User-Agent: loadtest\r\nCookie: {}={}; {}={}\r\n\r\n",
                visitor::COOKIE,
                visitor::sign(sub, &stand.secret),
                pass::cookie(room.event),
                token::sign(&pass, &key),
                event = room.event,
            )
            .into_bytes()
        });
        Ok(Self { requests: requests.collect(), sent: 0 })
    }
}

impl Script for Ask {
    fn next(&mut self) -> Option<Asked> {
        let bytes = self.requests.get(self.sent % self.requests.len().max(1))?.clone();
        self.sent += 1;
        Some(Asked { tag: self.sent, bytes })
    }

    fn is_over(&self) -> bool {
        false
    }

    fn answered(&mut self, _: usize, _: u64, _: &[u8]) -> Option<Asked> {
        None
    }
}
