//! G1 and length: joins over HTTP into a line in which many wait, against one in which few do, in turn. Visitors are nowhere twice.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{
    Sizes, join,
    measure::{count, float},
    ratio::Report,
    requests::Pace,
    stand::{Room, Stand},
};

/// How many wait in the short line.
const FEW: usize = 10_000;
/// The most joins of one filling: it has to end within its time.
const PORTION: usize = 200_000;

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report =
        Report::new("depth", format!("{} rounds of {} s into {}", sizes.rounds, sizes.seconds, sizes.depth));
    let stand = Stand::start(sizes.gates, &[])?;
    let span = Duration::from_secs(sizes.seconds.into());
    let (mut long, mut short, mut base) = (Vec::new(), Vec::new(), 0);
    let before = memory(&stand)?;
    let room = filled(&stand, &mut base, sizes.depth, &mut report)?;
    let each = (memory(&stand)? - before) / float(count(sizes.depth));
    report.number("Redis's memory a waiting visitor, all keys", "bytes", &[each], &[("MUST", -300.0)]);
    for _ in 0..sizes.rounds {
        // A line that was joined for some seconds is short no longer: another one each time.
        let few = filled(&stand, &mut base, FEW, &mut report)?;
        for (room, rates) in [(&few, &mut short), (&room, &mut long)] {
            let joined = join::one(&stand, room, &mut base, sizes, Pace::Closed, span)?;
            report.breaches.extend(joined.breaches(&[]));
            rates.push(joined.rate());
        }
        stand.close(&few)?;
    }
    report.compare(
        "joins into the long line",
        "a second",
        &long,
        ("the short line", &short),
        &[("MUST", 0.9)],
    );
    Ok(report)
}

/// A room in which so many wait.
fn filled(stand: &Stand, base: &mut u64, waiting: usize, report: &mut Report) -> Result<Room> {
    let (room, mut left) = (stand.room(60, "scheduled")?, waiting);
    while left > 0 {
        let portion = left.min(PORTION);
        report.breaches.extend(stand.fill(&room, *base, portion)?);
        *base += u64::try_from(portion)?;
        left -= portion;
    }
    Ok(room)
}

/// The bytes that Redis holds.
fn memory(stand: &Stand) -> Result<f64> {
    let mut line = stand.line.clone();
    let info: String =
        stand.servers.runtime.block_on(redis::cmd("INFO").arg("memory").query_async(&mut line))?;
    let used = info.lines().find_map(|text| text.strip_prefix("used_memory:"));
    Ok(used.context("Redis says what it holds")?.trim().parse()?)
}
