//! An on-sale from its first visitor to its last mail.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::stage::{Desk, Room};
use crate::{
    arrival,
    config::Rush,
    fan::{self, Fan, Journey, Payment, Stage, Tally},
    http::Clients,
    oracle::{self, store::Stores},
    report::{Report, Run},
    system::System,
};

/// Plays the rush and checks it.
///
/// # Errors
/// When it cannot be played: no system, or one that refuses the event.
pub async fn play(rush: &Rush) -> Result<Report> {
    play_with(rush, &Arc::default(), |_| ()).await
}

/// The same, counting in `tally`; `set` hears what was set before the first fan comes.
///
/// # Errors
/// The same.
pub async fn play_with(rush: &Rush, tally: &Arc<Tally>, set: impl FnOnce(&Stage) + Send) -> Result<Report> {
    let system = System::find(&rush.target)?;
    let stores = Stores::open(&system).await?;
    let clients = Clients::new(system.gate.clone(), rush.addresses.get())?;
    let mut desk = Desk::open(clients.visitor(0), &system.organizer).await?;
    let (stage, room, indexed) = desk.set(rush, &system).await?;
    set(&stage);
    let stage = Arc::new(stage);

    let began = Instant::now();
    let (journeys, changed_at) = crowd(rush, &clients, (&stage, tally), &mut desk, &room).await?;
    let took = began.elapsed();
    ensure!(journeys.len() == usize::try_from(rush.fans.get())?, "a fan was lost by the load test itself");

    let facts = oracle::settle::settle(&stores, &stage, rush.settle).await?;
    let verdicts = oracle::judge(&facts, &journeys, &stage);
    desk.close(&room).await?;
    Ok(Report::new(rush, &Run { stage, journeys, took, indexed, changed_at }, &facts, verdicts))
}

/// Lets all fans come, and waits for the last one's end.
async fn crowd(
    rush: &Rush,
    clients: &Clients,
    (stage, tally): (&Arc<Stage>, &Arc<Tally>),
    desk: &mut Desk,
    room: &Room,
) -> Result<(Vec<Journey>, Option<DateTime<Utc>>)> {
    let instants = arrival::instants(rush.fans.get(), rush.rate.get(), rush.seed);
    let mut chance = StdRng::seed_from_u64(rush.seed.wrapping_add(1));
    let mut fans = JoinSet::new();
    let progress = progress(rush);
    let start = Instant::now() + Duration::from_millis(200);
    let half = instants.len() / 2;
    let mut changed_at = None;
    for (number, after) in instants.into_iter().enumerate() {
        let fan = Fan {
            number,
            visitor: clients.visitor(number),
            stage: stage.clone(),
            payment: payment(chance.random(), rush.trouble),
            wants: if chance.random::<f64>() < 0.3 { 2 } else { 1 },
            chance: StdRng::seed_from_u64(chance.random()),
            tally: tally.clone(),
            patience: rush.patience,
        };
        let due = start + after;
        fans.spawn(async move {
            sleep_until(due).await;
            fan::play(fan, due).await
        });
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    let mut journeys = Vec::new();
    while !fans.is_empty() {
        tokio::select! {
            Some(journey) = fans.join_next() => journeys.push(journey?),
            _ = ticks.tick() => show(&progress, tally),
        }
        if let (None, Some(rate)) = (changed_at, rush.change_rate)
            && usize::try_from(tally.arrived.load(Ordering::Relaxed))? >= half
        {
            changed_at = Some(desk.change_rate(room, rate.get()).await?);
        }
    }
    progress.finish_and_clear();
    Ok((journeys, changed_at))
}

/// The way in which a fan means to pay: troubles share `trouble` evenly.
fn payment(chance: f64, trouble: f64) -> Payment {
    let troubles = [Payment::Declined, Payment::Double, Payment::Late];
    let bounds = [trouble / 3.0, trouble * 2.0 / 3.0, trouble];
    let found = bounds.iter().zip(troubles).find(|(bound, _)| chance < **bound);
    found.map_or(Payment::Well, |(_, payment)| payment)
}

fn progress(rush: &Rush) -> ProgressBar {
    if rush.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} fans ended  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::from(rush.fans.get())).with_style(style.progress_chars("=> "))
}

fn show(progress: &ProgressBar, tally: &Tally) {
    let of = |counter: &std::sync::atomic::AtomicU32| counter.load(Ordering::Relaxed);
    let (bought, sold_out, failed) = (of(&tally.bought), of(&tally.sold_out), of(&tally.failed));
    progress.set_position(u64::from(bought + sold_out + failed));
    progress.set_message(format!(
        "arrived {}, in line {}, called {}, bought {bought}, too late {sold_out}, failed {failed}",
        of(&tally.arrived),
        of(&tally.joined).saturating_sub(of(&tally.called)),
        of(&tally.called),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_share_their_part_evenly() {
        assert_eq!(payment(0.0, 0.3), Payment::Declined);
        assert_eq!(payment(0.15, 0.3), Payment::Double);
        assert_eq!(payment(0.25, 0.3), Payment::Late);
        assert_eq!(payment(0.3, 0.3), Payment::Well);
        assert_eq!(payment(0.0, 0.0), Payment::Well);
    }
}
