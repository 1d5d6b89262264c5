//! `cargo xtask seed --events N`: made-up events, up to a million, through the public API.

use anyhow::{Context, bail};
use chrono::{NaiveDate, NaiveTime};
use clap::Args;
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use platform::clock::{Clock, SystemClock};

use crate::{
    chance::Chance,
    currency,
    demo::{
        names,
        venues::{DemoVenue, VENUES, VenueKind},
    },
    organizer::{self, Category, Event, ImportRow, Organizer, OrganizerArgs, Outcome, Tier},
    when,
};

/// Makes events, as many as asked. The same seed on the same day makes the same events, so an interrupted run is
/// finished by running it again.
#[derive(Args)]
pub(crate) struct Seed {
    /// How many.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    events: u32,
    /// Another seed makes other events.
    #[arg(long = "seed", default_value_t = 1)]
    from: u64,
    #[command(flatten)]
    organizer: OrganizerArgs,
    /// How many tickets each event sells.
    #[arg(long, default_value_t = 4)]
    tickets: u32,
    /// Rows in one call.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: u16,
    /// Calls at the same time.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=32))]
    concurrency: u8,
}

impl Seed {
    /// Makes the events in the running system.
    ///
    /// # Errors
    ///
    /// When nobody can sign in, the system goes away, or it refuses an event.
    #[expect(clippy::print_stdout, reason = "the rate is the command's answer")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let organizer = self.organizer.sign_in().await?;
        let style =
            ProgressStyle::with_template("seed {wide_bar} {pos}/{len} events, {per_sec}, {eta} to go")?;
        let progress = ProgressBar::new(u64::from(self.events)).with_style(style);
        let (created, repeated) = self.send(&organizer, &progress).await?;
        progress.finish_and_clear();
        let seconds = progress.elapsed().as_secs_f64();
        let rate = f64::from(created + repeated) / seconds.max(0.001);
        println!("{created} events created, {repeated} there already, in {seconds:.1} s: {rate:.0} a second");
        Ok(())
    }

    async fn send(&self, organizer: &Organizer, progress: &ProgressBar) -> anyhow::Result<(u32, u32)> {
        let today = SystemClock.now().date_naive();
        let (end, batch) = (self.events, u32::from(self.batch));
        let mut answers = stream::iter((0..end).step_by(usize::from(self.batch)))
            .map(|first| async move {
                let numbers = first..end.min(first.saturating_add(batch));
                let rows: Vec<_> = numbers.map(|n| invent(self.from, n, self.tickets, today)).collect();
                organizer.import(&rows).await.with_context(|| format!("events from number {first} failed"))
            })
            .buffer_unordered(usize::from(self.concurrency));
        let (mut created, mut repeated) = (0_u32, 0_u32);
        while let Some(outcomes) = answers.next().await {
            for outcome in outcomes? {
                match outcome.outcome {
                    Outcome::Created => created += 1,
                    Outcome::Updated | Outcome::Unchanged => repeated += 1,
                    Outcome::Refused => {
                        let problem = outcome.problem.unwrap_or_default();
                        bail!("event {} of a call was refused: {}", outcome.row, organizer::reason(&problem));
                    }
                }
                progress.inc(1);
            }
        }
        Ok((created, repeated))
    }
}

/// The `number`-th event. Each is made alone, so any part of a million can be made without the rest.
fn invent(seed: u64, number: u32, tickets: u32, today: NaiveDate) -> ImportRow {
    let mut chance = Chance::nth(seed, u64::from(number));
    let venue: &DemoVenue = chance.pick(&VENUES);
    let time = NaiveTime::from_hms_opt(12 + chance.below(10), 30 * chance.below(2), 0).unwrap_or_default();
    let day = when::midnight(today, 2 + u64::from(chance.below(363))).date_naive();
    let starts_at = when::instant(day, time, venue.zone);
    let currency = currency::of(&venue.body.country);
    let (category, title, performers) = match venue.kind {
        VenueKind::Stadium => {
            let (home, guest) = (names::team(&mut chance, &venue.body.city), names::band(&mut chance));
            (Category::Sport, format!("{home} – {guest}"), vec![home, guest])
        }
        VenueKind::Theatre => {
            let (play, lead) = (names::play(&mut chance), names::person(&mut chance));
            (Category::Theatre, format!("{play}, with {lead}"), vec![lead])
        }
        VenueKind::Arena | VenueKind::Hall | VenueKind::Club => {
            let (band, tour) = (names::band(&mut chance), names::tour(&mut chance));
            (Category::Concert, format!("{band}: {tour}"), vec![band])
        }
    };
    let price = currency::price(currency, 1_950 + 500 * i64::from(chance.below(20)));
    let event = Event {
        external_id: format!("seed/{seed}/{number}"),
        description: format!("Invented event number {number} of seed {seed}."),
        title,
        category,
        starts_at,
        sales_start: when::midnight(today, 0),
        sales_end: starts_at,
        currency,
        ticket_limit: 8,
        tiers: vec![Tier::standing("Entry", price, tickets)],
        seats: Vec::new(),
    };
    ImportRow { venue: venue.body.clone(), performers, event }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_event_depends_on_seed_number_and_day_alone() {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        assert_eq!(invent(1, 999_999, 4, today), invent(1, 999_999, 4, today));
        assert_ne!(invent(1, 5, 4, today), invent(2, 5, 4, today));
        let titles: HashSet<_> = (0..500).map(|number| invent(1, number, 4, today).event.title).collect();
        assert!(titles.len() > 400, "only {} titles among 500 events", titles.len());
    }
}
