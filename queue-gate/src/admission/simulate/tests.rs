//! What the simulator says, where it can be worked out by hand; and how fast it is.

use super::*;

/// Everybody is there, claims at once, shops for a minute on average, and buys.
fn scenario(arrivals: Arrivals) -> Scenario {
    Scenario {
        seed: 1,
        admit_per_minute: 60,
        max_active: 1_000_000,
        claim_window: TimeDelta::minutes(2),
        session_length: TimeDelta::minutes(10),
        tick: TimeDelta::seconds(1),
        interval: Interval::default(),
        arrivals,
        habits: Habits {
            away: 0.0,
            no_show: 0.0,
            claims_after: TimeDelta::milliseconds(1),
            shops_for: TimeDelta::minutes(1),
            buys: 1.0,
            ..Habits::default()
        },
        tickets: 1_000_000,
        longest: TimeDelta::hours(24),
    }
}

fn burst(fans: u32) -> Arrivals {
    Arrivals::Burst { fans, over: TimeDelta::seconds(1) }
}

#[test]
fn a_burst_is_worked_off_at_the_rate() {
    let outcome = Simulation::new(scenario(burst(600))).run();
    assert_eq!((outcome.fans, outcome.called, outcome.overshoot), (600, 600, 0));
    let waits = outcome.waits.unwrap();
    // 600 fans at 60 a minute: the last is called after ten minutes, half of them after five.
    assert!((590_000..=602_000).contains(&waits.most), "{waits:?}");
    assert!((290_000..=306_000).contains(&waits.p50), "{waits:?}");
    // All but those whose shopping took longer than their session.
    assert!(outcome.bought > 595, "{outcome:?}");
}

#[test]
fn it_sells_out_and_tells_when() {
    let outcome = Simulation::new(Scenario { tickets: 100, ..scenario(burst(1000)) }).run();
    let after = outcome.sold_out_after.unwrap();
    assert_eq!(outcome.bought, 100);
    // A hundred calls take 100 s, shopping one minute more on average.
    assert!((100_000..240_000).contains(&after), "{after}");
    assert!(outcome.still_waiting > 700);
}

#[test]
fn the_cap_binds_and_no_shows_cost_their_window() {
    let habits = Habits { no_show: 0.5, comes_back: 0.0, ..scenario(burst(1)).habits };
    let capped = Scenario { max_active: 10, admit_per_minute: 6000, habits, ..scenario(burst(200)) };
    let outcome = Simulation::new(capped.clone()).run();
    assert_eq!(outcome.overshoot, 0);
    assert!(outcome.timeline.iter().all(|point| point.active <= 10));
    assert!((60..140).contains(&outcome.no_shows), "{}", outcome.no_shows);
    // Little's law: ten slots, held for a minute or for the window of two.
    assert!((20..45).contains(&(outcome.lasted / 60_000)), "{}", outcome.lasted);
    assert_eq!(outcome, Simulation::new(capped).run(), "the same seed, the same outcome");
}

#[test]
fn batches_are_as_far_apart_as_they_are_told_to_be() {
    let interval = Interval::of(TimeDelta::seconds(20)).unwrap();
    let outcome = Simulation::new(Scenario { interval, ..scenario(burst(600)) }).run();
    assert_eq!((outcome.called, outcome.overshoot), (600, 0));
    let most = outcome.waits.unwrap().most;
    // The first batch may hold what was saved up: no more than an interval's worth.
    assert!((560_000..=625_000).contains(&most), "{most}");
}

#[test]
fn arrivals_come_as_they_are_told_to() {
    let mut chance = StdRng::seed_from_u64(7);
    let over = TimeDelta::minutes(100);
    let even = Arrivals::Poisson { per_minute: 50.0, over }.times(&mut chance);
    assert!((4700..5300).contains(&even.len()), "{}", even.len());
    let ramp = Arrivals::Ramp { from: 0.0, to: 100.0, over }.times(&mut chance);
    assert!((4700..5300).contains(&ramp.len()), "{}", ramp.len());
    let early = ramp.partition_point(|at| *at < 3_000_000);
    assert!((early * 4).abs_diff(ramp.len()) < 400, "a quarter comes in the first half: {early}");
    let burst = Arrivals::Burst { fans: 1000, over }.times(&mut chance);
    assert!(burst.is_sorted() && burst.partition_point(|at| *at < 3_000_000) > 800);
}

#[test]
fn an_hour_of_a_large_sale_takes_well_under_a_second_of_it() {
    let large = Scenario {
        admit_per_minute: 3000,
        max_active: 20_000,
        tickets: 100_000,
        habits: Habits { patience: Some(TimeDelta::minutes(60)), ..Habits::default() },
        ..scenario(Arrivals::Burst { fans: 200_000, over: TimeDelta::minutes(10) })
    };
    let began = tokio::time::Instant::now();
    let outcome = Simulation::new(large).run();
    let took = i64::try_from(began.elapsed().as_millis()).unwrap().max(1);
    assert_eq!(outcome.overshoot, 0);
    assert!(outcome.called > 90_000, "{outcome:?}");
    // Without optimizations, and beside other tests.
    assert!(outcome.lasted / took > 100, "{} ms in {took} ms", outcome.lasted);
}
