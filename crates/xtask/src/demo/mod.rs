//! The demo: a small catalog of our own making, and two big sales that are on tonight behind a waiting room.
//!
//! It comes in by the public API as any organizer's catalog would. Loading it again changes nothing but the dates,
//! which keep their distance from today.

mod calendar;
pub(crate) mod names;
mod plan;
pub(crate) mod venues;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use indicatif::{ProgressBar, ProgressStyle};
use platform::clock::{Clock, SystemClock};
use uuid::Uuid;

use crate::{
    endpoints::{Demo, Endpoints},
    organizer::{
        self, Category, Event, ImportRow, Organizer, OrganizerArgs, Outcome, Room, RowOutcome, Tier, Venue,
    },
    when,
};

/// Rows of one import. Many of them carry 140 seats each.
const BATCH: usize = 100;

/// Loads the demo catalog into a running system.
#[derive(clap::Args)]
pub(crate) struct LoadDemo {
    #[command(flatten)]
    organizer: OrganizerArgs,
}

impl LoadDemo {
    /// Loads it and prints the ids of tonight's sales and of their rooms, as JSON.
    ///
    /// # Errors
    ///
    /// As [`load`].
    #[expect(clippy::print_stdout, reason = "the ids are the command's answer")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (events, rooms) = load_as(&self.organizer.sign_in().await?).await?;
        println!("{}", serde_json::json!({ "events": events, "rooms": rooms }));
        Ok(())
    }
}

/// Loads the demo through the public API and says which events and rooms are on sale. Safe to repeat: what is there
/// already is brought up to date.
///
/// # Errors
///
/// When the gate does not answer, or refuses a part of the catalog; the message names the part.
pub(crate) async fn load(endpoints: &Endpoints) -> anyhow::Result<(Demo, Demo)> {
    load_as(&Organizer::sign_in(&endpoints.gate, endpoints.organizer.clone()).await?).await
}

async fn load_as(organizer: &Organizer) -> anyhow::Result<(Demo, Demo)> {
    let today = SystemClock.now().date_naive();
    let calendar = calendar::calendar(today);
    let progress = ProgressBar::new(u64::try_from(calendar.len())?).with_message("demo catalog");
    progress.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} events")?);
    progress.tick();
    let arena = sale(organizer, arena(today)).await?;
    let club = sale(organizer, club(today)).await?;
    let events = Demo { arena: arena.to_string(), club: club.to_string() };
    let arena = room(organizer, arena, "Harbour Arena, tonight's sale", 120, 200).await?;
    let club = room(organizer, club, "Kesselhaus Club, tonight's sale", 60, 50).await?;
    let rooms = Demo { arena: arena.to_string(), club: club.to_string() };
    for rows in calendar.chunks(BATCH) {
        let outcomes = organizer.import(rows).await.context("importing the demo calendar failed")?;
        refuse_refusals(&outcomes)?;
        progress.inc(u64::try_from(rows.len())?);
    }
    progress.finish_and_clear();
    Ok((events, rooms))
}

/// Brings in one of tonight's sales.
async fn sale(organizer: &Organizer, row: ImportRow) -> anyhow::Result<Uuid> {
    let name = row.event.external_id.clone();
    let outcomes = organizer.import(&[row]).await.with_context(|| format!("importing {name} failed"))?;
    refuse_refusals(&outcomes)?;
    outcomes
        .first()
        .and_then(|outcome| outcome.event_id)
        .with_context(|| format!("importing {name} gave no event"))
}

fn refuse_refusals(outcomes: &[RowOutcome]) -> anyhow::Result<()> {
    match outcomes.iter().find(|outcome| outcome.outcome == Outcome::Refused) {
        Some(refused) => {
            let problem = refused.problem.clone().unwrap_or_default();
            bail!("row {} of the demo catalog was refused: {}", refused.row, organizer::reason(&problem))
        }
        None => Ok(()),
    }
}

