//! A report: absolutes, ratios, goals, and what went wrong.

use std::fmt;

use serde::Serialize;

use super::{
    calls::{Played, millis},
    measure::{load, median},
};

/// What a bench found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Which bench.
    pub bench: String,
    /// With which sizes.
    pub sizes: String,
    /// The load of the machine before it began: others at work make both sides slower.
    pub load_before: f64,
    /// What was measured.
    pub rows: Vec<Row>,
    /// Lost messages, doubled places, refusals that nobody asked for: one of them makes the run worth nothing.
    pub breaches: Vec<String>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// One comparison.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What is compared.
    pub what: String,
    /// In which unit.
    pub unit: String,
    /// Ours: the median of the rounds.
    pub ours: f64,
    /// With what.
    pub against: String,
    /// The other's median; none where a number stands for itself.
    pub theirs: Option<f64>,
    /// Ours by theirs, or ours where there is no other.
    pub ratio: f64,
    /// The goals.
    pub goals: Vec<Goal>,
    /// How many rounds.
    pub rounds: usize,
}

/// A bound for a ratio.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Goal {
    /// `MUST` or `TARGET`.
    pub name: String,
    /// The bound.
    pub bound: f64,
    /// Whether more is better.
    pub at_least: bool,
    /// Whether it is met.
    pub met: bool,
}

impl Report {
    /// An empty one, begun now.
    pub(super) fn new(bench: &str, sizes: String) -> Self {
        let (rows, breaches, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { bench: bench.to_owned(), sizes, load_before: load(), rows, breaches, notes }
    }

    /// Whether nothing went wrong. Goals are printed, not enforced: machines differ.
    pub fn is_clean(&self) -> bool {
        self.breaches.is_empty()
    }

    /// Adds a comparison of medians. `goals` are names with bounds; a positive bound is a least, a negative one a most.
    pub(super) fn compare(
        &mut self,
        what: &str,
        unit: &str,
        ours: &[f64],
        (against, theirs): (&str, &[f64]),
        goals: &[(&str, f64)],
    ) {
        let (our, their) = (median(ours), median(theirs));
        let ratio = if their > 0.0 { our / their } else { 0.0 };
        self.push(what, unit, our, Some((against, their)), ratio, goals, ours.len());
    }

    /// Adds a number that stands for itself.
    pub(super) fn number(&mut self, what: &str, unit: &str, ours: &[f64], goals: &[(&str, f64)]) {
        let our = median(ours);
        self.push(what, unit, our, None, our, goals, ours.len());
    }

    /// Adds how long requests took at a fixed rate, by quantile, and how late the client itself was.
    pub(super) fn steady(&mut self, what: &str, rate: u32, played: &Played, goals: &[(f64, &[(&str, f64)])]) {
        for (quantile, goals) in goals {
            let name = format!("{rate} {what}/s, open loop: p{}", quantile * 100.0);
            self.number(&name, "ms", &[millis(&played.accepted, *quantile)], goals);
        }
        let lag = millis(&played.lag, 0.99);
        self.number("the client's own delay: p99", "ms", &[lag], &[]);
        if lag > 5.0 {
            let late = "the client was late itself: this machine is too busy for the open loop to be exact";
            self.notes.push(late.to_owned());
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the members of a row")]
    fn push(
        &mut self,
        what: &str,
        unit: &str,
        ours: f64,
        other: Option<(&str, f64)>,
        ratio: f64,
        goals: &[(&str, f64)],
        rounds: usize,
    ) {
        let goal = |(name, bound): &(&str, f64)| {
            let (at_least, bound) = (*bound > 0.0, bound.abs());
            let met = if at_least { ratio >= bound } else { ratio <= bound };
            Goal { name: (*name).to_owned(), bound, at_least, met }
        };
        self.rows.push(Row {
            what: what.to_owned(),
            unit: unit.to_owned(),
            ours,
            against: other.map_or("", |(against, _)| against).to_owned(),
            theirs: other.map(|(_, theirs)| theirs),
            ratio,
            goals: goals.iter().map(goal).collect(),
            rounds,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bench {} ({}), load before {:.2}", self.bench, self.sizes, self.load_before)?;
        for row in &self.rows {
            write!(f, "  {:<44} {:>12} {}", row.what, short(row.ours), row.unit)?;
            if let Some(theirs) = row.theirs {
                write!(f, ", {} {}: ratio {:.3}", row.against, short(theirs), row.ratio)?;
            }
            for goal in &row.goals {
                let sign = if goal.at_least { "≥" } else { "≤" };
                let verdict = if goal.met && self.is_clean() { "met" } else { "not met" };
                write!(f, "; {} {sign} {}: {verdict}", goal.name, short(goal.bound))?;
            }
            writeln!(f)?;
        }
        for breach in &self.breaches {
            writeln!(f, "  BREACH {breach}: the run counts for nothing")?;
        }
        for note in &self.notes {
            writeln!(f, "  note: {note}")?;
        }
        Ok(())
    }
}

/// A number with the digits that matter.
fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 1000.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_medians_and_goals_have_two_directions() {
        let mut report = Report::new("join", "small".to_owned());
        report.compare(
            "rate",
            "joins/s",
            &[60.0, 10.0, 70.0],
            ("the floor", &[100.0, 100.0, 1.0]),
            &[("MUST", 0.5), ("TARGET", 0.85)],
        );
        report.compare("time", "s", &[1.2], ("the floor", &[1.0]), &[("MUST", -1.5)]);
        let met: Vec<_> = report.rows.iter().flat_map(|row| &row.goals).map(|goal| goal.met).collect();
        assert_eq!(met, [true, false, true]);
        assert!((report.rows[0].ratio - 0.6).abs() < 1e-9);
        report.breaches.push("a place was given twice".to_owned());
        assert!(!report.is_clean() && report.to_string().contains("MUST ≥ 0.500: not met"));
    }
}
