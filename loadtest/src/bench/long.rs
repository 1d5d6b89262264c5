//! G1: joining a long line beside joining a short one, and what a waiting visitor costs.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{
    Sizes, join,
    measure::{count, float},
    ratio::Report,
    requests::Pace,
    stand::Stand,
};

/// How many wait in the short line.
const SHORT: usize = 10_000;

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "long",
        format!("{} rounds of {} s with {} waiting", sizes.rounds, sizes.seconds, sizes.waiting),
    );
    let stand = Stand::start(sizes.gates, &[])?;
    let before = memory(&stand)?;
    let (long, mut base) = (stand.room(60, "scheduled")?, count(sizes.waiting));
    report.breaches.extend(stand.fill(&long, 0, sizes.waiting)?);
    let each = (memory(&stand)? - before) / float(count(sizes.waiting));
    report.number("Redis's memory a waiting visitor, all keys", "bytes", &[each], &[("MUST", -300.0)]);
    let span = Duration::from_secs(sizes.seconds.into());
    let (mut far, mut near) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        // A line of its own each time, which grows by what is measured.
        let short = stand.room(60, "scheduled")?;
        report.breaches.extend(stand.fill(&short, base, SHORT)?);
        base += count(SHORT);
        for (room, rates) in [(&short, &mut near), (&long, &mut far)] {
            let joined = join::one(&stand, room, &mut base, sizes, Pace::Closed, span)?;
            report.breaches.extend(joined.breaches(&[]));
            rates.push(joined.rate);
        }
    }
    let beside = format!("behind {SHORT} others");
    report.compare("joins behind all of them", "a second", &far, (&beside, &near), &[("MUST", 0.85)]);
    Ok(report)
}

/// The bytes that Redis holds.
fn memory(stand: &Stand) -> Result<f64> {
    let mut line = stand.line.clone();
    let info: String = stand.runtime.block_on(redis::cmd("INFO").arg("memory").query_async(&mut line))?;
    let used = info.lines().find_map(|text| text.strip_prefix("used_memory:"));
    Ok(used.context("Redis says what it holds")?.trim().parse()?)
}
