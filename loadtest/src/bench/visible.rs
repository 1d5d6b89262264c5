//! G7: from a commit in PostgreSQL to a search that finds it, while many events change; the same while the index is built
//! anew, and how fast that goes.

use std::{sync::Mutex, time::Duration};

use anyhow::{Context, Result, ensure};
use contracts::id::EventId;
use futures_util::{
    future::join_all,
    stream::{FuturesUnordered, StreamExt},
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::{
    Sizes,
    catalog::{self, Catalog, REST},
    measure::{count, float, quantile},
    ratio::Report,
};

/// How many connections change events.
const WRITERS: u32 = 8;
/// How often the newest change is looked for. No part of the interval at which the index shows what was written, so that
/// all moments between two of these are measured.
const LOOK_EVERY: Duration = Duration::from_millis(137);
/// A change that is not found by then is lost.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "visible",
        format!(
            "{} rounds of {} s, {} events, {} changes a second, the newest looked for every {LOOK_EVERY:?}",
            sizes.rounds, sizes.seconds, sizes.indexed, sizes.changes
        ),
    );
    let stand = Catalog::start(sizes)?;
    let span = Duration::from_secs(sizes.seconds.into());
    let (mut median, mut slow, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        let seen =
            stand.servers.runtime.block_on(change(&stand, sizes.changes, |began| began.elapsed() < span))?;
        report.breaches.extend(seen.breaches);
        median.push(quantile(&seen.lags, 0.5));
        slow.push(quantile(&seen.lags, 0.99));
        rates.push(seen.rate);
        eprintln!(
            "  {:.0} changes a second: p50 {:.0} ms, p99 {:.0} ms",
            seen.rate,
            median.last().unwrap_or(&0.0),
            slow.last().unwrap_or(&0.0)
        );
    }
    report.number("commit to found: p50", "ms", &median, &[("TARGET", -200.0)]);
    report.number("commit to found: p99", "ms", &slow, &[("TARGET", -1000.0)]);
    report.number("events changed", "a second", &rates, &[]);
    built_anew(&stand, sizes, &mut report)?;
    Ok(report)
}

/// An index is built while changes and searches go on.
fn built_anew(stand: &Catalog, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let builder = stand.rebuild()?;
    let limit = catalog::built_within(sizes.indexed)?;
    let goes_on = |began: Instant| builder.ended().is_none() && began.elapsed() < limit;
    let seen = stand.servers.runtime.block_on(change(stand, sizes.changes, goes_on))?;
    report.breaches.extend(seen.breaches);
    let said = builder.said();
    ensure!(builder.ended().is_some_and(|status| status.success()), "the index was not built: {said}");
    let rate = |line: &str| line.strip_suffix(" a second")?.split_whitespace().last()?.parse().ok();
    let filled: Option<f64> = said.lines().filter_map(rate).next_back();
    report.number("filled anew meanwhile", "documents a second", &[filled.context("it says how fast")?], &[]);
    let line = said.lines().find(|line| line.starts_with("the new index is in use")).context("it says so")?;
    let took: f64 = line
        .split_whitespace()
        .rev()
        .nth(1)
        .and_then(|took| took.parse().ok())
        .context("it says how long")?;
    report.number(
        "built anew meanwhile, compared and in use",
        "documents a second",
        &[float(count(sizes.indexed)) / took],
        &[],
    );
    report.number("commit to found meanwhile: p50", "ms", &[quantile(&seen.lags, 0.5)], &[]);
    report.number("commit to found meanwhile: p99", "ms", &[quantile(&seen.lags, 0.99)], &[]);
    report.number("searches meanwhile that found all events", "", &[float(seen.whole)], &[]);
    Ok(())
}

/// What came of it.
struct Seen {
    /// From a commit to a search that found it, in milliseconds.
    lags: Vec<f64>,
    /// Changes a second.
    rate: f64,
    /// How many searches for all events found all.
    whole: u64,
    breaches: Vec<String>,
}

/// Which event has which title since when.
type Changed = (Uuid, String, Instant);

