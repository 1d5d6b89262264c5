//! G3 and G4 at their edges: readers who stop reading, and more connections than a gate has room for.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{
    Sizes,
    child::Part,
    heard::Heard,
    measure::{count, cpu, float, micros, pss, seconds},
    push::{announced, check_opened, clients, open},
    ratio::Report,
    stand::Stand,
};

/// How long slow readers may stay, from the moment at which they stop.
const PATIENCE: Duration = Duration::from_mins(1);

/// One in a hundred stops reading: the others hear as soon as before, and the gate is rid of the slow ones soon.
pub(super) fn slow(sizes: &Sizes) -> Result<Report> {
    let slow = (sizes.sockets / 100).max(1);
    let mut report = Report::new("slow", format!("{slow} of {} sockets stop reading", sizes.sockets));
    // Frames come ten times as often as usual, so that what the kernel keeps for a slow reader is soon full.
    let stand = Stand::start(sizes.gates, &[("QUEUE_GATE_TICK", "100ms")])?;
    let room = stand.room(60, "scheduled")?;
    report.breaches.extend(stand.fill(&room, 0, sizes.sockets)?);
    let (path, secret) = (format!("/queue/{}/live", room.id), stand.secret_file().display().to_string());
    let target = stand.target().to_string();
    let more = ["--slow".to_owned(), slow.to_string()];
    let mut clients = clients(&target, &path, Some(&secret), sizes.sockets, 10, &more)?;
    let opened = open(&mut clients)?;
    check_opened("gates", &opened, sizes.sockets, &mut report);
    let (began, before) = (micros(), pss(&stand.pids()));
    let (mut with, mut most, mut round) = (Vec::new(), before, 0);
    let mut cut_after = None;
    while cut_after.is_none() && seconds(began, micros()) < PATIENCE.as_secs_f64() {
        round += 1;
        let (from, heard) = announced(&stand, &room, &mut clients, round)?;
        let (reached, last): (u64, i64) =
            (heard.iter().map(|one| one.reached).sum(), heard.iter().map(|one| one.last).max().unwrap_or(0));
        if reached < count(sizes.sockets - slow) {
            report.breaches.push(format!("round {round} reached {reached} of those who read"));
        }
        with.push(seconds(from, last));
        most = most.max(pss(&stand.pids()));
        let gone: u64 = heard.iter().map(|one| one.slow_ended).sum();
        cut_after = (gone == count(slow)).then(|| seconds(began, micros()));
    }
    let mut without = Vec::new();
    for _ in 0..sizes.rounds.max(5) {
        round += 1;
        let (from, heard) = announced(&stand, &room, &mut clients, round)?;
        without.push(seconds(from, heard.iter().map(|one| one.last).max().unwrap_or(0)));
    }
    let ended: u64 = clients.iter_mut().map(ends).sum::<Result<u64>>()?;
    if ended > 0 {
        report.breaches.push(format!("{ended} sockets of readers ended"));
    }
    report.compare(
        "time to the last reader, slow ones beside",
        "s",
        &with,
        ("after they are gone", &without),
        &[("MUST", -1.1)],
    );
    let grown = float(most.saturating_sub(before)) / float(count(slow)) / 1024.0;
    report.number("memory grown, for each slow one", "KiB", &[grown], &[("MUST", -16.0)]);
    match cut_after {
        Some(after) => report.number("the last slow one is cut after", "s", &[after], &[("MUST", -30.0)]),
        None => report.breaches.push(format!("slow readers were still there after {} s", PATIENCE.as_secs())),
    }
    Ok(report)
}

/// How many sockets ended beside the slow ones.
fn ends(client: &mut Part) -> Result<u64> {
    client.tell("while 0")?;
    let heard: Heard = client.answer()?;
    Ok(heard.ended - heard.slow_ended)
}

/// More connections than there are places: those beyond are told when to come back, those inside notice nothing.
pub(super) fn full(sizes: &Sizes) -> Result<Report> {
    let (places, beyond) = (500, 300);
    let mut report = Report::new("full", format!("{places} places, {beyond} connections more"));
    let stand = Stand::start(1, &[("QUEUE_GATE_CONNECTIONS", "500")])?;
    let room = stand.room(60, "scheduled")?;
    report.breaches.extend(stand.fill(&room, 0, places + beyond)?);
    let (path, secret) = (format!("/queue/{}/live", room.id), stand.secret_file().display().to_string());
    let mut all = clients(&stand.target().to_string(), &path, Some(&secret), places + beyond, 10, &[])?;
    let opened = open(&mut all)?.pop().context("there is a client")?;
    if opened.failed > 0 {
        let trouble = opened.trouble.unwrap_or_default();
        report.breaches.push(format!(
            "{} connections were neither opened nor told when to come back: {trouble}",
            opened.failed
        ));
    }
    let pids = stand.pids();
    let (began, before) = (micros(), cpu(&pids));
    std::thread::sleep(Duration::from_secs(sizes.idle.into()));
    let cores = cpu(&pids).saturating_sub(before).as_secs_f64() / seconds(began, micros());
    let (_, heard) = announced(&stand, &room, &mut all, 1)?;
    let reached: u64 = heard.iter().map(|one| one.reached).sum();
    if reached < opened.sockets {
        report.breaches.push(format!("of {} sockets {reached} heard a round", opened.sockets));
    }
    report.number("sockets open", "", &[float(opened.sockets)], &[("MUST", 490.0)]);
    report.number("told when to come back", "", &[float(opened.turned_away)], &[("MUST", 290.0)]);
    report.number("while it is full", "cores", &[cores], &[("MUST", -0.1)]);
    Ok(report)
}
