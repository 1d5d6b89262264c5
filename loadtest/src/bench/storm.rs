//! G4: everybody connects at once.

use anyhow::{Context, Result};

use super::{
    Sizes,
    child::Part,
    heard::rate,
    push::{PER_PROCESS, check_opened, clients, open, start_floor},
    ratio::Report,
    stand::Stand,
};

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new("storm", format!("{} rounds of {} upgrades", sizes.rounds, sizes.sockets));
    let processes = u16::try_from(sizes.sockets.div_ceil(PER_PROCESS))?;
    let stand = Stand::start(processes.max(sizes.gates), &[])?;
    let room = stand.room(60, "scheduled")?;
    report.breaches.extend(stand.fill(&room, 0, sizes.sockets)?);
    let (path, secret) = (format!("/queue/{}/live", room.id), stand.secret_file().display().to_string());
    let (mut ours, mut theirs, mut p99) = (Vec::new(), Vec::new(), Vec::new());
    let wide = ["--in-flight".to_owned(), sizes.in_flight.to_string()];
    for number in 0..sizes.rounds {
        let block = u8::try_from(10 + 40 * (number % 4))?;
        let floor = start_floor("bare", processes)?;
        let target = floor.first().context("a floor has a process")?.listens().to_owned();
        let opened = once(
            &mut clients(&target, "/", None, sizes.sockets, block, &wide)?,
            "bare tungstenite",
            sizes,
            &mut report,
        )?;
        theirs.push(opened.0);
        let target = stand.target().to_string();
        let opened = once(
            &mut clients(&target, &path, Some(&secret), sizes.sockets, block + 20, &wide)?,
            "gates",
            sizes,
            &mut report,
        )?;
        ours.push(opened.0);
        p99.push(opened.1);
        eprintln!(
            "  gates {:.0}, bare {:.0} upgrades a second; p99 {:.1} ms",
            opened.0,
            theirs.last().unwrap_or(&0.0),
            opened.1
        );
    }
    report.compare(
        "upgrades with a checked visitor",
        "a second",
        &ours,
        ("bare tungstenite", &theirs),
        &[("MUST", 0.5), ("TARGET", 0.8)],
    );
    report.number("handshake p99", "ms", &p99, &[("MUST", -500.0)]);
    Ok(report)
}

fn once(clients: &mut [Part], name: &str, sizes: &Sizes, report: &mut Report) -> Result<(f64, f64)> {
    let opened = open(clients)?;
    check_opened(name, &opened, sizes.sockets, report);
    let p99 = opened.iter().map(|one| one.p99).fold(0.0, f64::max);
    Ok((rate(&opened), p99))
}
