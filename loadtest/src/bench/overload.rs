//! G9: three times as many joins as the gate can take.

use std::time::Duration;

use anyhow::Result;

use super::{
    Sizes, calls, join,
    measure::{float, pss},
    ratio::Report,
    requests::Pace,
    stand::Stand,
};

/// How many joins may be under way at a time: all cores answer some 36,000 requests a second of any kind, client included, so
/// that more connections would only wait longer for the client.
const CROWD: usize = 1024;

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "overload",
        format!("{} rounds of {} s at three times the highest rate", sizes.rounds, sizes.seconds),
    );
    let stand = Stand::start(sizes.gates, &[])?;
    let room = stand.room(60, "scheduled")?;
    let span = Duration::from_secs(sizes.seconds.into());
    let mut base = 0;
    let (mut most, mut accepted, mut times, mut refusals, mut memory) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut after, mut from_due) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        let highest = join::one(&stand, &room, &mut base, sizes, Pace::Closed, span)?;
        report.breaches.extend(highest.breaches(&[]));
        let wide = Sizes { connections: CROWD, ..sizes.clone() };
        let before = pss(&stand.pids());
        let three = u32::try_from(Duration::from_secs_f64(highest.rate() * 3.0).as_secs())?;
        let crowd = join::one(&stand, &room, &mut base, &wide, Pace::Open(three), span)?;
        report.breaches.extend(crowd.breaches(&[503, 429]));
        let turned: u64 = crowd.played.others.values().sum();
        most.push(highest.rate());
        accepted.push(crowd.rate());
        times.push(calls::millis(&crowd.played.accepted_sent, 0.99));
        refusals.push(calls::millis(&crowd.played.refused_sent, 0.99));
        from_due.push(crowd.millis(0.99));
        memory.push(float(pss(&stand.pids()).saturating_sub(before)) / 1024.0 / 1024.0);
        std::thread::sleep(Duration::from_secs(2));
        let calm = join::one(
            &stand,
            &room,
            &mut base,
            sizes,
            Pace::Open(sizes.rate.min(three / 12)),
            Duration::from_secs(2),
        )?;
        report.breaches.extend(calm.breaches(&[]));
        after.push(calm.millis(0.99));
        report.notes.push(format!(
            "{} accepted, {turned} refused, {} never sent because all {} connections were busy",
            crowd.played.good, crowd.played.unsent, wide.connections
        ));
    }
    report.compare(
        "joins accepted under three times the load",
        "a second",
        &accepted,
        ("without it", &most),
        &[("MUST", 0.9)],
    );
    // This machine cannot answer three times its highest rate at all, not even with refusals: what waits for one of the
    // client's connections has not reached the gate.
    report.number("accepted p99, from the instant of sending", "ms", &times, &[("MUST", -250.0)]);
    report.number("refused p99, from the instant of sending", "ms", &refusals, &[("MUST", -50.0)]);
    report.number("accepted p99, from the due instant", "ms", &from_due, &[]);
    report.number("memory grown", "MiB", &memory, &[]);
    report.number("p99 two seconds after", "ms", &after, &[("MUST", -5.0)]);
    Ok(report)
}
