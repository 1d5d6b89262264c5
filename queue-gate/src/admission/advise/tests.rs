//! The advice drives a simulated room before an origin whose capacity changes in steps.
//!
//! What is proved: it settles within [`SETTLES`] of each step, stays within [`BOUND`] of its mean from then on, never leaves
//! its limits, and never exceeds a cap.

use std::collections::VecDeque;

use chrono::TimeDelta;
use contracts::place::Lane;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::admission::{
    Interval,
    simulate::{
        Scenario, Simulation,
        fans::{Arrivals, Habits, Mix},
    },
};
use crate::lane::Lanes;

/// A new balance is there after this: five mean sessions.
const SETTLES: i64 = 20 * 60;
/// So far, as a part of the mean, the number inside may swing then.
const BOUND: f64 = 0.25;
const MINUTE: i64 = 60;
const LIMITS: Drive = Drive { min: 20, max: 3000, latency_ms: 1000 };

/// An origin that bears so many inside: answers take longer the closer it is to that (M/M/1), and beyond it they fail.
fn origin(inside: u32, bears: f64, chance: &mut StdRng) -> (u32, u32, u32) {
    let load = f64::from(inside) / bears;
    let latency = 250.0 / (1.0 - load.min(0.97)) * chance.random_range(0.95..1.05);
    let answers = inside.saturating_mul(2);
    let errors = f64::from(answers) * (load - 1.0).max(0.0);
    (answers, whole(errors), whole(latency))
}

/// Plays `minutes` under the rule. What the origin bears at each second is `bears`; the number inside and the rate at each.
fn drive(arrivals: Arrivals, minutes: i64, bears: impl Fn(i64) -> f64) -> Vec<(f64, u32)> {
    let mut room = Simulation::new(Scenario {
        seed: 11,
        admit_per_minute: 60,
        max_active: 100_000,
        claim_window: TimeDelta::minutes(2),
        session_length: TimeDelta::minutes(10),
        tick: TimeDelta::seconds(1),
        interval: Interval::default(),
        lanes: Lanes::default(),
        arrivals,
        mix: Mix::default(),
        habits: Habits::default(),
        tickets: u32::MAX,
        longest: TimeDelta::hours(48),
    });
    let (mut chance, mut course) = (StdRng::seed_from_u64(5), Vec::new());
    let mut before: VecDeque<(u32, u32)> = VecDeque::new();
    for second in 0..minutes * MINUTE {
        room.tick();
        let (answers, errors, latency_ms) = origin(room.taken(), bears(second), &mut chance);
        before.push_back((room.ended(), room.ended() + room.taken()));
        if before.len() > 60 {
            before.pop_front();
        }
        let (ended, called) = before[0];
        if second % STEP.num_seconds() == 0 {
            let seen = Signals {
                rate: room.rate(),
                called: room.ended() + room.taken() - called,
                ended: room.ended() - ended,
                waiting: u64::try_from(room.waiting()).unwrap(),
                answers,
                errors,
                latency_ms,
                unpaid: 0,
                paid: 0,
            };
            let advice = advise(LIMITS, &seen);
            assert!((LIMITS.min..=LIMITS.max).contains(&advice.rate), "{advice:?}");
            room.set_rate(advice.rate);
        }
        course.push((f64::from(room.taken()), room.rate()));
    }
    assert_eq!(room.finish().overshoot, 0);
    course
}

fn endless() -> Arrivals {
    Arrivals::Burst { fans: 400_000, over: TimeDelta::minutes(1) }
}

/// The load on the origin in a span of seconds: its mean, and how far it swings from it.
fn load(course: &[(f64, u32)], from: i64, to: i64, bears: f64) -> (f64, f64) {
    let at = |second: i64| usize::try_from(second).unwrap();
    let span: Vec<f64> = course[at(from)..at(to)].iter().map(|(inside, _)| inside / bears).collect();
    let mean = span.iter().sum::<f64>() / f64::from(u32::try_from(span.len()).unwrap());
    (mean, span.iter().map(|load| (load - mean).abs() / mean).fold(0.0, f64::max))
}

