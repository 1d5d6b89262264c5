//! What was measured, for a person (`Display`) or a program (`Serialize`).

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::{
    config::Rush,
    fan::{Journey, Outcome, Stage, Step},
    oracle::{self, Facts, Verdict},
};

/// How late fans may set out at the 99th percentile before the measurement is in doubt.
const LAG_GOAL: Duration = Duration::from_millis(5);

/// The longest time that is told from longer ones: an hour, in microseconds.
const LONGEST: u64 = 3_600_000_000;

/// What was played.
#[derive(Debug)]
pub struct Run {
    /// The on-sale.
    pub stage: Arc<Stage>,
    /// The fans' ways.
    pub journeys: Vec<Journey>,
    /// From the first arrival to the last end.
    pub took: Duration,
    /// From the new event to its being found; none where there is no search.
    pub indexed: Option<Duration>,
    /// When the change of rate was acknowledged.
    pub changed_at: Option<DateTime<Utc>>,
}

/// The report of a rush.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every promise and every goal held.
    pub passed: bool,
    /// The event that was made.
    pub event_id: String,
    /// Its room.
    pub room_id: String,
    /// How many fans came.
    pub fans: u32,
    /// For how many seats.
    pub seats: u32,
    /// From the first arrival to the last end, in seconds.
    pub seconds: f64,
    /// Fans who ended per second.
    pub fans_per_second: f64,
    /// Paid orders per second.
    pub purchases_per_second: f64,
    /// From the new event to its being found, in milliseconds.
    pub indexed_millis: Option<f64>,
    /// From the acknowledged change of rate to the next grant, in milliseconds.
    pub change_to_grant_millis: Option<f64>,
    /// For how many of these the cap was full, so that no rate could have called anybody.
    pub cap_full_millis: Option<f64>,
    /// How the fans ended.
    pub outcomes: Outcomes,
    /// Each step's times.
    pub steps: BTreeMap<Step, Times>,
    /// How late the fans set out: this program's own delay.
    pub lag: Times,
    /// What was promised, and whether it held.
    pub promises: Vec<Verdict>,
    /// Goals that were missed.
    pub missed: Vec<String>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// How many fans ended how.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcomes {
    /// With tickets.
    pub bought: u32,
    /// How many tickets that were.
    pub tickets: usize,
    /// Inside, with nothing left.
    pub sold_out: u32,
    /// In line, with nobody called any more.
    pub ended: u32,
    /// With an order that came to nothing.
    pub returned: u32,
    /// Without an answer.
    pub failed: u32,
    /// Fans whom search gave no answer, so that they went on by a link.
    pub unsearched: u32,
    /// How often seats that seemed free were not.
    pub seats_lost: u32,
    /// How often the system said "not now", or a connection broke.
    pub turned_away: u32,
    /// How many frames came over the sockets.
    pub frames: u64,
}

/// Percentiles, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    /// How many.
    pub count: u64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

impl Times {
    /// The percentiles of `all`, to three digits.
    ///
    /// # Panics
    /// Never: the bounds are possible.
    pub fn of(all: impl IntoIterator<Item = Duration>) -> Self {
        let mut histogram =
            Histogram::<u64>::new_with_bounds(1, LONGEST, 3).expect("the bounds are possible");
        for one in all {
            histogram.saturating_record(u64::try_from(one.as_micros()).unwrap_or(u64::MAX));
        }
        let millis = |micros: u64| Duration::from_micros(micros).as_secs_f64() * 1e3;
        let at = |quantile: f64| millis(histogram.value_at_quantile(quantile));
        let (count, max) = (histogram.len(), millis(histogram.max()));
        Self { count, p50: at(0.5), p90: at(0.9), p99: at(0.99), max }
    }
}

impl Report {
    /// The report of `run`.
    pub fn new(rush: &Rush, run: &Run, facts: &Facts, promises: Vec<Verdict>) -> Self {
        let outcomes = outcomes(&run.journeys);
        let steps: BTreeMap<Step, Times> = Step::ALL.iter().map(|step| (*step, times(run, *step))).collect();
        let lag = Times::of(run.journeys.iter().map(|journey| journey.lag));
        let (missed, notes) = goals(rush, &steps, &lag, outcomes.unsearched);
        let per_second = |count: u32| f64::from(count) / run.took.as_secs_f64().max(1e-9);
        Self {
            passed: missed.is_empty() && promises.iter().all(|verdict| verdict.breaches == 0),
            event_id: run.stage.event.to_string(),
            room_id: run.stage.room.to_string(),
            fans: rush.fans.get(),
            seats: rush.seats.get(),
            seconds: run.took.as_secs_f64(),
            fans_per_second: per_second(rush.fans.get()),
            purchases_per_second: per_second(outcomes.bought),
            indexed_millis: run.indexed.map(|took| took.as_secs_f64() * 1e3),
            change_to_grant_millis: run.changed_at.and_then(|at| next_grant(facts, at)),
            cap_full_millis: run
                .changed_at
                .and_then(|at| millis(oracle::line::has_room_from(facts, at)? - at)),
            outcomes,
            steps,
            lag,
            promises,
            missed,
            notes,
        }
    }
}

/// Milliseconds from `at` to the next grant.
fn next_grant(facts: &Facts, at: DateTime<Utc>) -> Option<f64> {
    let next = facts.batches.iter().find(|batch| batch.granted_at > at)?;
    millis(next.granted_at - at)
}

