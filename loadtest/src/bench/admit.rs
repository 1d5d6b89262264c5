//! G2: batches called from a long line: how exact the rate is, and how long Redis is busy with a script.

use std::time::Duration;

use anyhow::{Result, ensure};
use sqlx::Row;

use super::{
    Sizes,
    measure::median,
    ratio::Report,
    slow_log,
    stand::{Room, Stand},
};

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    ensure!(!sizes.lose_one || sizes.gates > 1, "the only gate cannot be lost");
    let lost = if sizes.lose_one { ", one of them killed halfway" } else { "" };
    let mut report = Report::new(
        "admit",
        format!(
            "{} waiting, {} s at each rate, {} gates{lost}",
            sizes.waiting,
            sizes.seconds * 4,
            sizes.gates
        ),
    );
    let mut stand = Stand::start(sizes.gates, &[])?;
    for rate in [10, 100, 1000, 5000] {
        let seconds = sizes.seconds * 4;
        let room = stand.room(rate * 60, "scheduled")?;
        let waiting = sizes.waiting.max(usize::try_from(rate * (seconds + 5))?);
        report.breaches.extend(stand.fill(&room, 0, waiting)?);
        slow_log::begin(&stand, 0)?;
        stand.open(&room)?;
        let half = Duration::from_secs(u64::from(seconds) + 2) / 2;
        std::thread::sleep(half);
        let killed = if sizes.lose_one { Some(lose_one(&stand)?) } else { None };
        std::thread::sleep(half);
        let calls = slow_log::end(&stand)?;
        let batches = batches(&stand, &room)?;
        precision(rate, &batches, killed, &mut report);
        for (name, quantile, goal) in [("script p99", 0.99, -2.0), ("longest script", 1.0, -5.0)] {
            let millis = slow_log::quantile(&calls, quantile);
            report.number(&format!("{rate}/s: {name}"), "ms", &[millis], &[("MUST", goal)]);
        }
        report.notes.push(format!("{rate}/s: {}", slow_log::longest(&calls)));
        let lag: Vec<f64> = batches.iter().map(|batch| batch.applied_after).collect();
        report.number(
            &format!("{rate}/s: granted to applied, median"),
            "ms",
            &[median(&lag)],
            &[("MUST", -50.0)],
        );
        stand.close(&room)?;
        if sizes.lose_one {
            stand.gates[0] = stand.launch(0)?;
        }
    }
    Ok(report)
}

/// Kills the first gate, which ticks as often as any; when it was, in seconds by the clock of the batches.
fn lose_one(stand: &Stand) -> Result<f64> {
    let now = stand.servers.rows("select extract(epoch from clock_timestamp())::float8 as at".to_owned())?;
    stand.gates[0].kill();
    Ok(now[0].try_get("at")?)
}

/// One batch.
struct Batch {
    /// Seconds since 1970.
    at: f64,
    calls: u32,
    applied_after: f64,
}

fn batches(stand: &Stand, room: &Room) -> Result<Vec<Batch>> {
    let sql = format!(
        "select extract(epoch from granted_at)::float8 as at, cardinality(places)::int4 as calls,
           coalesce(extract(epoch from applied_at - granted_at) * 1000, 1e9)::float8 as applied_after
         from batch where room_id = '{}' order by tick",
        room.id
    );
    let rows = stand.servers.rows(sql)?;
    rows.iter()
        .map(|row| {
            let calls = u32::try_from(row.try_get::<i32, _>("calls")?)?;
            Ok(Batch { at: row.try_get("at")?, calls, applied_after: row.try_get("applied_after")? })
        })
        .collect()
}

/// Never above in any minute; from below between any two batches some ten seconds apart. Batches come once a second, so that a
/// window which begins anywhere holds nine, ten or eleven of them at any rate: what is due is counted from one to the other.
/// The window in which a gate was killed counts from above only.
fn precision(rate: u32, batches: &[Batch], killed: Option<f64>, report: &mut Report) {
    let within = |from: f64, span: f64| -> u32 {
        batches
            .iter()
            .filter(|batch| batch.at >= from && batch.at < from + span)
            .map(|batch| batch.calls)
            .sum()
    };
    let most = batches.iter().map(|batch| within(batch.at, 60.0)).max().unwrap_or(0);
    if most > rate * 60 {
        report.breaches.push(format!("{rate}/s: {most} calls within a minute"));
    }
    let mut least = f64::INFINITY;
    for (index, first) in batches.iter().enumerate() {
        let mut calls = 0;
        for batch in &batches[index + 1..] {
            calls += batch.calls;
            let span = batch.at - first.at;
            let spans_a_death = killed.is_some_and(|killed| first.at <= killed && killed < batch.at);
            if (9.5..10.5).contains(&span) && !spans_a_death {
                least = least.min(f64::from(calls) / (f64::from(rate) * span));
            }
        }
    }
    let name = format!("{rate}/s: the slowest 10 s, of what is due");
    report.number(&name, "", &[least], &[("MUST", 0.99 - 0.1 / f64::from(rate))]);
}
