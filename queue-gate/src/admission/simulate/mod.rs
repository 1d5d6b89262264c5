//! What if: the same rule over fans that are modelled or recorded, as fast as the machine can. No clock and no I/O; the same
//! scenario and seed give the same outcome.

pub mod fairness;
pub mod fans;
pub mod report;
pub mod request;
pub mod store;
pub mod tool;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, VecDeque},
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::place::{Lane, PlaceNumber};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Interval, Limits, MINUTE, Recent, Snapshot, Spot, decide};
use fairness::Fairness;
use fans::{Arrivals, Habits, Mix, draw};
use report::{OfLane, Outcome, Point, Waits};

use crate::lane::Lanes;

/// What is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Where chance begins.
    pub seed: u64,
    /// The most calls in any 60 seconds.
    pub admit_per_minute: u32,
    /// The most who are called or inside at a time.
    pub max_active: u32,
    /// How long a called fan may take to claim.
    pub claim_window: TimeDelta,
    /// How long a fan may shop.
    pub session_length: TimeDelta,
    /// How often it is looked whether somebody may be called.
    pub tick: TimeDelta,
    /// How far apart batches are.
    pub interval: Interval,
    /// The lanes and their shares.
    pub lanes: Lanes,
    /// Who comes when.
    pub arrivals: Arrivals,
    /// Into which lanes.
    pub mix: Mix,
    /// How fans behave.
    pub habits: Habits,
    /// How many tickets there are.
    pub tickets: u32,
    /// Ends after this, whatever the line.
    pub longest: TimeDelta,
}

/// What happens to a fan at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    /// They are back after they were away.
    Returns,
    /// They give up.
    LosesPatience,
    /// They take their turn.
    Claims,
    /// Nobody came within the window.
    WindowEnds,
    /// They have bought.
    Buys,
    /// They go without a ticket, or their time is over.
    Goes,
}

#[derive(Clone, Copy, Debug)]
struct Fan {
    lane: Lane,
    came: i64,
    called: Option<i64>,
    missed: bool,
    is_away: bool,
}

/// A room in motion.
#[derive(Debug)]
pub struct Simulation {
    scenario: Scenario,
    chance: StdRng,
    now: i64,
    coming: VecDeque<(i64, Lane)>,
    fans: Vec<Fan>,
    waiting: [BTreeSet<u64>; Lane::COUNT],
    events: BinaryHeap<Reverse<(i64, u64, Happens)>>,
    recent: VecDeque<Recent>,
    taken: u32,
    sold: u32,
    fairness: Fairness,
    outcome: Outcome,
    last_point: (i64, u32),
}

impl Simulation {
    /// A room before its first fan.
    pub fn new(scenario: Scenario) -> Self {
        let mut chance = StdRng::seed_from_u64(scenario.seed);
        let coming = scenario.arrivals.fans(&scenario.mix, &mut chance).into();
        Self {
            chance,
            now: 0,
            coming,
            fans: Vec::new(),
            waiting: Default::default(),
            events: BinaryHeap::new(),
            recent: VecDeque::new(),
            taken: 0,
            sold: 0,
            fairness: Fairness::default(),
            outcome: Outcome::default(),
            last_point: (0, 0),
            scenario,
        }
    }

    /// Plays to the end: everything is sold, or everybody is through, or time is up.
    pub fn run(mut self) -> Outcome {
        while self.tick() {}
        self.finish()
    }

    /// Milliseconds since the beginning.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// How many are called or inside.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// How many stand in line.
    pub fn waiting(&self) -> usize {
        self.waiting.iter().map(BTreeSet::len).sum()
    }

    /// Slots that ended since the beginning.
    pub fn ended(&self) -> u32 {
        self.outcome.called - self.taken
    }

    /// Sets the rate from now on.
    pub fn set_rate(&mut self, admit_per_minute: u32) {
        self.scenario.admit_per_minute = admit_per_minute;
    }

    /// The rate as it is.
    pub fn rate(&self) -> u32 {
        self.scenario.admit_per_minute
    }

