//! G6: confirming, durably, against `pgbench` on the same server.

use std::time::Duration;

use anyhow::Result;
use contracts::id::EventId;

use super::{
    Sizes,
    calls::{self, Pace, Plan, Played},
    fans::{self, Fans, List},
    measure::{count, float, median},
    pgbench::{CONFIRM, Length, Pgbench, SALE},
    ratio::Report,
    shop::{Goods, Provider, Shop},
};

/// What was measured, round by round.
#[derive(Default)]
struct Seen {
    bare: Vec<f64>,
    same: Vec<f64>,
    held: Vec<f64>,
    ours: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
    statements: Vec<f64>,
}

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    // So many that a round ends for want of time, not of seats.
    let seats = sizes.seats.min(usize::try_from(sizes.seconds)? * 3000).max(sizes.clients);
    let mut report = Report::new(
        "sale",
        format!("{} rounds of {} s, {seats} seats, {} clients", sizes.rounds, sizes.seconds, sizes.clients),
    );
    let shop = Shop::start(sizes, Provider::Silent)?;
    let pgbench = Pgbench::find(sizes, &mut report);
    let (mut seen, span) = (Seen::default(), Duration::from_secs(sizes.seconds.into()));
    for _ in 0..sizes.rounds {
        if let Some(pgbench) = &pgbench {
            seen.bare.push(pgbench.rate(&shop, CONFIRM, &[], Length::Span(span / 2))?);
            seen.same.push(same(pgbench, &shop, sizes)?);
        }
        let mut orders = reserve(&shop, sizes, seats, &mut seen, &mut report)?;
        let before = (super::measure::cpu(&[shop.pid()]).as_secs_f64(), shop.statements());
        let confirmed = confirm(&shop, sizes, &mut orders, Pace::Closed, &mut report)?;
        let number = float(confirmed.good).max(1.0);
        seen.cpu.push((super::measure::cpu(&[shop.pid()]).as_secs_f64() - before.0) * 1e6 / number);
        let statements = before.1.zip(shop.statements());
        seen.statements.extend(statements.map(|(before, after)| float(after - before) / number));
        seen.p99.push(calls::millis(&confirmed.accepted, 0.99));
        seen.ours.push(confirmed.rate);
        eprintln!(
            "  {:.0} confirmed a second, p99 {:.1} ms",
            confirmed.rate,
            seen.p99.last().unwrap_or(&0.0)
        );
    }
    tell(&seen, &mut report);
    steady(&shop, sizes, &seen, &mut report)?;
    Ok(report)
}

fn tell(seen: &Seen, report: &mut Report) {
    let Seen { bare, same, held, ours, p99, cpu, statements } = seen;
    if bare.is_empty() {
        report.number("confirmed over HTTP", "a second", ours, &[]);
    } else {
        let goals = [("MUST", 0.75), ("TARGET", 0.9)];
        report.compare("confirmed over HTTP", "a second", ours, (CONFIRM.name, bare), &goals);
        report.compare("confirmed over HTTP", "a second", ours, (SALE.name, same), &[]);
    }
    report.number("reserved before, over HTTP", "a second", held, &[]);
    report.number("confirm p99 at the highest rate", "ms", p99, &[]);
    report.number("the service's processor time a confirm", "µs", cpu, &[]);
    report.number("statements a confirm, with those of the loops", "", statements, &[]);
}

/// The same statements as the service, on seats of an event of their own.
fn same(pgbench: &Pgbench, shop: &Shop, sizes: &Sizes) -> Result<f64> {
    let per = (500 * usize::try_from(sizes.seconds)?).min(sizes.seats).div_ceil(sizes.clients);
    let fans = shop.fans(per * sizes.clients)?;
    let (event, _) = shop.event(Goods::Seats(per * sizes.clients))?;
    let values =
        [("event", event.to_string()), ("per", per.to_string()), ("first", fans.first().to_string())];
    pgbench.rate(shop, SALE, &values, Length::Each(per))
}

/// What waits to be confirmed.
struct Orders {
    fans: Fans,
    event: EventId,
    holds: Vec<(usize, String)>,
}

/// A new event, all of whose seats are held.
fn reserve(shop: &Shop, sizes: &Sizes, seats: usize, seen: &mut Seen, report: &mut Report) -> Result<Orders> {
    let (event, _) = shop.event(Goods::Seats(seats))?;
    let mut fans = shop.fans(seats)?;
    fans.prepare();
    let mut list = List::new((0..seats).map(|fan| fans.reserve(fan, event, &[fan])).collect());
    let span = Duration::from_mins(1);
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace: Pace::Closed, span };
    let played = calls::play(plan, &mut list)?;
    report.breaches.extend(played.breaches("holds", &[]));
    report.breaches.extend(list.doubled());
    seen.held.push(played.rate);
    let hold = |(fan, body): &(usize, Vec<u8>)| Some((*fan, fans::hold(body)?.to_owned()));
    Ok(Orders { fans, event, holds: list.accepted.iter().filter_map(hold).collect() })
}

/// Confirms as many as there is time for, and looks whether what was answered is there.
fn confirm(
    shop: &Shop,
    sizes: &Sizes,
    orders: &mut Orders,
    pace: Pace,
    report: &mut Report,
) -> Result<Played> {
    let Orders { fans, event, holds } = orders;
    fans.prepare();
    let mut list = List::new(holds.iter().map(|(fan, hold)| fans.confirm(*fan, hold)).collect());
    let span = Duration::from_secs(sizes.seconds.into());
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace, span };
    let played = calls::play(plan, &mut list)?;
    report.breaches.extend(played.breaches("confirms", &[]));
    let found = shop.ask(format!(
        "select count(*) from booking_order join order_line using (event_id, order_id)
           join claim using (event_id, order_id, ticket_id) where event_id = '{event}'"
    ))?;
    let numbers = list.accepted.iter().filter_map(|(_, body)| fans::member(body, br#""orderId":""#));
    let mut orders: Vec<_> = numbers.collect();
    orders.sort_unstable();
    orders.dedup();
    if found != played.good || count(orders.len()) != played.good {
        report.breaches.push(format!(
            "{} confirms were accepted, of {} orders; {found} are in the database",
            played.good,
            orders.len()
        ));
    }
    Ok(played)
}

/// At 70 % of what it can: how long a confirm takes, in flushes of the disk.
fn steady(shop: &Shop, sizes: &Sizes, seen: &Seen, report: &mut Report) -> Result<()> {
    let rate = u32::try_from(Duration::from_secs_f64(median(&seen.ours) * 0.7).as_secs())?.max(1);
    let seats = usize::try_from(rate * sizes.seconds)? + sizes.clients;
    let mut orders = reserve(shop, sizes, seats, &mut Seen::default(), report)?;
    let flush = shop.flush()?;
    let confirmed = confirm(shop, sizes, &mut orders, Pace::Open(rate), report)?;
    report.steady("confirms", rate, &confirmed, &[(0.5, &[]), (0.99, &[])]);
    let p99 = [calls::millis(&confirmed.accepted, 0.99)];
    report.compare(
        "the same p99, in flushes of the disk",
        "ms",
        &p99,
        ("fdatasync", &[flush]),
        &[("MUST", -8.0)],
    );
    Ok(())
}
