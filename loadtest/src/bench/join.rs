//! G1: joining over HTTP, against the bare script on the same Redis.

use std::time::Duration;

use anyhow::Result;

use super::{
    Sizes,
    measure::{float, micros, seconds},
    ratio::Report,
    requests::{self, Joined, Pace, Plan},
    script::{self, Way},
    stand::{Room, Stand},
};

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new(
        "join",
        format!(
            "{} rounds of {} s, {} gates, {} connections",
            sizes.rounds, sizes.seconds, sizes.gates, sizes.connections
        ),
    );
    let stand = Stand::start(sizes.gates, &[])?;
    let room = stand.room(60, "scheduled")?;
    let span = Duration::from_secs(sizes.seconds.into());
    let ways = [
        ("script, 1 at a time", 1, 1),
        ("script, 16 at a time", 16, 1),
        ("script, 64 visitors a call", 1, 64),
    ];
    let (mut floors, mut ours) = (vec![Vec::new(); ways.len()], Vec::new());
    let (mut p99, mut gate_cpu, mut redis_cpu) = (Vec::new(), Vec::new(), Vec::new());
    let mut base = 0;
    for _ in 0..sizes.rounds {
        for (floor, (_, pipelined, together)) in floors.iter_mut().zip(ways) {
            floor.push(script::rate(&stand.servers.redis.url(), Way { pipelined, together }, span / 2)?);
        }
        let cpu = |pids: &[i32]| super::measure::cpu(pids).as_secs_f64();
        let before = (cpu(&stand.pids()), cpu(&[stand.redis_pid()]));
        let joined = one(&stand, &room, &mut base, sizes, Pace::Closed, span)?;
        let joins = float(joined.played.accepted.len()).max(1.0);
        gate_cpu.push((cpu(&stand.pids()) - before.0) * 1e6 / joins);
        redis_cpu.push((cpu(&[stand.redis_pid()]) - before.1) * 1e6 / joins);
        report.breaches.extend(joined.breaches(&[]));
        p99.push(joined.millis(0.99));
        ours.push(joined.rate());
    }
    let goals: [&[(&str, f64)]; 3] = [&[], &[("MUST", 0.6), ("TARGET", 0.85)], &[]];
    for ((floor, (name, ..)), goals) in floors.iter().zip(ways).zip(goals) {
        report.compare("joins over HTTP", "a second", &ours, (name, floor), goals);
    }
    report.number("p99 at the highest rate", "ms", &p99, &[]);
    report.number("gate's processor time a join", "µs", &gate_cpu, &[]);
    report.number("Redis's processor time a join", "µs", &redis_cpu, &[]);
    steady(&stand, &room, &mut base, sizes, &mut report)?;
    Ok(report)
}

/// At a steady rate that the gate can bear: how long a join takes.
fn steady(stand: &Stand, room: &Room, base: &mut u64, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let span = Duration::from_secs(sizes.seconds.into());
    let joined = one(stand, room, base, sizes, Pace::Open(sizes.rate), span)?;
    report.breaches.extend(joined.breaches(&[]));
    let goals: [(f64, &[(&str, f64)]); 3] =
        [(0.5, &[]), (0.99, &[("MUST", -5.0)]), (0.999, &[("MUST", -20.0)])];
    report.steady("joins", sizes.rate, &joined.played, &goals);
    Ok(())
}

/// One run with new visitors.
pub(super) fn one(
    stand: &Stand,
    room: &Room,
    base: &mut u64,
    sizes: &Sizes,
    pace: Pace,
    span: Duration,
) -> Result<Joined> {
    let visitors = match pace {
        Pace::Closed => 150_000.0 * span.as_secs_f64(),
        Pace::Open(rate) => f64::from(rate) * span.as_secs_f64() + 2.0,
    };
    let visitors = usize::try_from(Duration::from_secs_f64(visitors).as_secs())?;
    let cookies = stand.cookies(*base, visitors);
    *base += u64::try_from(visitors)?;
    let path = format!("/queue/{}/place", room.id);
    let began = micros();
    let plan = Plan {
        target: stand.target(),
        path: &path,
        cookies: &cookies,
        connections: sizes.connections,
        pace,
        span,
    };
    let joined = requests::play(&plan)?;
    eprintln!(
        "  {:.0} joins/s for {:.1} s, p99 {:.2} ms",
        joined.rate(),
        seconds(began, micros()),
        joined.millis(0.99)
    );
    Ok(joined)
}
