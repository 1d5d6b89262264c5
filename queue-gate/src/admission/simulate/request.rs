//! A scenario as JSON says it, and an outcome as JSON tells it: the same for the call and for the tool.

use chrono::TimeDelta;
use contracts::{id::RoomId, place::Lane};
use serde::{Deserialize, Serialize};

use super::{
    Scenario, Simulation,
    fans::{Arrivals, FANS_MAX, Habits, Mix},
    report::{OfLane, Point, Waits},
};
use crate::{
    admission::Interval,
    lane::{Lanes, Wanted},
    room::{CALLS_MAX, Settings, WrongSetting, span},
};

/// The longest that is played.
const LONGEST: TimeDelta = TimeDelta::hours(48);
/// The most points of a timeline that are told.
const POINTS: usize = 240;

/// What to play. What is absent is as in the room, or as usual.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    seed: u64,
    admit_per_minute: Option<u32>,
    max_active: Option<u32>,
    claim_window: Option<String>,
    session_length: Option<String>,
    interval: Option<String>,
    tickets: Option<u32>,
    lanes: Option<Vec<AskedLane>>,
    arrivals: AskedArrivals,
    habits: Option<AskedHabits>,
    longest: Option<String>,
}

/// A lane and its share; and which part of the fans comes into it, where they are modelled.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AskedLane {
    name: String,
    share: u32,
    fans: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum AskedArrivals {
    Burst { fans: u32, over: String },
    Poisson { per_minute: f64, over: String },
    Ramp { from: f64, to: f64, over: String },
    Recorded { room: Option<RoomId> },
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AskedHabits {
    away: Option<f64>,
    away_for: Option<String>,
    no_show: Option<f64>,
    comes_back: Option<f64>,
    patience: Option<String>,
    claims_after: Option<String>,
    shops_for: Option<String>,
    buys: Option<f64>,
}

/// What is known of a real sale.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// When those came who were called, in milliseconds since the first, and the lane from which they were.
    pub arrivals: Vec<(i64, Lane)>,
    /// The lanes of that room.
    pub lanes: Lanes,
    /// How they behaved.
    pub habits: Habits,
}

fn wrong(field: &'static str, bounds: String) -> WrongSetting {
    WrongSetting { field, bounds }
}

fn read(field: &'static str, text: &str, most: TimeDelta) -> Result<TimeDelta, WrongSetting> {
    let read = span::parse(text).filter(|span| (TimeDelta::seconds(1)..=most).contains(span));
    read.ok_or_else(|| wrong(field, format!("an ISO 8601 duration from PT1S to {}", span::format(most))))
}

fn share(field: &'static str, value: f64) -> Result<f64, WrongSetting> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(wrong(field, "between 0 and 1".to_owned())) }
}

impl Asked {
    /// The room whose record is to be played: the one named, or `own`. `None` where arrivals are modelled.
    pub fn records_of(&self, own: RoomId) -> Option<RoomId> {
        match self.arrivals {
            AskedArrivals::Recorded { room } => Some(room.unwrap_or(own)),
            _ => None,
        }
    }

    /// Whether a record is to be played.
    pub fn is_recorded(&self) -> bool {
        matches!(self.arrivals, AskedArrivals::Recorded { .. })
    }

