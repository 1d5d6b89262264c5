//! Which rate the shop can bear: advice from what the origin's answers and the bookings say, with its reasons in words.
//! Pure: the simulator holds it against step loads (`tests`), and only what passes there may drive a room.
//!
//! The rule keeps the *number inside* in check, because that is what loads an origin, and a rate acts on it only through
//! sessions of many minutes. In balance as many are called as slots end. So: strained, call less than leaves; near its
//! limit, call as many as leave; at ease, call more, but never much more than leaves, so that the number inside grows
//! with the time constant of a session and the origin is heard before it is too late.

pub mod drive;
pub mod store;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How often a rate may be changed by this rule.
pub const STEP: TimeDelta = TimeDelta::seconds(10);
/// The share of the aim up to which an origin is at ease.
const AT_EASE: f64 = 0.7;
/// Answers with an error that are as bad as answers at the aimed latency: two in a hundred.
const ERRORS: f64 = 0.02;
/// So many minutes' worth of unfinished payments are as bad as that.
const BACKLOG: f64 = 5.0;
/// Fewer answers, or unpaid orders, than this say nothing.
const ENOUGH: u32 = 20;
/// Growth of one step, for an origin that does nothing.
const GROWTH: f64 = 0.25;
/// So many times what leaves may be called while the number inside grows.
const AHEAD: f64 = 2.0;
/// A change smaller than this part of the rate is none.
const WORTH_IT: f64 = 0.05;

/// Between which limits an organizer lets the rule set the rate, and the latency that fans shall not feel more than.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drive {
    /// The lowest rate.
    pub min: u32,
    /// The highest.
    pub max: u32,
    /// Nine in ten answers of the origin shall take at most so many milliseconds.
    #[serde(default = "aim")]
    pub latency_ms: u32,
}

fn aim() -> u32 {
    AIM_MS
}

/// The aim where nobody names one.
pub const AIM_MS: u32 = 1000;

/// What is seen of the room and of its origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// The rate as it is.
    pub rate: u32,
    /// Calls of the last 60 s.
    pub called: u32,
    /// Slots that ended within the last 60 s.
    pub ended: u32,
    /// How many stand in line.
    pub waiting: u64,
    /// The origin's answers of the last seconds.
    pub answers: u32,
    /// Those with an error of the origin's, or that never came.
    pub errors: u32,
    /// Nine in ten answers took at most so many milliseconds.
    pub latency_ms: u32,
    /// Orders that are not paid.
    pub unpaid: u32,
    /// Purchases of the last 60 s.
    pub paid: u32,
}

/// A rate, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Calls a minute.
    pub rate: u32,
    /// How strained the origin is: 1 is at its limit.
    pub strain: f64,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// Which rate to call at, between the limits.
pub fn advise(limits: Drive, seen: &Signals) -> Advice {
    let (strain, mut reasons) = strain(limits, seen);
    let (rate, leaves) = (f64::from(seen.rate), f64::from(seen.ended));
    let target = if strain > 1.0 {
        reasons.push(format!("{} a minute leave; fewer are called, so that fewer are inside", seen.ended));
        leaves * (2.0 - strain).clamp(0.25, 0.9)
    } else if strain > AT_EASE {
        reasons
            .push(format!("{} a minute leave; as many are called, so that no more are inside", seen.ended));
        let held = leaves * (1.0 - (strain - AT_EASE) / (1.0 - AT_EASE) * 0.1);
        // Half the way: what leaves in one minute is chance to a part.
        f64::midpoint(rate, held)
    } else if seen.waiting == 0 || f64::from(seen.called) < rate * 0.8 {
        reasons.push("the rate binds nobody".to_owned());
        rate
    } else if rate > AHEAD * leaves {
        reasons.push("more are called than leave; the rate waits for what they do to the origin".to_owned());
        rate
    } else {
        reasons.push("the origin is at ease, and fans wait".to_owned());
        (rate * (1.0 + GROWTH * (1.0 - strain / AT_EASE)) + 1.0).min(AHEAD * leaves.max(1.0))
    };
    let within = target.clamp(f64::from(limits.min), f64::from(limits.max));
    if within > target {
        reasons.push(format!("not below your limit of {}", limits.min));
    } else if within < target {
        reasons.push(format!("not above your limit of {}", limits.max));
    }
    let outside = !(limits.min..=limits.max).contains(&seen.rate);
    let is_worth_it = outside || (within - rate).abs() >= (rate * WORTH_IT).max(1.0);
    Advice { rate: if is_worth_it { whole(within) } else { seen.rate }, strain, reasons }
}

/// The worst of what is seen, each as a part of what is still good; and the words for it.
fn strain(limits: Drive, seen: &Signals) -> (f64, Vec<String>) {
    let (mut strain, mut reasons) = (0.0_f64, Vec::new());
    if seen.answers >= ENOUGH {
        let late = f64::from(seen.latency_ms) / f64::from(limits.latency_ms.max(1));
        let failed = f64::from(seen.errors) / f64::from(seen.answers) / ERRORS;
        strain = late.max(failed);
        let (took, aim) = (seen.latency_ms, limits.latency_ms);
        reasons.push(format!("nine in ten answers took at most {took} ms, and {aim} ms is the aim"));
        if failed > AT_EASE {
            reasons.push(format!("{} of {} answers were errors", seen.errors, seen.answers));
        }
    } else {
        reasons.push("the origin has answered too little to say how it is".to_owned());
    }
    if seen.unpaid >= ENOUGH {
        let minutes = f64::from(seen.unpaid) / f64::from(seen.paid.max(1));
        if minutes / BACKLOG > strain {
            reasons.push(format!("{} orders are not paid, and {} a minute are", seen.unpaid, seen.paid));
        }
        strain = strain.max(minutes / BACKLOG);
    }
    (strain, reasons)
}

/// A rate is a whole number of calls.
fn whole(rate: f64) -> u32 {
    let rounded = std::time::Duration::try_from_secs_f64(rate.max(0.0).round()).unwrap_or_default();
    u32::try_from(rounded.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