fn millis(span: TimeDelta) -> Option<f64> {
    Some(span.to_std().ok()?.as_secs_f64() * 1e3)
}

fn times(run: &Run, step: Step) -> Times {
    let laps = run.journeys.iter().flat_map(|journey| &journey.laps);
    Times::of(laps.filter(|(of, _)| *of == step).map(|(_, took)| *took))
}

fn outcomes(journeys: &[Journey]) -> Outcomes {
    let mut all = Outcomes::default();
    for journey in journeys {
        match &journey.outcome {
            Outcome::Bought { tickets, .. } => {
                all.bought += 1;
                all.tickets += tickets.len();
            }
            Outcome::SoldOut => all.sold_out += 1,
            Outcome::Ended => all.ended += 1,
            Outcome::Returned => all.returned += 1,
            Outcome::Failed { .. } => all.failed += 1,
        }
        all.unsearched += u32::from(!journey.was_searched);
        all.seats_lost += journey.seats_lost;
        all.turned_away += journey.turned_away;
        all.frames += journey.frames;
    }
    all
}

/// The goals that were missed, and what is worth a note.
fn goals(
    rush: &Rush,
    steps: &BTreeMap<Step, Times>,
    lag: &Times,
    unsearched: u32,
) -> (Vec<String>, Vec<String>) {
    let (mut missed, mut notes) = (Vec::new(), Vec::new());
    if unsearched > 0 {
        missed.push(format!("search gave {unsearched} fans no answer"));
    }
    if lag.p99 > LAG_GOAL.as_secs_f64() * 1e3 {
        let late =
            format!("fans set out {:.1} ms late at p99: this machine is too busy to measure well", lag.p99);
        if rush.tolerate_lag { notes.push(late) } else { missed.push(late) }
    }
    if let (Some(goal), Some(join)) = (rush.join_p99, steps.get(&Step::Join))
        && join.p99 > goal.as_secs_f64() * 1e3
    {
        missed.push(format!(
            "joining took {:.1} ms at p99, the goal is {}",
            join.p99,
            humantime::format_duration(goal)
        ));
    }
    (missed, notes)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcomes {
            bought,
            tickets,
            sold_out,
            ended,
            returned,
            failed,
            seats_lost,
            turned_away,
            frames,
            ..
        } = &self.outcomes;
        writeln!(f, "{} fans for {} seats in {:.1} s", self.fans, self.seats, self.seconds)?;
        writeln!(f, "event {}, room {}", self.event_id, self.room_id)?;
        writeln!(
            f,
            "{:.1} fans a second, {:.1} purchases a second",
            self.fans_per_second, self.purchases_per_second
        )?;
        if let Some(millis) = self.indexed_millis {
            writeln!(f, "found by search {millis:.0} ms after it was made")?;
        }
        if let Some(millis) = self.change_to_grant_millis {
            let full = self.cap_full_millis.unwrap_or_default();
            writeln!(
                f,
                "the first batch after the change of rate came {millis:.0} ms after its acknowledgement; the cap was full for {full:.0} ms of them"
            )?;
        }
        writeln!(
            f,
            "\n{bought} bought {tickets} tickets, {sold_out} found nothing left, {ended} were told in line, {returned} got their money back, {failed} got no answer"
        )?;
        writeln!(
            f,
            "{seats_lost} times other fans were faster, {turned_away} times the system said not now, {frames} frames"
        )?;
        writeln!(
            f,
            "\n{:<10}{:>8}{:>12}{:>12}{:>12}{:>12}",
            "step (ms)", "count", "p50", "p90", "p99", "max"
        )?;
        for (step, times) in &self.steps {
            line(f, &format!("{step:?}").to_lowercase(), times)?;
        }
        line(f, "own lag", &self.lag)?;
        writeln!(f)?;
        self.promises.iter().try_for_each(|verdict| judged(f, verdict))?;
        for missed in &self.missed {
            writeln!(f, "MISSED {missed}")?;
        }
        for note in &self.notes {
            writeln!(f, "note   {note}")?;
        }
        write!(f, "\n{}", if self.passed { "passed" } else { "FAILED" })
    }
}

fn judged(f: &mut fmt::Formatter<'_>, verdict: &Verdict) -> fmt::Result {
    let mark = if verdict.breaches == 0 { "ok    " } else { "BROKEN" };
    writeln!(f, "{mark} {}: {}", verdict.promise, verdict.checked)?;
    for example in &verdict.examples {
        writeln!(f, "         {example}")?;
    }
    match verdict.breaches.saturating_sub(verdict.examples.len()) {
        0 => Ok(()),
        more => writeln!(f, "         and {more} more"),
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, times: &Times) -> fmt::Result {
    let Times { count, p50, p90, p99, max } = times;
    writeln!(f, "{name:<10}{count:>8}{p50:>12.1}{p90:>12.1}{p99:>12.1}{max:>12.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_numbers() {
        let times = Times::of((1..=1000).map(Duration::from_millis));
        assert_eq!(times.count, 1000);
        for (found, expected) in
            [(times.p50, 500.0), (times.p90, 900.0), (times.p99, 990.0), (times.max, 1000.0)]
        {
            assert!((found - expected).abs() <= expected * 0.002, "{found} for {expected}");
        }
        assert_eq!(Times::of([]).count, 0);
    }
}
