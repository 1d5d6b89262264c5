//! G6: everybody wants one seat.

use std::time::Duration;

use anyhow::Result;

use super::{
    Sizes,
    calls::{self, Pace, Plan},
    fans::List,
    measure::{count, float},
    ratio::Report,
    shop::{Goods, Provider, Shop},
};

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report =
        Report::new("hotseat", format!("{} rounds of {} clients on one seat", sizes.rounds, sizes.crowd));
    let shop = Shop::start(sizes, Provider::Silent)?;
    let (event, _) = shop.event(Goods::Seats(usize::try_from(sizes.rounds)? + 1))?;
    let mut fans = shop.fans(sizes.crowd)?;
    let (mut p99, mut statements) = (Vec::new(), Vec::new());
    for round in 0..=usize::try_from(sizes.rounds)? {
        fans.prepare();
        let mut list = List::new((0..sizes.crowd).map(|fan| fans.reserve(fan, event, &[round])).collect());
        let before = shop.statements();
        let span = Duration::from_secs(30);
        let plan = Plan { target: shop.target(), connections: sizes.crowd, pace: Pace::Closed, span };
        let played = calls::play(plan, &mut list)?;
        report.breaches.extend(played.breaches("fans", &[409]));
        let others = played.others.get(&409).copied().unwrap_or_default();
        if (played.good, others) != (1, count(sizes.crowd) - 1) {
            report.breaches.push(format!("{} have the seat and {others} were told so", played.good));
        }
        // The first round finds everything cold: layout, mirror, connections to the database.
        if round > 0 {
            p99.push(calls::millis(&played.refused, 0.99));
            let after = before.zip(shop.statements());
            statements.extend(after.map(|(before, after)| float(after - before) / float(count(sizes.crowd))));
        }
    }
    report.number("p99 of those who came second", "ms", &p99, &[("MUST", -50.0)]);
    if statements.is_empty() {
        report.notes.push("pg_stat_statements is not installed: statements were not counted".to_owned());
    } else {
        report.number("statements a request, with those of the loops", "", &statements, &[("MUST", -2.0)]);
    }
    Ok(report)
}
