//! What the simulator says, where it can be worked out by hand; and how fast it is.

use proptest::prelude::*;

use super::*;
use crate::lane::Wanted;

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
        lanes: Lanes::default(),
        arrivals,
        mix: Mix::default(),
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

/// Lanes with these shares, the first of them `main`; as many fans come into each.
fn in_lanes(shares: &[u32], scenario: Scenario) -> Scenario {
    let name = |at: usize| if at == 0 { "main".to_owned() } else { format!("lane-{at}") };
    let wanted = |(at, share): (usize, &u32)| Wanted { name: name(at), share: *share, accounts: None };
    let lanes = Lanes::default().with(&shares.iter().enumerate().map(wanted).collect::<Vec<_>>()).unwrap();
    let mix = Mix::of(lanes.rules().iter().map(|rule| (rule.lane, 1.0))).unwrap();
    Scenario { lanes, mix, ..scenario }
}

#[test]
fn each_lane_has_its_share_and_its_waits_follow_from_it() {
    let outcome = Simulation::new(in_lanes(&[1, 3], scenario(burst(600)))).run();
    let [main, members] = &outcome.lanes[..] else { panic!("{outcome:?}") };
    assert_eq!((outcome.called, main.called + members.called, main.fans + members.fans), (600, 600, 600));
    // 45 of 60 calls a minute are the members' as long as there are some: about 300 are through in 400 s. The others have a
    // quarter so long and all calls then, to the end after ten minutes.
    let most = |lane: &OfLane| lane.waits.unwrap().most / 1000;
    assert!((350..=450).contains(&most(members)) && (590..=602).contains(&most(main)), "{outcome:?}");
    assert!(members.waits.unwrap().p50 * 2 < main.waits.unwrap().p50, "{outcome:?}");
    assert_eq!((main.passed_over, members.passed_over), (3, 1));
    assert!(main.off_share <= 1000 && members.off_share <= 1000, "{outcome:?}");
    assert_eq!(outcome.overshoot, 0);
}

#[test]
fn a_lane_without_a_share_starves_and_it_shows() {
    let longest = TimeDelta::minutes(10);
    let outcome = Simulation::new(in_lanes(&[0, 1], Scenario { longest, ..scenario(burst(6000)) })).run();
    let [main, members] = &outcome.lanes[..] else { panic!("{outcome:?}") };
    assert_eq!((main.called, members.called, main.passed_over), (0, outcome.called, outcome.called));
    assert_eq!((main.waits, main.still_waiting), (None, main.fans));
    assert!(main.oldest.unwrap() > 590_000, "{main:?}");
}

/// Where one at a time is let in, every batch is one call, and only what is owed makes the shares.
#[test]
fn shares_are_kept_where_one_at_a_time_may_be_inside() {
    let one = Scenario { max_active: 1, longest: TimeDelta::hours(8), ..scenario(burst(2000)) };
    let outcome = Simulation::new(in_lanes(&[5, 3], one)).run();
    let [main, members] = &outcome.lanes[..] else { panic!("{outcome:?}") };
    assert!(outcome.called > 300 && members.still_waiting > 0 && main.still_waiting > 0, "{outcome:?}");
    assert!((main.called * 3).abs_diff(members.called * 5) <= 8, "{outcome:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whoever comes whenever: within two calls of its share while the same lanes wait, and nobody is passed over for ever.
    #[test]
    fn no_lane_is_kept_from_its_share_and_none_starves(
        shares in prop::collection::vec(1_u32..8, 1..5),
        seed: u64,
        (rate, cap) in (6_u32..600, 1_u32..40),
        per_minute in 1.0_f64..400.0,
    ) {
        let arrivals = Arrivals::Poisson { per_minute, over: TimeDelta::minutes(30) };
        let longest = TimeDelta::hours(1);
        let limits = Scenario { seed, admit_per_minute: rate, max_active: cap, longest, ..scenario(arrivals) };
        let outcome = Simulation::new(in_lanes(&shares, Scenario { habits: Habits::default(), ..limits })).run();
        prop_assert_eq!(outcome.overshoot, 0);
        let all: u32 = shares.iter().sum();
        for lane in &outcome.lanes {
            prop_assert!(lane.off_share <= 2000, "{lane:?}");
            prop_assert!(lane.passed_over <= 2 * all, "{lane:?}");
        }
    }
}

#[test]
fn fans_come_into_the_lanes_as_they_are_mixed() {
    let mut chance = StdRng::seed_from_u64(7);
    let [main, other] = [0, 3].map(|number| Lane::new(number).unwrap());
    let mix = Mix::of([(main, 0.9), (Lane::new(1).unwrap(), 0.0), (other, 0.3)]).unwrap();
    let fans = burst(4000).fans(&mix, &mut chance);
    let others = fans.iter().filter(|(_, lane)| *lane == other).count();
    assert!(fans.iter().all(|(_, lane)| *lane == main || *lane == other));
    assert!((900..1100).contains(&others), "{others}: a quarter");
    assert!(fans.is_sorted_by_key(|(at, _)| *at));
    let recorded = vec![(5, other), (2, main)];
    assert_eq!(Arrivals::Recorded(recorded).fans(&mix, &mut chance), [(2, main), (5, other)]);
    assert_eq!(Mix::of([(main, 0.0)]), None);
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
