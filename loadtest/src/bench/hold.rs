//! G6: holding over HTTP, against the bare script on the same Redis.

use std::time::Duration;

use anyhow::{Context, Result};
use contracts::id::{EventId, HoldRef};

use super::{
    Sizes,
    calls::{self, Pace, Plan, Played},
    fans::{self, Fans, List, ticket},
    measure::float,
    ratio::Report,
    replay::{Call, Specimen, Watch},
    shop::{Goods, Provider, Shop},
};

/// How many seats are held at once, and what is asked of it.
const WAYS: [(usize, &[(&str, f64)]); 2] = [(1, &[("MUST", 0.55), ("TARGET", 0.75)]), (4, &[("MUST", 0.55)])];

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "hold",
        format!("{} rounds, {} seats, {} clients", sizes.rounds, sizes.seats, sizes.clients),
    );
    let shop = Shop::start(sizes, Provider::Silent)?;
    let (event, _) = shop.event(Goods::Seats(sizes.seats + SPECIMEN))?;
    for (per, goals) in WAYS {
        let mut fans = shop.fans(sizes.seats / per + 1)?;
        let (mut one, mut sixteen, mut ours) = (Vec::new(), Vec::new(), Vec::new());
        let (mut cpu, mut redis_cpu, mut statements) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..sizes.rounds {
            let call = learn(&shop, &mut fans, sizes, event, per)?;
            let (redis, span) = (shop.servers.redis.url(), Duration::from_secs(sizes.seconds.into()) / 2);
            one.push(call.rate(&redis, 1, span)?);
            shop.forget_holds()?;
            let call = learn(&shop, &mut fans, sizes, event, per)?;
            sixteen.push(call.rate(&redis, 16, span)?);
            shop.forget_holds()?;
            learn(&shop, &mut fans, sizes, event, per)?;
            let pids = ([shop.pid()], [shop.servers.redis.process().pid()]);
            let used = |pids: &[i32]| super::measure::cpu(pids).as_secs_f64();
            let before = (used(&pids.0), used(&pids.1), shop.statements());
            let held = holds(&shop, &mut fans, sizes, (event, per), Pace::Closed, &mut report)?;
            let number = float(held.good).max(1.0);
            cpu.push((used(&pids.0) - before.0) * 1e6 / number);
            redis_cpu.push((used(&pids.1) - before.1) * 1e6 / number);
            let after = before.2.zip(shop.statements());
            statements.extend(after.map(|(before, after)| float(after - before) / number));
            ours.push(held.rate);
            shop.forget_holds()?;
        }
        let what = format!("holds of {per} over HTTP");
        report.compare(&what, "a second", &ours, ("script, 1 at a time", &one), goals);
        report.compare(&what, "a second", &ours, ("script, 16 at a time", &sixteen), &[]);
        report.number(&format!("{what}: the service's processor time"), "µs", &cpu, &[]);
        report.number(&format!("{what}: Redis's processor time"), "µs", &redis_cpu, &[]);
        report.number(&format!("{what}: statements a hold"), "", &statements, &[]);
        if per == 1 {
            steady(&shop, &mut fans, sizes, event, super::measure::median(&ours), &mut report)?;
        }
    }
    Ok(report)
}

/// Seats that only the specimen takes.
const SPECIMEN: usize = 4;

/// Has the service place one hold, and learns how it did.
fn learn(shop: &Shop, fans: &mut Fans, sizes: &Sizes, event: EventId, per: usize) -> Result<Call> {
    let watch = Watch::begin(&shop.servers.redis.url())?;
    let fan = fans.len() - 1;
    let seats: Vec<usize> = (sizes.seats..sizes.seats + per).collect();
    let body = shop.once(fans.reserve(fan, event, &seats))?;
    let hold: HoldRef = fans::hold(&body).context("a hold has an id")?.parse()?;
    watch.find(&Specimen {
        hold: hold.hold.to_string(),
        account: fans.account(fan).to_string(),
        tickets: seats.iter().map(usize::to_string).collect(),
    })
}

/// Every fan but the last holds seats of their own, as long as there are any.
fn holds(
    shop: &Shop,
    fans: &mut Fans,
    sizes: &Sizes,
    (event, per): (EventId, usize),
    pace: Pace,
    report: &mut Report,
) -> Result<Played> {
    fans.prepare();
    let seats = |fan: usize| (fan * per..(fan + 1) * per).collect::<Vec<_>>();
    let requests = (0..sizes.seats / per).map(|fan| fans.reserve(fan, event, &seats(fan))).collect();
    let mut list = List::new(requests);
    let span = Duration::from_secs(sizes.seconds.into());
    let played =
        calls::play(Plan { target: shop.target(), connections: sizes.clients, pace, span }, &mut list)?;
    report.breaches.extend(played.breaches("holds", &[]));
    report.breaches.extend(list.doubled());
    let tickets = list.tickets();
    let asked = list.accepted.iter().flat_map(|(fan, _)| seats(*fan));
    let mut due: Vec<_> = asked.filter_map(|seat| Some(ticket(event, seat)?.to_string())).collect();
    let mut given = tickets;
    due.sort_unstable();
    given.sort_unstable();
    if due != given {
        report.breaches.push("somebody holds other seats than were asked for".to_owned());
    }
    eprintln!(
        "  {:.0} holds of {per} a second, p99 {:.2} ms",
        played.rate,
        calls::millis(&played.accepted, 0.99)
    );
    Ok(played)
}

/// At 70 % of what it can: how long a hold takes.
fn steady(
    shop: &Shop,
    fans: &mut Fans,
    sizes: &Sizes,
    event: EventId,
    most: f64,
    report: &mut Report,
) -> Result<()> {
    learn(shop, fans, sizes, event, 1)?;
    let rate = u32::try_from(Duration::from_secs_f64(most * 0.7).as_secs())?.max(1);
    let flush = shop.flush()?;
    let held = holds(shop, fans, sizes, (event, 1), Pace::Open(rate), report)?;
    shop.forget_holds()?;
    report.steady("holds", rate, &held, &[(0.5, &[]), (0.99, &[("MUST", -10.0)])]);
    let p99 = [calls::millis(&held.accepted, 0.99)];
    report.compare(
        "the same p99, in flushes of the disk",
        "ms",
        &p99,
        ("fdatasync", &[flush]),
        &[("MUST", -4.0)],
    );
    Ok(())
}
