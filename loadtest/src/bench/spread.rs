//! G6: one event that everybody wants beside the same load on a hundred.

use std::time::Duration;

use anyhow::Result;

use super::{
    Sizes,
    calls::{self, Pace, Plan},
    fans::Journeys,
    measure::count,
    ratio::Report,
    shop::{Goods, Provider, Shop},
};

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "spread",
        format!(
            "{} rounds of {} s, {} clients, {} events",
            sizes.rounds, sizes.seconds, sizes.clients, sizes.events
        ),
    );
    let shop = Shop::start(sizes, Provider::Silent)?;
    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        one.push(play(&shop, sizes, 1, &mut report)?);
        many.push(play(&shop, sizes, sizes.events, &mut report)?);
        eprintln!(
            "  {:.0} of one event, {:.0} of many",
            one.last().unwrap_or(&0.0),
            many.last().unwrap_or(&0.0)
        );
    }
    let name = format!("the same over {} events", sizes.events);
    report.compare("holds and confirms of one event", "a second", &one, (&name, &many), &[("MUST", 0.8)]);
    Ok(report)
}

/// Holds and confirms a second, over so many events.
fn play(shop: &Shop, sizes: &Sizes, events: usize, report: &mut Report) -> Result<f64> {
    // So many that a round ends for want of time, not of seats.
    let each = (usize::try_from(sizes.seconds)? * 2000).min(sizes.seats).div_ceil(events);
    let events: Vec<_> = (0..events).map(|_| shop.event(Goods::Seats(each))).collect::<Result<_>>()?;
    let mut fans = shop.fans(each * events.len())?;
    fans.prepare();
    let wanted = (0..fans.len()).map(|fan| (events[fan % events.len()].0, fan / events.len())).collect();
    let mut journeys = Journeys::new(&mut fans, wanted);
    let span = Duration::from_secs(sizes.seconds.into());
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace: Pace::Closed, span };
    let played = calls::play(plan, &mut journeys)?;
    report.breaches.extend(played.breaches("fans", &[]));
    let (held, confirmed) = (journeys.held, journeys.confirmed);
    if held != confirmed {
        report.breaches.push(format!("of {held} holds {confirmed} were confirmed"));
    }
    let ids: Vec<_> = events.iter().map(|(event, _)| format!("'{event}'")).collect();
    let claims = shop.ask(format!("select count(*) from claim where event_id in ({})", ids.join(",")))?;
    if claims != count(usize::try_from(confirmed)?) {
        report.breaches.push(format!("{confirmed} were confirmed and {claims} claims are there"));
    }
    Ok(played.rate)
}
