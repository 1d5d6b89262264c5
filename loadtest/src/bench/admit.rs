//! G2: batches called from a long line: how exact the rate is, and how long Redis is busy with a script.

use std::time::Duration;

use anyhow::Result;
use redis::cmd;
use sqlx::Row;

use super::{
    Sizes,
    measure::{float, median},
    ratio::Report,
    stand::{Room, Stand},
};

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "admit",
        format!("{} waiting, {} s at each rate, {} gates", sizes.waiting, sizes.seconds * 4, sizes.gates),
    );
    let stand = Stand::start(sizes.gates, &[])?;
    for rate in [10, 100, 1000, 5000] {
        let seconds = sizes.seconds * 4;
        let room = stand.room(rate * 60, "scheduled")?;
        let waiting = sizes.waiting.max(usize::try_from(rate * (seconds + 5))?);
        report.breaches.extend(stand.fill(&room, 0, waiting)?);
        slow_log(&stand, true)?;
        stand.open(&room)?;
        std::thread::sleep(Duration::from_secs(u64::from(seconds) + 2));
        let noted = slow_log(&stand, false)?;
        let mut by_script = std::collections::BTreeMap::<_, (f64, usize)>::new();
        for (script, millis) in &noted {
            let (longest, calls) = by_script.entry(script).or_default();
            *longest = longest.max(*millis);
            *calls += 1;
        }
        eprintln!("  {rate}/s: {by_script:?}");
        let scripts: Vec<f64> = noted.iter().map(|(_, millis)| *millis).collect();
        let batches = batches(&stand, &room)?;
        precision(rate, &batches, &mut report);
        let at = |quantile: f64| {
            let mut sorted = scripts.clone();
            sorted.sort_by(f64::total_cmp);
            let index =
                Duration::from_secs_f64(float(sorted.len().try_into().unwrap_or(0)) * quantile).as_secs();
            sorted
                .get(usize::try_from(index).unwrap_or(0).min(sorted.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0.0)
        };
        report.number(&format!("{rate}/s: script p99"), "ms", &[at(0.99)], &[("MUST", -2.0)]);
        report.number(&format!("{rate}/s: longest script"), "ms", &[at(1.0)], &[("MUST", -5.0)]);
        let lag: Vec<f64> = batches.iter().map(|batch| batch.applied_after).collect();
        report.number(
            &format!("{rate}/s: granted to applied, median"),
            "ms",
            &[median(&lag)],
            &[("MUST", -50.0)],
        );
        stand.close(&room)?;
    }
    Ok(report)
}

/// One batch.
struct Batch {
    /// Seconds after the first.
    at: f64,
    calls: u32,
    applied_after: f64,
}

fn batches(stand: &Stand, room: &Room) -> Result<Vec<Batch>> {
    let sql = format!(
        "select extract(epoch from granted_at - min(granted_at) over ())::float8 as at, cardinality(places)::int4 as calls,
           coalesce(extract(epoch from applied_at - granted_at) * 1000, 1e9)::float8 as applied_after
         from batch where room_id = '{}' order by tick",
        room.id
    );
    let rows = stand.runtime.block_on(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&stand.pool))?;
    rows.iter()
        .map(|row| {
            let calls = u32::try_from(row.try_get::<i32, _>("calls")?)?;
            Ok(Batch { at: row.try_get("at")?, calls, applied_after: row.try_get("applied_after")? })
        })
        .collect()
}

/// Never above in any minute; from below between any two batches some ten seconds apart. Batches come once a second, so that a
/// window which begins anywhere holds nine, ten or eleven of them at any rate: what is due is counted from one to the other.
fn precision(rate: u32, batches: &[Batch], report: &mut Report) {
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
            if (9.5..10.5).contains(&span) {
                least = least.min(f64::from(calls) / (f64::from(rate) * span));
            }
        }
    }
    let name = format!("{rate}/s: the slowest 10 s, of what is due");
    report.number(&name, "", &[least], &[("MUST", 0.99 - 0.1 / f64::from(rate))]);
}

/// With `begin`, lets Redis note how long each script takes; without, the times in milliseconds of those that it noted.
fn slow_log(stand: &Stand, begin: bool) -> Result<Vec<(String, f64)>> {
    type Entry = (u64, u64, u64, Vec<Vec<u8>>, String, String);
    let mut line = stand.line.clone();
    stand.runtime.block_on(async {
        if begin {
            let settings = [("slowlog-max-len", "100000"), ("slowlog-log-slower-than", "0")];
            for (name, value) in settings {
                let () = cmd("CONFIG").arg("SET").arg(name).arg(value).query_async(&mut line).await?;
            }
            let () = cmd("SLOWLOG").arg("RESET").query_async(&mut line).await?;
            return Ok(Vec::new());
        }
        let () =
            cmd("CONFIG").arg("SET").arg("slowlog-log-slower-than").arg("-1").query_async(&mut line).await?;
        let entries: Vec<Entry> = cmd("SLOWLOG").arg("GET").arg("-1").query_async(&mut line).await?;
        let scripts = entries
            .iter()
            .filter(|entry| entry.3.first().is_some_and(|name| name.eq_ignore_ascii_case(b"evalsha")));
        let script = |entry: &Entry| {
            let name = entry.3.get(1).map(|sha| String::from_utf8_lossy(sha).chars().take(8).collect());
            (name.unwrap_or_default(), float(entry.2) / 1000.0)
        };
        Ok(scripts.map(script).collect())
    })
}