    /// One tick: who comes, what happens, who is called. `false` when nothing will happen any more.
    pub fn tick(&mut self) -> bool {
        self.now += self.scenario.tick.num_milliseconds().max(1);
        while self.coming.front().is_some_and(|(at, _)| *at <= self.now) {
            if let Some((at, lane)) = self.coming.pop_front() {
                self.comes(at, lane);
            }
        }
        while self.events.peek().is_some_and(|Reverse((at, ..))| *at <= self.now) {
            if let Some(Reverse((at, fan, happens))) = self.events.pop() {
                self.happens(at, fan, happens);
            }
        }
        let is_sold_out = self.sold >= self.scenario.tickets;
        if is_sold_out {
            self.outcome.sold_out_after.get_or_insert(self.now);
        } else {
            self.call();
        }
        self.note(false);
        let is_over = self.coming.is_empty() && self.events.is_empty() && self.waiting() == 0;
        !is_sold_out && !is_over && self.now < self.scenario.longest.num_milliseconds()
    }

    /// What came of it.
    pub fn finish(mut self) -> Outcome {
        self.note(true);
        self.outcome.waits = waits(self.fans.iter());
        self.outcome.fans = count(self.fans.len());
        self.outcome.bought = self.sold;
        self.outcome.still_waiting = count(self.waiting());
        self.outcome.lasted = self.now;
        self.outcome.lanes = self.scenario.lanes.rules().iter().map(|rule| self.of_lane(rule.lane)).collect();
        self.outcome
    }

    fn of_lane(&self, lane: Lane) -> OfLane {
        let fans = self.fans.iter().filter(|fan| fan.lane == lane);
        let waiting = &self.waiting[lane.index()];
        let first = waiting.first().map(|number| self.fans[index(*number)].came);
        OfLane {
            lane,
            fans: count(fans.clone().count()),
            called: count(fans.clone().filter(|fan| fan.called.is_some()).count()),
            still_waiting: count(waiting.len()),
            oldest: first.map(|came| self.now - came),
            waits: waits(fans),
            passed_over: self.fairness.passed_over(lane),
            off_share: self.fairness.off_share(lane),
        }
    }

    fn comes(&mut self, at: i64, lane: Lane) {
        let number = u64::try_from(self.fans.len()).unwrap_or(u64::MAX);
        let is_away = self.chance.random_bool(self.scenario.habits.away);
        self.fans.push(Fan { lane, came: at, called: None, missed: false, is_away });
        self.waiting[lane.index()].insert(number);
        if let Some(patience) = self.scenario.habits.patience {
            let until = at + draw(&mut self.chance, patience);
            self.events.push(Reverse((until, number, Happens::LosesPatience)));
        }
    }

    fn happens(&mut self, at: i64, number: u64, happens: Happens) {
        let index = index(number);
        let waiting = &mut self.waiting[self.fans[index].lane.index()];
        match happens {
            Happens::Returns => {
                self.fans[index].is_away = false;
                waiting.insert(number);
            }
            Happens::LosesPatience => self.outcome.left += u32::from(waiting.remove(&number)),
            Happens::Claims => self.claims(at, number),
            Happens::WindowEnds => {
                self.taken -= 1;
                self.outcome.no_shows += 1;
                // Parked, and called once more if they come back.
                if !self.fans[index].missed && self.chance.random_bool(self.scenario.habits.comes_back) {
                    self.fans[index].missed = true;
                    let away = draw(&mut self.chance, self.scenario.habits.away_for);
                    self.events.push(Reverse((at + away, number, Happens::Returns)));
                }
            }
            Happens::Buys => {
                self.taken -= 1;
                self.sold += u32::from(self.sold < self.scenario.tickets);
            }
            Happens::Goes => self.taken -= 1,
        }
    }

    fn claims(&mut self, at: i64, number: u64) {
        self.outcome.admitted += 1;
        let shops = draw(&mut self.chance, self.scenario.habits.shops_for);
        let longest = self.scenario.session_length.num_milliseconds();
        let buys = shops < longest && self.chance.random_bool(self.scenario.habits.buys);
        let happens = if buys { Happens::Buys } else { Happens::Goes };
        self.events.push(Reverse((at + shops.min(longest), number, happens)));
    }