fn assert_settled(course: &[(f64, u32)], from: i64, to: i64, bears: f64) {
    let (mean, swing) = load(course, from, to, bears);
    assert!((0.5..0.85).contains(&mean), "a load of {mean:.2} from second {from} on");
    assert!(swing <= BOUND, "it swings by {swing:.2} from second {from} on");
}

#[test]
fn it_finds_what_an_origin_bears_and_stays_there() {
    let course = drive(endless(), 120, |_| 2000.0);
    assert_settled(&course, 40 * MINUTE, 120 * MINUTE, 2000.0);
    let most = course.iter().map(|(inside, _)| *inside).fold(0.0, f64::max);
    assert!(most < 2000.0, "an origin that bears 2000 had {most} inside on the way");
}

#[test]
fn an_origin_that_loses_half_is_relieved_and_one_that_doubles_is_used() {
    let (halved, doubled) = (60 * MINUTE, 120 * MINUTE);
    let bears = move |second| match second {
        _ if second < halved => 2000.0,
        _ if second < doubled => 1000.0,
        _ => 2000.0,
    };
    let course = drive(endless(), 200, bears);
    assert_settled(&course, 40 * MINUTE, halved, 2000.0);
    assert_settled(&course, halved + SETTLES, doubled, 1000.0);
    assert_settled(&course, doubled + SETTLES, 200 * MINUTE, 2000.0);
    // At once far fewer are called; nobody is expelled.
    let at = |second: i64| usize::try_from(second).unwrap();
    let lowest = course[at(halved)..at(halved + 2 * MINUTE)].iter().map(|(_, rate)| *rate).min();
    let before = course[at(halved) - 1].1;
    assert!(lowest.unwrap() < before / 2, "{before} before, {lowest:?} after");
}

#[test]
fn a_surge_of_fans_does_not_reach_the_origin() {
    // Few come at first, so the rate binds nobody; then everybody comes.
    let mut times: Vec<i64> =
        (0..60).flat_map(|minute| (0..50).map(move |n| minute * 60_000 + n * 1200)).collect();
    times.extend((0..300_000).map(|n| 3_600_000 + i64::from(n) / 5));
    let fans = times.into_iter().map(|at| (at, Lane::MAIN)).collect();
    let course = drive(Arrivals::Recorded(fans), 140, |_| 2000.0);
    let most = course.iter().map(|(inside, _)| *inside).fold(0.0, f64::max);
    assert!(most < 2000.0, "{most} inside");
    assert_settled(&course, 100 * MINUTE, 140 * MINUTE, 2000.0);
}

fn seen() -> Signals {
    Signals {
        rate: 100,
        called: 100,
        ended: 90,
        waiting: 5000,
        answers: 500,
        latency_ms: 200,
        ..Signals::default()
    }
}

#[test]
fn it_says_why() {
    let says = |seen: Signals| {
        let advice = advise(LIMITS, &seen);
        (advice.rate, advice.reasons.join("; "))
    };
    let (rate, why) = says(seen());
    assert!(rate > 100 && why.contains("at ease"), "{rate}: {why}");
    let (rate, why) = says(Signals { errors: 50, ..seen() });
    assert!(rate < 90 && why.contains("50 of 500 answers were errors"), "{rate}: {why}");
    let (rate, why) = says(Signals { latency_ms: 1500, ..seen() });
    assert_eq!(rate, 45, "{why}");
    let (rate, why) = says(Signals { unpaid: 600, paid: 40, ..seen() });
    assert!(rate < 90 && why.contains("600 orders are not paid"), "{rate}: {why}");
    let (rate, why) = says(Signals { waiting: 0, ..seen() });
    assert!(rate == 100 && why.contains("binds nobody"), "{rate}: {why}");
    let (rate, why) = says(Signals { ended: 0, latency_ms: 900, ..seen() });
    assert!(rate == 50 && why.contains("as many are called"), "{rate}: {why}");
    let (rate, why) = says(Signals { ended: 0, latency_ms: 3000, ..seen() });
    assert!(rate == LIMITS.min && why.contains("not below your limit of 20"), "{rate}: {why}");
    assert_eq!(says(Signals { rate: 5000, called: 5000, ended: 5000, ..seen() }).0, LIMITS.max);
    assert_eq!(says(Signals { answers: 3, latency_ms: 9000, ..seen() }).0, 126, "three answers say nothing");
}