    /// The scenario, in a room with these settings. What is recorded must be there where it is asked for.
    ///
    /// # Errors
    /// [`WrongSetting`]: the first member that is out of bounds.
    pub fn scenario(
        self,
        (settings, interval): (Settings, Interval),
        recorded: Option<Recorded>,
    ) -> Result<Scenario, WrongSetting> {
        let habits = recorded.as_ref().map_or_else(Habits::default, |recorded| recorded.habits);
        let (lanes, mix) = lanes(self.lanes, recorded.as_ref())?;
        let longest =
            self.longest.map_or(Ok(TimeDelta::hours(12)), |text| read("longest", &text, LONGEST))?;
        let settings = Settings {
            admit_per_minute: self.admit_per_minute.unwrap_or(settings.admit_per_minute),
            max_active: self.max_active.unwrap_or(settings.max_active),
            claim_window: self
                .claim_window
                .map_or(Ok(settings.claim_window), |text| read("claimWindow", &text, LONGEST))?,
            session_length: self
                .session_length
                .map_or(Ok(settings.session_length), |text| read("sessionLength", &text, LONGEST))?,
        };
        settings.check()?;
        let interval = match self.interval {
            Some(text) => Interval::of(read("interval", &text, TimeDelta::seconds(60))?).unwrap_or_default(),
            None => interval,
        };
        if let Some(most) = interval.most_at(settings.admit_per_minute) {
            return Err(wrong("interval", format!("at most PT{most}S at this rate")));
        }
        Ok(Scenario {
            seed: self.seed,
            admit_per_minute: settings.admit_per_minute,
            max_active: settings.max_active,
            claim_window: settings.claim_window,
            session_length: settings.session_length,
            tick: TimeDelta::seconds(1),
            interval,
            lanes,
            arrivals: self.arrivals.check(recorded)?,
            mix,
            habits: self.habits.unwrap_or_default().over(habits)?,
            tickets: self.tickets.unwrap_or(u32::MAX),
            longest,
        })
    }
}

/// The lanes, and into which the fans come. Where nothing is said, modelled fans are all in one, and those on record in theirs.
fn lanes(asked: Option<Vec<AskedLane>>, recorded: Option<&Recorded>) -> Result<(Lanes, Mix), WrongSetting> {
    let known = recorded.map(|recorded| recorded.lanes.clone()).unwrap_or_default();
    let Some(asked) = asked else { return Ok((known, Mix::default())) };
    let wanted = |lane: &AskedLane| Wanted { name: lane.name.clone(), share: lane.share, accounts: None };
    let lanes = known.with(&asked.iter().map(wanted).collect::<Vec<_>>())?;
    let parts: Option<Vec<_>> =
        asked.iter().map(|lane| Some((lanes.named(&lane.name)?, lane.fans?))).collect();
    if recorded.is_some() {
        let is_told = asked.iter().any(|lane| lane.fans.is_some());
        let bounds = || "without fans: those on record come into their own lanes".to_owned();
        return if is_told { Err(wrong("lanes", bounds())) } else { Ok((lanes, Mix::default())) };
    }
    let parts = parts.filter(|parts| parts.iter().all(|(_, part)| (0.0..=1.0).contains(part)));
    let mix = parts.and_then(Mix::of).ok_or_else(|| {
        wrong(
            "lanes",
            "each with the part of the fans who come into it, between 0 and 1, one above 0".to_owned(),
        )
    })?;
    Ok((lanes, mix))
}

impl AskedArrivals {
    fn check(self, recorded: Option<Recorded>) -> Result<Arrivals, WrongSetting> {
        let over = |text: &str| read("arrivals.over", text, LONGEST);
        let rate = |field, value: f64| {
            let bounds = || wrong(field, format!("between 0 and {CALLS_MAX}"));
            Some(value).filter(|value| (0.0..=f64::from(CALLS_MAX)).contains(value)).ok_or_else(bounds)
        };
        let arrivals = match self {
            Self::Burst { fans, over: text } => Arrivals::Burst { fans, over: over(&text)? },
            Self::Poisson { per_minute, over: text } => {
                Arrivals::Poisson { per_minute: rate("arrivals.perMinute", per_minute)?, over: over(&text)? }
            }
            Self::Ramp { from, to, over: text } => Arrivals::Ramp {
                from: rate("arrivals.from", from)?,
                to: rate("arrivals.to", to)?,
                over: over(&text)?,
            },
            Self::Recorded { .. } => Arrivals::Recorded(recorded.map(|it| it.arrivals).unwrap_or_default()),
        };
        let expected = arrivals.expected();
        if expected <= f64::from(FANS_MAX) {
            Ok(arrivals)
        } else {
            Err(wrong("arrivals", format!("at most {FANS_MAX} fans, and these are about {expected:.0}")))
        }
    }
}

