//! G3: a position for everybody, and the time until the last one has it. Against a bare epoll writer, a bare
//! tokio-tungstenite and nginx with nchan, all connected at once and told in turn.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use redis::AsyncCommands;

use super::{
    Sizes,
    child::Part,
    heard::{Heard, Opened},
    measure::{count, cpu, float, micros, pss, seconds},
    nchan::{self, Nchan},
    ratio::Report,
    raw::Sent,
    stand::{Room, Stand},
};

/// The most sockets in one process, ours and the clients'.
pub(super) const PER_PROCESS: usize = 18_000;

/// Who serves.
enum Server<'a> {
    /// Our gates.
    Gates(&'a Stand, Room),
    /// A floor of our own.
    Floor(Vec<Part>),
    /// nginx.
    Nchan(Box<Nchan>, reqwest::Client),
}

/// Somebody who serves, and the clients connected to them.
struct Side<'a> {
    name: &'static str,
    server: Server<'a>,
    clients: Vec<Part>,
    times: Vec<f64>,
    costs: Vec<f64>,
    memory: f64,
    before: u64,
}

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new("push", format!("{} rounds to {} sockets", sizes.rounds, sizes.sockets));
    let processes = u16::try_from(sizes.sockets.div_ceil(PER_PROCESS))?;
    let stand = Stand::start(processes.max(sizes.gates), &[])?;
    let room = stand.room(60, "scheduled")?;
    report.breaches.extend(stand.fill(&room, 0, sizes.sockets)?);
    let mut sides =
        vec![floor("raw epoll", "raw", processes)?, floor("bare tungstenite", "bare", processes)?];
    match Nchan::start(processes)? {
        Some(nchan) => {
            sides.push(side("nginx + nchan", Server::Nchan(Box::new(nchan), reqwest::Client::new())));
        }
        None => report.notes.push(nchan::MISSING.to_owned()),
    }
    sides.insert(0, side("gates", Server::Gates(&stand, room.clone())));
    for (number, side) in sides.iter_mut().enumerate() {
        side.before = pss(&side.pids());
        let opened = side.connect(sizes.sockets, u8::try_from(10 + 20 * number)?)?;
        check_opened(side.name, &opened, sizes.sockets, &mut report);
    }
    std::thread::sleep(Duration::from_secs(2));
    for round in 1..=u64::from(sizes.rounds) {
        for side in &mut sides {
            side.round(round, sizes.sockets, &mut report)?;
        }
    }
    for side in &mut sides {
        let bytes = pss(&side.pids()).saturating_sub(side.before);
        side.memory = float(bytes) / float(count(sizes.sockets)) / 1024.0;
    }
    compare(&sides, &mut report);
    idle(&mut sides[0], sizes, &mut report)?;
    Ok(report)
}

fn side<'a>(name: &'static str, server: Server<'a>) -> Side<'a> {
    Side { name, server, clients: Vec::new(), times: Vec::new(), costs: Vec::new(), memory: 0.0, before: 0 }
}

