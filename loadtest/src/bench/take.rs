//! G6: general admission beside the one row that everybody wants, and the best seat beside `SKIP LOCKED`.

use std::{thread, time::Duration};

use anyhow::{Context, Result};
use contracts::id::{EventId, TierId};
use redis::AsyncCommands;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    Sizes,
    calls::{self, Pace, Plan, Played},
    fans::{Fans, List},
    measure::count,
    pgbench::{BEST, Floor, HOT_ROW, Length, Pgbench},
    ratio::Report,
    shop::{Goods, Provider, Shop},
};

/// How long a change may take to be told.
const PUBLISHED: Duration = Duration::from_secs(5);

/// What is taken.
#[derive(Clone, Copy, Debug)]
enum What {
    Unit(TierId),
    Best,
}

/// General admission.
pub(super) fn general(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "ga",
        format!(
            "{} rounds of {} s, {} units, {} clients",
            sizes.rounds, sizes.seconds, sizes.seats, sizes.clients
        ),
    );
    let mut shop = Shop::start(sizes, Provider::Silent)?;
    let (event, tier) = shop.event(Goods::Units(sizes.seats))?;
    let goals = [("MUST", 5.0), ("TARGET", 10.0)];
    rounds(&shop, sizes, (event, What::Unit(tier)), (HOT_ROW, &goals), &mut report)?;
    sold_out(&shop, sizes, &mut report)?;
    killed(&mut shop, sizes, &mut report)?;
    Ok(report)
}

/// The best seat.
pub(super) fn best(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "best",
        format!(
            "{} rounds of {} s, {} seats, {} clients",
            sizes.rounds, sizes.seconds, sizes.seats, sizes.clients
        ),
    );
    let shop = Shop::start(sizes, Provider::Silent)?;
    let (event, _) = shop.event(Goods::Seats(sizes.seats))?;
    rounds(&shop, sizes, (event, What::Best), (BEST, &[("MUST", 0.7)]), &mut report)?;
    Ok(report)
}

/// Floor and service in turn.
fn rounds(
    shop: &Shop,
    sizes: &Sizes,
    (event, what): (EventId, What),
    (floor, goals): (Floor, &[(&str, f64)]),
    report: &mut Report,
) -> Result<()> {
    let pgbench = Pgbench::find(sizes, report);
    let (mut theirs, mut ours, mut p99) = (Vec::new(), Vec::new(), Vec::new());
    let mut fans = shop.fans(sizes.seats)?;
    for _ in 0..sizes.rounds {
        if let Some(pgbench) = &pgbench {
            let span = Duration::from_secs(sizes.seconds.into()) / 2;
            theirs.push(pgbench.rate(shop, floor, &[], Length::Span(span))?);
        }
        let (taken, list) = take(shop, &mut fans, sizes, (event, what))?;
        report.breaches.extend(taken.breaches("takes", &[]));
        report.breaches.extend(list.doubled());
        ours.push(taken.rate);
        p99.push(calls::millis(&taken.accepted, 0.99));
        eprintln!("  {:.0} a second, p99 {:.2} ms", taken.rate, p99.last().unwrap_or(&0.0));
        shop.forget_holds()?;
    }
    if pgbench.is_some() {
        report.compare("taken over HTTP", "a second", &ours, (floor.name, &theirs), goals);
    } else {
        report.number("taken over HTTP", "a second", &ours, &[]);
    }
    report.number("p99 at the highest rate", "ms", &p99, &[]);
    Ok(())
}

/// Each fan takes one.
fn take(
    shop: &Shop,
    fans: &mut Fans,
    sizes: &Sizes,
    (event, what): (EventId, What),
) -> Result<(Played, List)> {
    fans.prepare();
    let ask = |fan| match what {
        What::Unit(tier) => fans.take(fan, event, tier),
        What::Best => fans.best(fan, event),
    };
    let mut list = List::new((0..sizes.seats).map(ask).collect());
    let span = Duration::from_secs(sizes.seconds.into());
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace: Pace::Closed, span };
    Ok((calls::play(plan, &mut list)?, list))
}

/// More fans than units: as many get one as there are.
fn sold_out(shop: &Shop, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let units = (sizes.seats / 20).max(10);
    let (event, tier) = shop.event(Goods::Units(units))?;
    let mut fans = shop.fans(units + units / 2)?;
    fans.prepare();
    let requests = (0..fans.len()).map(|fan| fans.take(fan, event, tier)).collect();
    let mut list = List::new(requests);
    let span = Duration::from_mins(1);
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace: Pace::Closed, span };
    let played = calls::play(plan, &mut list)?;
    report.breaches.extend(played.breaches("takes", &[409]));
    report.breaches.extend(list.doubled());
    if played.good != count(units) {
        report.breaches.push(format!("of {units} units {} were taken", played.good));
    }
    Ok(())
}

/// The service is killed while units are taken: what was answered is held, and what is held and what is free is all
/// there is.
fn killed(shop: &mut Shop, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let units = (sizes.seats / 4).max(10);
    let (event, tier) = shop.event(Goods::Units(units))?;
    let mut fans = shop.fans(units)?;
    fans.prepare();
    let mut list = List::new((0..units).map(|fan| fans.take(fan, event, tier)).collect());
    let span = Duration::from_secs(5);
    let plan = Plan { target: shop.target(), connections: sizes.clients, pace: Pace::Closed, span };
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(60));
            shop.kill();
        });
        calls::play(plan, &mut list)
    })?;
    report.breaches.extend(list.doubled());
    shop.restart()?;
    let held: Vec<String> = shop.servers.runtime.block_on(async {
        let client = redis::Client::open(shop.servers.redis.url())?;
        let mut line = client.get_multiplexed_async_connection().await?;
        line.zrange(format!("hold:{{{event}}}:index"), 0, -1).await
    })?;
    // The new process tells at first what the one before had published.
    let mut left = free(shop, &mut fans, event)?;
    let began = Instant::now();
    while count(held.len()) + left != count(units) && began.elapsed() < PUBLISHED {
        thread::sleep(Duration::from_millis(50));
        left = free(shop, &mut fans, event)?;
    }
    if count(held.len()) + left != count(units) || list.accepted.len() > held.len() {
        report.breaches.push(format!(
            "after a kill {} of {units} units are held, {left} are free, and {} had been answered",
            held.len(),
            list.accepted.len()
        ));
    }
    report.notes.push(format!(
        "killed after {} of {units} takes were answered: {} are held, the rest is free",
        list.accepted.len(),
        held.len()
    ));
    Ok(())
}

/// How many units the service shows as free.
fn free(shop: &Shop, fans: &mut Fans, event: EventId) -> Result<u64> {
    let body = shop.once(fans.request(0, &format!("GET /event/{event}/availability"), &Value::Null))?;
    let seen: Value = serde_json::from_slice(&body)?;
    seen["tiers"][0]["available"].as_u64().context("a tier says how many are free")
}