impl AskedHabits {
    fn over(self, usual: Habits) -> Result<Habits, WrongSetting> {
        let span = |field, text: Option<String>, usual| {
            text.map_or(Ok(usual), |text| read(field, &text, TimeDelta::hours(24)))
        };
        let part = |field, value: Option<f64>, usual| share(field, value.unwrap_or(usual));
        let patience = self.patience.map(|text| read("habits.patience", &text, TimeDelta::hours(24)));
        Ok(Habits {
            away: part("habits.away", self.away, usual.away)?,
            away_for: span("habits.awayFor", self.away_for, usual.away_for)?,
            no_show: part("habits.noShow", self.no_show, usual.no_show)?,
            comes_back: part("habits.comesBack", self.comes_back, usual.comes_back)?,
            patience: patience.transpose()?.or(usual.patience),
            claims_after: span("habits.claimsAfter", self.claims_after, usual.claims_after)?,
            shops_for: span("habits.shopsFor", self.shops_for, usual.shops_for)?,
            buys: part("habits.buys", self.buys, usual.buys)?,
        })
    }
}

/// An outcome in JSON; spans are seconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    fans: u32,
    called: u32,
    admitted: u32,
    no_shows: u32,
    parked: u32,
    left: u32,
    bought: u32,
    still_waiting: u32,
    /// Seconds that those waited who were called.
    waits: Option<WaitsTold>,
    sold_out_after: Option<i64>,
    lasted: i64,
    overshoot: u32,
    timeline: Vec<PointTold>,
    /// In the room's order.
    lanes: Vec<LaneTold>,
}

/// What came of a lane; spans are seconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LaneTold {
    name: String,
    share: u32,
    fans: u32,
    called: u32,
    still_waiting: u32,
    oldest: Option<i64>,
    waits: Option<WaitsTold>,
    passed_over: u32,
    /// In calls.
    off_share: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct WaitsTold {
    p10: i64,
    p50: i64,
    p90: i64,
    most: i64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PointTold {
    at: i64,
    waiting: u32,
    active: u32,
    called: u32,
    sold: u32,
}

/// Plays `scenario` and tells what came of it. Takes as long as it takes: keep it off the threads that serve.
pub fn play(scenario: Scenario) -> Told {
    let lanes = scenario.lanes.clone();
    let outcome = Simulation::new(scenario).run();
    let of_lane = |of: OfLane| LaneTold {
        name: lanes.name(of.lane).to_owned(),
        share: lanes.shares().share(of.lane),
        fans: of.fans,
        called: of.called,
        still_waiting: of.still_waiting,
        oldest: of.oldest.map(|oldest| oldest / 1000),
        waits: of.waits.map(waits_told),
        passed_over: of.passed_over,
        off_share: f64::from(of.off_share) / 1000.0,
    };
    Told {
        fans: outcome.fans,
        called: outcome.called,
        admitted: outcome.admitted,
        no_shows: outcome.no_shows,
        parked: outcome.parked,
        left: outcome.left,
        bought: outcome.bought,
        still_waiting: outcome.still_waiting,
        waits: outcome.waits.map(waits_told),
        sold_out_after: outcome.sold_out_after.map(|after| after / 1000),
        lasted: outcome.lasted / 1000,
        overshoot: outcome.overshoot,
        timeline: thinned(&outcome.timeline),
        lanes: outcome.lanes.into_iter().map(of_lane).collect(),
    }
}

fn waits_told(waits: Waits) -> WaitsTold {
    WaitsTold { p10: waits.p10 / 1000, p50: waits.p50 / 1000, p90: waits.p90 / 1000, most: waits.most / 1000 }
}

/// At most so many points that a chart can show them. Calls in between are added up.
fn thinned(timeline: &[Point]) -> Vec<PointTold> {
    let together = timeline.len().div_ceil(POINTS).max(1);
    let point = |points: &[Point]| {
        let last = points.last()?;
        Some(PointTold {
            at: last.at / 1000,
            waiting: last.waiting,
            active: last.active,
            called: points.iter().map(|point| point.called).sum(),
            sold: last.sold,
        })
    };
    timeline.chunks(together).filter_map(point).collect()
}
