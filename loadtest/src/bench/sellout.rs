//! G6: a hall is sold to the last seat, with payments, two fans after each seat.

use std::{thread, time::Duration};

use anyhow::Result;
use tokio::time::Instant;

use super::{
    Sizes,
    calls::{self, Pace, Plan},
    fans::Journeys,
    measure::{count, float, median},
    pgbench::{CONFIRM, Length, Pgbench},
    ratio::Report,
    shop::{Goods, Provider, Shop},
};

/// How long payments may go on after the last confirm, for each seat, and at least.
const SETTLE: Duration = Duration::from_millis(20);
const SETTLE_LEAST: Duration = Duration::from_secs(30);
/// How many of the dearest statements are told.
const DEAREST: u32 = 12;

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let seats = sizes.hall;
    let mut report =
        Report::new("sellout", format!("{seats} seats, {} clients, twice as many fans", sizes.clients));
    let shop = Shop::start(sizes, Provider::Sandbox)?;
    let mut floors = Vec::new();
    let pgbench = Pgbench::find(sizes, &mut report);
    if let Some(pgbench) = &pgbench {
        for _ in 0..sizes.rounds {
            let span = Duration::from_secs(sizes.seconds.into()) / 2;
            floors.push(pgbench.rate(&shop, CONFIRM, &[], Length::Span(span))?);
        }
    }
    let (event, _) = shop.event(Goods::Seats(seats))?;
    let mut fans = shop.fans(2 * seats)?;
    // The second fan comes right behind the first: while that one holds it, or confirms it.
    let wanted = (0..2 * seats).map(|fan| (event, fan / 2)).collect();
    let mut journeys = Journeys::new(&mut fans, wanted);
    let span = Duration::from_hours(1);
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace: Pace::Closed, span };
    let began = Instant::now();
    let played = calls::play(plan, &mut journeys)?;
    report.breaches.extend(played.breaches("fans", &[409]));
    let (held, confirmed) = (journeys.held, journeys.confirmed);
    if (held, confirmed) != (count(seats), count(seats)) {
        report.breaches.push(format!("of {seats} seats {held} were held and {confirmed} confirmed"));
    }
    eprintln!("  {confirmed} confirmed after {:.1} s", played.took);
    let patience = SETTLE_LEAST.max(SETTLE * u32::try_from(seats)?);
    let paid = format!("select count(*) from booking_order where event_id = '{event}' and state = 'paid'");
    while shop.ask(paid.clone())? < count(seats)
        && began.elapsed().as_secs_f64() < played.took + patience.as_secs_f64()
    {
        thread::sleep(Duration::from_millis(100));
    }
    let settled = began.elapsed().as_secs_f64();
    for line in shop.dearest(DEAREST)? {
        eprintln!("  {line}");
    }
    let of_event = |what: &str| shop.ask(format!("select {what} where event_id = '{event}'"));
    let (paid, sold) = (shop.ask(paid)?, of_event("count(distinct ticket_id) from sale")?);
    let (sales, lines) = (of_event("count(*) from sale")?, of_event("count(*) from order_line")?);
    if [paid, sold, sales, lines] != [count(seats); 4] {
        report
            .breaches
            .push(format!("{paid} orders are paid; {sales} sales of {sold} seats, on {lines} lines"));
    }
    if floors.is_empty() {
        report.number("time to the last confirm", "s", &[played.took], &[]);
    } else {
        let least = [float(count(seats)) / median(&floors)];
        let floor = ("all seats at pgbench's rate of confirms", least.as_slice());
        report.compare("time to the last confirm", "s", &[played.took], floor, &[("MUST", -1.4)]);
    }
    report.number("time to the last ticket paid and issued", "s", &[settled], &[]);
    report.number("p99 of holds and confirms", "ms", &[calls::millis(&played.accepted, 0.99)], &[]);
    Ok(report)
}