    /// The rule, and what holds of it whatever it says: what is too much is counted by other means than its own.
    fn call(&mut self) {
        let limits = Limits {
            is_calling: true,
            admit_per_minute: self.scenario.admit_per_minute,
            max_active: self.scenario.max_active,
            tick: self.scenario.tick,
            interval: self.scenario.interval,
            shares: self.scenario.lanes.shares(),
        };
        let now = at(self.now);
        let counts = |batch: &Recent| batch.at > now - MINUTE;
        // The last batch stays, however old: it says what the lanes are owed.
        while self.recent.len() > 1 && self.recent.front().is_some_and(|batch| !counts(batch)) {
            self.recent.pop_front();
        }
        let snapshot = Snapshot { front: self.front(&limits), taken: self.taken };
        let decision = decide(limits, self.recent.make_contiguous(), &snapshot, now);
        let places = decision.places;
        if places.is_empty() {
            return;
        }
        self.fairness.note(&snapshot.front, &places, &limits.shares);
        let calls = count(places.len());
        self.taken += calls;
        self.outcome.called += calls;
        self.recent.push_back(Recent { at: now, granted: now, calls, owed: decision.owed });
        let minute: u32 = self.recent.iter().filter(|batch| counts(batch)).map(|batch| batch.calls).sum();
        let too_many = minute.saturating_sub(limits.admit_per_minute);
        self.outcome.overshoot =
            self.outcome.overshoot.max(too_many).max(self.taken.saturating_sub(limits.max_active));
        for place in places {
            self.called(place.number.raw());
        }
    }

    /// The front of every lane; those in front of it who are away are parked.
    fn front(&mut self, limits: &Limits) -> Vec<Spot> {
        let (want, mut front) = (limits.wanted(), Vec::new());
        for lane in Lane::all() {
            let (end, mut next) = (front.len() + want, 0);
            while front.len() < end {
                let waiting = &mut self.waiting[lane.index()];
                let Some(number) = waiting.range(next..).next().copied() else { break };
                next = number + 1;
                if self.fans[index(number)].is_away {
                    waiting.remove(&number);
                    self.outcome.parked += 1;
                    let away = draw(&mut self.chance, self.scenario.habits.away_for);
                    self.events.push(Reverse((self.now + away, number, Happens::Returns)));
                } else {
                    front.push(Spot { lane, number: PlaceNumber::from_raw(number) });
                }
            }
        }
        front
    }

    fn called(&mut self, number: u64) {
        let fan = &mut self.fans[index(number)];
        self.waiting[fan.lane.index()].remove(&number);
        fan.called.get_or_insert(self.now);
        let window = self.scenario.claim_window.num_milliseconds();
        let delay = draw(&mut self.chance, self.scenario.habits.claims_after);
        let (when, happens) = if delay >= window || self.chance.random_bool(self.scenario.habits.no_show) {
            (window, Happens::WindowEnds)
        } else {
            (delay, Happens::Claims)
        };
        self.events.push(Reverse((self.now + when, number, happens)));
    }

    /// A point of the timeline, once a minute.
    fn note(&mut self, is_last: bool) {
        let (last, called) = self.last_point;
        if self.now - last < MINUTE.num_milliseconds() && !is_last {
            return;
        }
        self.last_point = (self.now, self.outcome.called);
        self.outcome.timeline.push(Point {
            at: self.now,
            waiting: count(self.waiting()),
            active: self.taken,
            called: self.outcome.called - called,
            sold: self.sold,
        });
    }
}

/// How long those of `fans` waited who were called.
fn waits<'a>(fans: impl Iterator<Item = &'a Fan>) -> Option<Waits> {
    let mut waits: Vec<_> = fans.filter_map(|fan| Some(fan.called? - fan.came)).collect();
    waits.sort_unstable();
    Waits::of(&waits)
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The simulation's time as the rule takes it.
fn at(millis: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis)
}

#[cfg(test)]
mod tests;
