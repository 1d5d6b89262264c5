//! slowhttptest: many clients who begin and go on slowly, while another asks as everybody does.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use devstack::{process::which, system::Service};
use platform::clock::{Clock, SystemClock};

use super::Stand;
use crate::{install, say};

/// The slow ones: their name, and how slowhttptest is told.
const ATTACKS: [(&str, &[&str]); 3] = [
    ("slow heads", &["-H", "-i", "5", "-x", "24"]),
    ("slow bodies", &["-B", "-i", "5", "-s", "8192", "-x", "10"]),
    ("slow reading", &["-X", "-n", "5", "-z", "32", "-w", "512", "-y", "1024", "-k", "3"]),
];
/// How many there are, and for how long.
const CLIENTS: &str = "600";
const SECONDS: &str = "20";
/// How long 99 in 100 of the others may wait for an answer meanwhile.
const PATIENCE: Duration = Duration::from_millis(250);

/// Which attacks are noticed by others.
pub(super) fn run() -> Result<BTreeSet<String>> {
    if which("slowhttptest").is_none() {
        install::packages_from_apt(&["slowhttptest"])?;
    }
    let stand = Stand::start(&[])?;
    let mut found = BTreeSet::new();
    for (name, how) in ATTACKS {
        let (took, failed) = under(&stand, how)?;
        let p99 = took.get(took.len() * 99 / 100).copied().unwrap_or(Duration::MAX);
        say::line(format_args!(
            "    {name}: {} requests of others, p99 {} ms, longest {} ms, {failed} without an answer",
            took.len(),
            p99.as_millis(),
            took.last().map_or(0, Duration::as_millis)
        ));
        if p99 > PATIENCE || failed > 0 {
            found.insert(format!("{name}: others wait"));
        }
    }
    Ok(found)
}

/// How long others waited under an attack, shortest first, and how many got no answer.
fn under(stand: &Stand, how: &[&str]) -> Result<(Vec<Duration>, usize)> {
    let url = format!("{}/console", stand.system.url(Service::Gate(0)));
    let mut attack = Command::new("slowhttptest");
    attack.args(how).args(["-c", CLIENTS, "-r", "300", "-l", SECONDS, "-p", "3", "-v", "0", "-u", &url]);
    let mut attack = attack.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let is_over = AtomicBool::new(false);
    let asked = thread::scope(|threads| {
        let other = threads.spawn(|| {
            let (mut took, mut failed) = (Vec::new(), 0);
            while !is_over.load(Ordering::Acquire) {
                match ask(&stand.authority()) {
                    Ok(time) => took.push(time),
                    Err(_) => failed += 1,
                }
                thread::sleep(Duration::from_millis(20));
            }
            (took, failed)
        });
        let ended = attack.wait().context("slowhttptest was lost");
        is_over.store(true, Ordering::Release);
        ended.map(|_| other.join())
    })?;
    let (mut took, failed) = asked.unwrap_or_default();
    ensure!(!took.is_empty(), "nobody else was answered at all");
    took.sort_unstable();
    Ok((took, failed))
}

/// Asks once, on a connection of its own.
fn ask(authority: &str) -> Result<Duration> {
    let began = SystemClock.now();
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok((SystemClock.now() - began).to_std()?)
}
