//! Who comes when, and what they do.

use chrono::TimeDelta;
use contracts::place::Lane;
use rand::{RngExt, rngs::StdRng};

/// The most fans of one simulation.
pub const FANS_MAX: u32 = 500_000;

/// When fans come. Times are milliseconds since the beginning.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// All within a span, most of them at its beginning.
    Burst {
        /// How many.
        fans: u32,
        /// Within which span.
        over: TimeDelta,
    },
    /// At random, evenly.
    Poisson {
        /// How many a minute on average.
        per_minute: f64,
        /// For how long.
        over: TimeDelta,
    },
    /// More and more, or fewer and fewer.
    Ramp {
        /// How many a minute at first.
        from: f64,
        /// How many a minute at last.
        to: f64,
        /// For how long.
        over: TimeDelta,
    },
    /// As they came to a real room, and into which lane.
    Recorded(Vec<(i64, Lane)>),
}

/// Into which lanes modelled fans come: a part of them all into each. The parts need not make one.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix(Vec<(Lane, f64)>);

impl Default for Mix {
    fn default() -> Self {
        Self(vec![(Lane::MAIN, 1.0)])
    }
}

impl Mix {
    /// The mix of these parts; `None` where nobody comes into any lane.
    pub fn of(parts: impl IntoIterator<Item = (Lane, f64)>) -> Option<Self> {
        let some: Vec<_> = parts.into_iter().filter(|(_, part)| *part > 0.0).collect();
        (!some.is_empty()).then_some(Self(some))
    }

    fn draw(&self, chance: &mut StdRng) -> Lane {
        let Some(((last, _), others)) = self.0.split_last() else { return Lane::MAIN };
        if others.is_empty() {
            return *last;
        }
        let mut at = chance.random::<f64>() * self.0.iter().map(|(_, part)| part).sum::<f64>();
        let hit = others.iter().find(|(_, part)| {
            at -= part;
            at < 0.0
        });
        hit.map_or(*last, |(lane, _)| *lane)
    }
}

/// How fans behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// The share of those who are away when the front of the line reaches them.
    pub away: f64,
    /// How long they stay away, on average.
    pub away_for: TimeDelta,
    /// The share of those called who do not claim.
    pub no_show: f64,
    /// The share of those who come back after they did not show up.
    pub comes_back: f64,
    /// How long somebody waits before giving up, on average; for ever where absent.
    pub patience: Option<TimeDelta>,
    /// How long a called fan takes to claim, on average.
    pub claims_after: TimeDelta,
    /// How long a fan shops, on average.
    pub shops_for: TimeDelta,
    /// The share of those who buy.
    pub buys: f64,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            away: 0.05,
            away_for: TimeDelta::minutes(3),
            no_show: 0.05,
            comes_back: 0.5,
            patience: None,
            claims_after: TimeDelta::seconds(10),
            shops_for: TimeDelta::minutes(4),
            buys: 0.7,
        }
    }
}

impl Arrivals {
    /// About how many come.
    pub fn expected(&self) -> f64 {
        let minutes = |over: TimeDelta| seconds(over) / 60.0;
        match self {
            Self::Burst { fans, .. } => f64::from(*fans),
            Self::Poisson { per_minute, over } => per_minute * minutes(*over),
            Self::Ramp { from, to, over } => f64::midpoint(*from, *to) * minutes(*over),
            Self::Recorded(fans) => f64::from(u32::try_from(fans.len()).unwrap_or(u32::MAX)),
        }
    }

    /// Who comes when and into which lane, in order. Those on record come into their own.
    pub fn fans(&self, mix: &Mix, chance: &mut StdRng) -> Vec<(i64, Lane)> {
        if let Self::Recorded(fans) = self {
            let mut fans = fans.clone();
            fans.sort_unstable();
            return fans;
        }
        self.times(chance).into_iter().map(|at| (at, mix.draw(chance))).collect()
    }

    /// The time at which each comes, in order.
    pub fn times(&self, chance: &mut StdRng) -> Vec<i64> {
        let mut times: Vec<i64> = match self {
            // The share that has come by a part x of the span is 1-(1-x)^3: three times as many as evenly, at first.
            Self::Burst { fans, over } => (0..(*fans).min(FANS_MAX))
                .map(|_| millis(seconds(*over) * (1.0 - (1.0 - chance.random::<f64>()).cbrt())))
                .collect(),
            Self::Poisson { per_minute, over } => rising(*per_minute, *per_minute, *over, chance),
            Self::Ramp { from, to, over } => rising(*from, *to, *over, chance),
            Self::Recorded(fans) => fans.iter().map(|(at, _)| *at).collect(),
        };
        times.sort_unstable();
        times
    }
}

/// A Poisson process whose rate goes evenly from one to the other, by thinning.
fn rising(from: f64, to: f64, over: TimeDelta, chance: &mut StdRng) -> Vec<i64> {
    let (span, most) = (seconds(over), from.max(to) / 60.0);
    let (mut times, mut now) = (Vec::new(), 0.0);
    while most > 0.0 && times.len() < usize::try_from(FANS_MAX).unwrap_or(usize::MAX) {
        now += -(1.0 - chance.random::<f64>()).ln() / most;
        if now >= span {
            break;
        }
        let rate = (from + (to - from) * now / span) / 60.0;
        if chance.random::<f64>() * most < rate {
            times.push(millis(now));
        }
    }
    times
}

/// A span that is `mean` on average: exponential, because people forget how long they have waited.
pub fn draw(chance: &mut StdRng, mean: TimeDelta) -> i64 {
    millis(-seconds(mean) * (1.0 - chance.random::<f64>()).ln()).max(1)
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}

fn millis(seconds: f64) -> i64 {
    let span = std::time::Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default();
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
