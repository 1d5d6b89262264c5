//! `cargo xtask import FILE…`: real venues, concerts and matches from files of JSON lines, through the public API.
//!
//! Every row gets a line in the report: created, updated, unchanged, refused (the system said no) or unusable (the row lacks
//! what an event must have, such as coordinates). Unusable rows are the file's fault and do not fail the command; a
//! refused or unanswered row does, and so does a file of which no row at all can be used.

mod country;
mod report;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use platform::clock::{Clock, SystemClock};
use report::{Fate, Origin, Report};
use source::{Item, Terms};

use crate::organizer::{self, CallError, ImportRow, Organizer, OrganizerArgs, Outcome, RowOutcome, Venue};

/// Brings in venues, concerts and matches from files of JSON lines.
#[derive(Args)]
pub(crate) struct Import {
    /// Files of JSON lines; a row is recognised by its fields.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    organizer: OrganizerArgs,
    /// How many tickets each event sells.
    #[arg(long, default_value_t = 20)]
    tickets: u32,
    /// Rows in one call.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: u16,
    /// Calls at the same time.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=32))]
    concurrency: u8,
    /// Where the report by row goes.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// A row and where it stands.
type At<T> = (Origin, T);

/// The usable rows of all files.
#[derive(Default)]
struct Rows {
    venues: Vec<At<Venue>>,
    events: Vec<At<ImportRow>>,
}

impl Rows {
    fn count(&self) -> usize {
        self.venues.len() + self.events.len()
    }
}

impl Import {
    /// Imports the files into the running system.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, nobody can sign in, or a row was refused or not answered.
    #[expect(clippy::print_stdout, reason = "the summary is the command's answer")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let terms = Terms { today: SystemClock.now().date_naive(), tickets: self.tickets };
        let mut report = Report::default();
        let rows = read(&self.files, terms, &mut report)?;
        let organizer = self.organizer.sign_in().await?;
        let style =
            ProgressStyle::with_template("import {wide_bar} {pos}/{len} rows, {per_sec}, {eta} to go")?;
        let progress = ProgressBar::new(u64::try_from(rows.count())?).with_style(style);
        let mut finished = self.send_venues(&organizer, rows.venues, &mut report, &progress).await;
        if finished.is_ok() {
            finished = self.send_events(&organizer, rows.events, &mut report, &progress).await;
        }
        progress.finish_and_clear();
        let path = self.report.unwrap_or_else(|| devstack::place::target().join("import-report.jsonl"));
        report.write(&path)?;
        print!("{}", report.summary());
        println!("{:.1} s; the report by row is {}", progress.elapsed().as_secs_f64(), path.display());
        finished?;
        match report.count(Fate::Refused) {
            0 => Ok(()),
            refused => bail!("{refused} rows were refused"),
        }
    }

    async fn send_venues(
        &self,
        organizer: &Organizer,
        venues: Vec<At<Venue>>,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mut answers = stream::iter(venues)
            .map(|(origin, venue)| async move { (origin, organizer.venue(&venue).await) })
            .buffer_unordered(usize::from(self.concurrency) * 4);
        while let Some((origin, answer)) = answers.next().await {
            progress.inc(1);
            match answer {
                Ok(true) => report.add(origin, Fate::Created, None, None),
                Ok(false) => report.add(origin, Fate::Updated, None, None),
                Err(error) => fail(report, vec![origin], &error)?,
            }
        }
        Ok(())
    }

    /// Sends the events in batches. Stops at the first call that the system does not answer.
    async fn send_events(
        &self,
        organizer: &Organizer,
        mut events: Vec<At<ImportRow>>,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        // Rows of one venue travel together, so that calls under way at the same time seldom write the same venue.
        events.sort_by(|(_, a), (_, b)| a.venue.external_id.cmp(&b.venue.external_id));
        let mut answers = stream::iter(batches(events, usize::from(self.batch)))
            .map(|(origins, rows)| async move {
                let answer = organizer.import(&rows).await;
                (origins, rows, answer)
            })
            .buffer_unordered(usize::from(self.concurrency));
        while let Some((origins, rows, answer)) = answers.next().await {
            progress.inc(u64::try_from(origins.len())?);
            match answer {
                Ok(outcomes) => record(report, origins, outcomes)?,
                // The whole call was refused: one by one, to learn which row it was.
                Err(CallError::Refused { .. }) if origins.len() > 1 => {
                    for (origin, row) in origins.into_iter().zip(rows) {
                        match organizer.import(&[row]).await {
                            Ok(outcomes) => record(report, vec![origin], outcomes)?,
                            Err(error) => fail(report, vec![origin], &error)?,
                        }
                    }
                }
                Err(error) => fail(report, origins, &error)?,
            }
        }
        Ok(())
    }
}

/// Reads all files; rows that cannot be used go to the report at once.
fn read(files: &[PathBuf], terms: Terms, report: &mut Report) -> anyhow::Result<Rows> {
    let mut rows = Rows::default();
    for file in files {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let before = rows.count();
        read_lines(file, &text, terms, &mut rows, report);
        if rows.count() == before {
            let (file, summary) = (file.display(), report.summary());
            bail!("no row of {file} can be used: it should hold venues, concerts or matches\n{summary}");
        }
    }
    Ok(rows)
}

fn read_lines(file: &Path, text: &str, terms: Terms, rows: &mut Rows, report: &mut Report) {
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let origin = Origin { file: file.to_owned(), line: index + 1 };
        match source::read(line, terms) {
            Ok(Item::Venue(venue)) => rows.venues.push((origin, venue)),
            Ok(Item::Event(row)) => rows.events.push((origin, *row)),
            Err(why) => report.add(origin, Fate::Unusable, None, Some(why.to_string())),
        }
    }
}

fn batches(events: Vec<At<ImportRow>>, size: usize) -> Vec<(Vec<Origin>, Vec<ImportRow>)> {
    let mut batches: Vec<(Vec<Origin>, Vec<ImportRow>)> = Vec::new();
    for (origin, row) in events {
        match batches.last_mut().filter(|(origins, _)| origins.len() < size) {
            Some((origins, rows)) => {
                origins.push(origin);
                rows.push(row);
            }
            None => batches.push((vec![origin], vec![row])),
        }
    }
    batches
}

fn record(report: &mut Report, origins: Vec<Origin>, outcomes: Vec<RowOutcome>) -> anyhow::Result<()> {
    if origins.len() != outcomes.len() {
        bail!("{} rows were sent and {} answered", origins.len(), outcomes.len());
    }
    for (origin, outcome) in origins.into_iter().zip(outcomes) {
        let fate = match outcome.outcome {
            Outcome::Created => Fate::Created,
            Outcome::Updated => Fate::Updated,
            Outcome::Unchanged => Fate::Unchanged,
            Outcome::Refused => Fate::Refused,
        };
        let reason = outcome.problem.as_ref().map(organizer::reason);
        report.add(origin, fate, outcome.event_id, reason);
    }
    Ok(())
}

/// A refusal is the row's; anything else ends the import.
fn fail(report: &mut Report, origins: Vec<Origin>, error: &CallError) -> anyhow::Result<()> {
    let refused = matches!(error, CallError::Refused { .. });
    for origin in origins {
        let fate = if refused { Fate::Refused } else { Fate::Unanswered };
        report.add(origin, fate, None, Some(error.to_string()));
    }
    if refused { Ok(()) } else { bail!("the import stopped: {error}. Run it again: what is in stays in") }
}