/// Changes every eighth event from the `first` on, in time with the other writers, as long as `goes_on` says; how many.
async fn write(
    stand: &Catalog,
    (first, rate): (u32, u32),
    goes_on: impl Fn() -> bool + Send + Sync,
    changed: &Mutex<Vec<Changed>>,
) -> Result<u64> {
    let mut ticks = interval(Duration::from_secs(1) * WRITERS / rate.max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut turn, mut written) = (usize::try_from(first)?, 0);
    while goes_on() {
        ticks.tick().await;
        let event = stand.events[turn % stand.events.len()];
        let title = title(stand.servers.ids.next::<EventId>().uuid());
        let sql = sqlx::AssertSqlSafe(retitled(event, &title));
        sqlx::raw_sql(sql).execute(&stand.servers.pool).await?;
        if let Ok(mut changed) = changed.lock() {
            changed.push((event, title, Instant::now()));
        }
        turn += usize::try_from(WRITERS)?;
        written += 1;
    }
    Ok(written)
}

/// Changes events at `rate` as long as `goes_on` says, and looks for some of the changes.
async fn change(stand: &Catalog, rate: u32, goes_on: impl Fn(Instant) -> bool + Send + Sync) -> Result<Seen> {
    let (began, changed) = (Instant::now(), Mutex::new(Vec::new()));
    let goes_on = &goes_on;
    let writers = (0..WRITERS).map(|writer| write(stand, (writer, rate), move || goes_on(began), &changed));
    let (mut lags, mut lost, mut whole, mut partly) = (Vec::new(), 0_u64, 0_u64, 0_u64);
    let searches = async {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut looks = FuturesUnordered::new();
        while goes_on(began) || !looks.is_empty() {
            tokio::select! {
                Some(lag) = looks.next() => match lag? {
                    Some(lag) => lags.push(lag),
                    None => lost += 1,
                },
                _ = ticks.tick(), if goes_on(began) => {
                    let newest = changed.lock().ok().and_then(|mut newest| newest.drain(..).next_back());
                    looks.extend(newest.map(|(event, title, committed)| look(stand, event, title, committed)));
                }
                else => {}
            }
        }
        anyhow::Ok(())
    };
    let all = async {
        let mut ticks = interval(LOOK_EVERY);
        while goes_on(began) {
            ticks.tick().await;
            if stand.is_whole().await { whole += 1 } else { partly += 1 }
        }
    };
    let (written_all, searched, ()) = tokio::join!(join_all(writers), searches, all);
    let written: u64 = written_all.into_iter().sum::<Result<u64>>()?;
    searched?;
    let mut breaches = Vec::new();
    if lost > 0 {
        breaches.push(format!("{lost} changes were not found after {LOST_AFTER:?}"));
    }
    if partly > 0 {
        breaches.push(format!("{partly} searches for all events did not find all"));
    }
    Ok(Seen { lags, rate: float(written) / began.elapsed().as_secs_f64(), whole, breaches })
}

/// Searches for one change until it is found, and says how long that took, in milliseconds; none when it was lost.
async fn look(stand: &Catalog, event: Uuid, title: String, committed: Instant) -> Result<Option<f64>> {
    while !stand.is_found(event, &title).await? {
        if committed.elapsed() > LOST_AFTER {
            return Ok(None);
        }
        sleep(REST).await;
    }
    Ok(Some(committed.elapsed().as_secs_f64() * 1000.0))
}

/// One word that nothing else is called, and that is not like another.
fn title(id: Uuid) -> String {
    let letters = |byte: u8| [char::from(b'a' + (byte >> 4)), char::from(b'a' + (byte & 15))];
    Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()).as_bytes()[..8]
        .iter()
        .flat_map(|byte| letters(*byte))
        .collect()
}

fn retitled(event: Uuid, title: &str) -> String {
    format!(
        "begin;
         update event set title = '{title}' where event_id = '{event}';
         update search_version set version = version + 1, changed_in = pg_current_xact_id() where event_id = '{event}';
         commit"
    )
}