fn floor(name: &'static str, kind: &str, processes: u16) -> Result<Side<'static>> {
    Ok(side(name, Server::Floor(start_floor(kind, processes)?)))
}

/// Processes of a floor that share a port; the first argument of all is where they listen.
pub(super) fn start_floor(kind: &str, processes: u16) -> Result<Vec<Part>> {
    let port = devstack::port::Port::any()?;
    let listen = format!("127.0.0.1:{}", port.number());
    (0..processes)
        .map(|_| {
            let mut part = Part::start(&[kind.to_owned(), "--listen".to_owned(), listen.clone()])?;
            part.listens_on(&listen);
            let _: String = part.answer()?;
            Ok(part)
        })
        .collect()
}

/// Clients with these sockets in all; not opened yet.
pub(super) fn clients(
    target: &str,
    path: &str,
    secret: Option<&str>,
    sockets: usize,
    block: u8,
    more: &[String],
) -> Result<Vec<Part>> {
    let processes = sockets.div_ceil(PER_PROCESS);
    (0..processes)
        .map(|number| {
            let first = sockets * number / processes;
            let size = sockets * (number + 1) / processes - first;
            let words = [
                "sockets",
                "--target",
                target,
                "--path",
                path,
                "--count",
                &size.to_string(),
                "--base",
                &first.to_string(),
                "--block",
                &(usize::from(block) + number).to_string(),
            ];
            let mut arguments: Vec<String> = words.into_iter().map(str::to_owned).collect();
            arguments.extend(secret.iter().flat_map(|file| ["--secret".to_owned(), (*file).to_owned()]));
            arguments.extend(more.iter().cloned());
            Part::start(&arguments)
        })
        .collect()
}

/// Opens all sockets of `clients` at once.
pub(super) fn open(clients: &mut [Part]) -> Result<Vec<Opened>> {
    for client in &mut *clients {
        client.tell("open")?;
    }
    clients.iter_mut().map(Part::answer).collect()
}

/// A socket that did not open is a breach.
pub(super) fn check_opened(name: &str, opened: &[Opened], expected: usize, report: &mut Report) {
    let all: u64 = opened.iter().map(|one| one.sockets).sum();
    if all != count(expected) {
        let trouble = opened.iter().find_map(|one| one.trouble.clone()).unwrap_or_default();
        report.breaches.push(format!("{name}: {all} of {expected} sockets opened {trouble}"));
    }
}

impl Side<'_> {
    fn pids(&self) -> Vec<i32> {
        match &self.server {
            Server::Gates(stand, _) => stand.pids(),
            Server::Floor(parts) => parts.iter().map(Part::pid).collect(),
            Server::Nchan(nchan, _) => nchan.pids(),
        }
    }

    fn connect(&mut self, sockets: usize, block: u8) -> Result<Vec<Opened>> {
        let (target, path, secret) = match &self.server {
            Server::Gates(stand, room) => {
                let secret = stand.secret_file().display().to_string();
                (stand.target().to_string(), format!("/queue/{}/live", room.id), Some(secret))
            }
            Server::Floor(parts) => {
                (parts.first().context("a floor has a process")?.listens().to_owned(), "/".to_owned(), None)
            }
            Server::Nchan(nchan, _) => (nchan.target().to_string(), "/live".to_owned(), None),
        };
        self.clients = clients(&target, &path, secret.as_deref(), sockets, block, &[])?;
        open(&mut self.clients)
    }

    /// Tells everybody, and waits until all have heard.
    fn round(&mut self, round: u64, sockets: usize, report: &mut Report) -> Result<()> {
        let pids = self.pids();
        let before = cpu(&pids);
        let (began, heard) = match &mut self.server {
            Server::Gates(stand, room) => announced(stand, room, &mut self.clients, round)?,
            Server::Floor(parts) => {
                expect(&mut self.clients, round)?;
                for part in parts.iter_mut() {
                    part.tell(&format!("round {round}"))?;
                }
                let sent: Vec<Sent> = parts.iter_mut().map(Part::answer).collect::<Result<_>>()?;
                let began = sent.iter().map(|sent| sent.began).min().unwrap_or(0);
                (began, answers(&mut self.clients)?)
            }
            Server::Nchan(nchan, http) => {
                expect(&mut self.clients, round)?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let began = runtime.block_on(nchan.publish(http, round))?;
                (began, answers(&mut self.clients)?)
            }
        };
        let spent = cpu(&pids).saturating_sub(before).as_secs_f64() * 1e6;
        let last = heard.iter().map(|one| one.last).max().unwrap_or(0);
        let sum = |of: fn(&Heard) -> u64| -> u64 { heard.iter().map(of).sum() };
        let (reached, frames, rises) = (sum(|one| one.reached), sum(|one| one.frames), sum(|one| one.rises));
        if reached < count(sockets) {
            report
                .breaches
                .push(format!("{}: round {round} reached {reached} of {sockets} sockets", self.name));
        }
        if rises > 0 {
            report.breaches.push(format!("{}: {rises} positions rose without a reason", self.name));
        }
        let (time, cost) = (seconds(began, last), spent / float(frames.max(1)));
        eprintln!("  {:<16} round {round}: last after {time:.3} s, {cost:.1} µs a frame", self.name);
        self.times.push(time);
        self.costs.push(cost);
        Ok(())
    }
}