/// The room that guards the event: the one there is, or a new one that is open.
async fn room(
    organizer: &Organizer,
    event: Uuid,
    name: &str,
    admit_per_minute: u32,
    max_active: u32,
) -> anyhow::Result<Uuid> {
    let rooms = organizer.rooms().await.context("listing the rooms failed")?;
    if let Some(room) = rooms.iter().find(|room| room.event_id == event && room.state != "closed") {
        return Ok(room.room_id);
    }
    let room = Room {
        event_id: event,
        name: name.to_owned(),
        admit_per_minute,
        max_active,
        claim_window: "PT2M",
        session_length: "PT10M",
        state: "open",
    };
    let made =
        organizer.create_room(&room).await.with_context(|| format!("making the room {name} failed"))?;
    Ok(made.room_id)
}

/// An arena of our own invention, at the harbour of Hamburg.
fn arena(today: NaiveDate) -> ImportRow {
    let venue = Venue {
        external_id: "demo/Hamburg/Harbour Arena".to_owned(),
        name: "Harbour Arena".to_owned(),
        address: Some("Baakenhöft".to_owned()),
        city: "Hamburg".to_owned(),
        country: "DE".to_owned(),
        latitude: 53.5387,
        longitude: 10.0051,
        time_zone: "Europe/Berlin".to_owned(),
    };
    let starts_at = evening(today, 45, 20);
    let event = Event {
        external_id: "demo/arena".to_owned(),
        title: "The Copper Lanterns: Second Sunrise".to_owned(),
        description: "The one night of the tour in the north. 20,000 reserved seats in two rings.".to_owned(),
        category: Category::Concert,
        starts_at,
        sales_start: when::midnight(today, 0),
        sales_end: starts_at,
        currency: "EUR",
        ticket_limit: 6,
        tiers: plan::arena_tiers(),
        seats: plan::arena_seats(),
    };
    let performers = vec!["The Copper Lanterns".to_owned(), "Runa Lindqvist".to_owned()];
    ImportRow { venue, performers, event }
}

/// A club of our own invention, in Berlin.
fn club(today: NaiveDate) -> ImportRow {
    let venue = Venue {
        external_id: "demo/Berlin/Kesselhaus Club".to_owned(),
        name: "Kesselhaus Club".to_owned(),
        address: None,
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        latitude: 52.5390,
        longitude: 13.4130,
        time_zone: "Europe/Berlin".to_owned(),
    };
    let starts_at = evening(today, 12, 21);
    let event = Event {
        external_id: "demo/club".to_owned(),
        title: "The Paper Weathervanes: Lights Out Early".to_owned(),
        description: "A small room, standing. Early entry opens half an hour before the doors.".to_owned(),
        category: Category::Concert,
        starts_at,
        sales_start: when::midnight(today, 0),
        sales_end: starts_at,
        currency: "EUR",
        ticket_limit: 4,
        tiers: vec![Tier::standing("Standing", 3_450, 600), Tier::standing("Early entry", 5_900, 100)],
        seats: Vec::new(),
    };
    ImportRow { venue, performers: vec!["The Paper Weathervanes".to_owned()], event }
}

fn evening(today: NaiveDate, days: u64, hour: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    when::instant(when::midnight(today, days).date_naive(), time, Tz::Europe__Berlin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tonights_sales_are_on_sale_today_and_happen_later() {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        let (arena, club) = (arena(today).event, club(today).event);
        for event in [&arena, &club] {
            assert_eq!(event.sales_start.to_rfc3339(), "2026-11-23T00:00:00+00:00");
            assert!(event.starts_at > when::midnight(today, 2));
        }
        assert_eq!(arena.seats.len(), 20_000);
        let units: u32 = club.tiers.iter().filter_map(|tier| tier.quantity).sum();
        assert_eq!((units, club.tiers.len()), (700, 2));
    }
}