/// From now on the clients wait for `round`.
fn expect(clients: &mut [Part], round: u64) -> Result<()> {
    for client in clients {
        // Frames are counted from here.
        client.tell("while 0")?;
        let _: Heard = client.answer()?;
        client.tell(&format!("round {round} 15000"))?;
    }
    Ok(())
}

fn answers(clients: &mut [Part]) -> Result<Vec<Heard>> {
    clients.iter_mut().map(Part::answer).collect()
}

/// Lets the gates tell everybody in `room`; when they began with it, and what the clients heard.
pub(super) fn announced(
    stand: &Stand,
    room: &Room,
    clients: &mut [Part],
    round: u64,
) -> Result<(i64, Vec<Heard>)> {
    expect(clients, round)?;
    stand.announce(room, &format!("r{round}"))?;
    let views = watch(stand, room, clients)?;
    let heard = answers(clients)?;
    let first = heard.iter().map(|one| one.first).min().unwrap_or(0);
    let began = views.iter().copied().filter(|view| *view <= first).max();
    Ok((began.unwrap_or(first), heard))
}

/// When the gates looked at the line, as their leases in Redis say: a round begins with such a look. Ends when the
/// clients are about to answer.
fn watch(stand: &Stand, room: &Room, clients: &mut [Part]) -> Result<Vec<i64>> {
    let (mut line, key) = (stand.line.clone(), format!("q:{{{}}}:nodes", room.id));
    let mut views = Vec::new();
    for _ in 0..1500 {
        let ends: Vec<(Vec<u8>, f64)> =
            stand.servers.runtime.block_on(line.zrange_withscores(&key, 0, -1))?;
        for (_, end) in ends {
            let view = i64::try_from(Duration::from_secs_f64(end / 1000.0).as_micros())? - LEASE;
            if !views.contains(&view) {
                views.push(view);
            }
        }
        if clients.iter_mut().all(Part::has_answered) {
            return Ok(views);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    bail!("the clients do not answer")
}

/// How long a gate's lease is with ticks of a second: [`watch`] reads when it began.
const LEASE: i64 = 5_000_000;

fn compare(sides: &[Side<'_>], report: &mut Report) {
    let Some((ours, others)) = sides.split_first() else { return };
    for other in others {
        let (time, cost, memory): (&[_], &[_], &[_]) = match other.name {
            "raw epoll" => (&[("MUST", -1.5)], &[], &[]),
            "bare tungstenite" => (&[], &[("MUST", -1.3)], &[]),
            _ => (&[("TARGET", -1.0)], &[("TARGET", -1.0)], &[]),
        };
        report.compare("time to the last position", "s", &ours.times, (other.name, &other.times), time);
        report.compare("processor time a push", "µs", &ours.costs, (other.name, &other.costs), cost);
        report.compare("memory a socket (Pss)", "KiB", &[ours.memory], (other.name, &[other.memory]), memory);
    }
    report.number("memory a socket (Pss)", "KiB", &[ours.memory], &[("MUST", -6.0), ("TARGET", -3.5)]);
}

/// Nothing happens but pings and the ticks of a line in which nobody is called.
fn idle(side: &mut Side<'_>, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let pids = side.pids();
    let (began, before) = (micros(), cpu(&pids));
    for client in &mut side.clients {
        client.tell(&format!("while {}", sizes.idle * 1000))?;
    }
    let heard: Vec<Heard> = side.clients.iter_mut().map(Part::answer).collect::<Result<_>>()?;
    let cores = cpu(&pids).saturating_sub(before).as_secs_f64() / seconds(began, micros()).max(1e-6);
    let (frames, pings): (u64, u64) =
        (heard.iter().map(|one| one.frames).sum(), heard.iter().map(|one| one.pings).sum());
    let ended: u64 = heard.iter().map(|one| one.ended).sum();
    if ended > 0 {
        report.breaches.push(format!("{ended} sockets ended while idle"));
    }
    report.number("idle, positions told in turn", "cores", &[cores], &[]);
    report.notes.push(format!("idle: {frames} frames and {pings} pings in {} s", sizes.idle));
    Ok(())
}
