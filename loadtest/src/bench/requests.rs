//! Joins over HTTP: each visitor once.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;

pub(super) use super::calls::Pace;
use super::{
    calls::{self, Asked, Played, Script},
    measure::count,
    wire,
};

/// What to do.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) target: SocketAddr,
    pub(super) path: &'a str,
    /// Cookies of visitors who have no place yet; each joins once.
    pub(super) cookies: &'a [String],
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) span: Duration,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    /// The numbers of those who joined; none in a lobby.
    pub(super) numbers: Vec<u64>,
    /// How it went.
    pub(super) played: Played,
}

struct Joins<'a> {
    plan: &'a Plan<'a>,
    sent: usize,
    numbers: Vec<u64>,
}

impl Joined {
    /// A quantile of accepted joins in milliseconds.
    pub(super) fn millis(&self, quantile: f64) -> f64 {
        calls::millis(&self.played.accepted, quantile)
    }

    /// Joins that were accepted, per second.
    pub(super) fn rate(&self) -> f64 {
        self.played.rate
    }

    /// What went wrong: refusals and broken connections, beside `allowed` statuses; numbers that came twice.
    pub(super) fn breaches(&self, allowed: &[u64]) -> Vec<String> {
        let mut breaches = self.played.breaches("joins", allowed);
        let without = self.played.good.saturating_sub(count(self.numbers.len()));
        if !self.numbers.is_empty() && without > 0 {
            breaches.push(format!("{without} places have no number"));
        }
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable();
        let doubled = numbers.windows(2).filter(|two| two[0] == two[1]).count();
        if doubled > 0 {
            breaches.push(format!("{} numbers were given twice", count(doubled)));
        }
        breaches
    }
}

/// Joins as `plan` says.
pub(super) fn play(plan: &Plan<'_>) -> Result<Joined> {
    let mut joins = Joins { plan, sent: 0, numbers: Vec::with_capacity(plan.cookies.len()) };
    let Plan { target, connections, pace, span, .. } = *plan;
    let played = calls::play(calls::Plan { target, connections, pace, span }, &mut joins)?;
    Ok(Joined { numbers: joins.numbers, played })
}

impl Script for Joins<'_> {
    fn next(&mut self) -> Option<Asked> {
        let cookie = self.plan.cookies.get(self.sent)?;
        self.sent += 1;
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCookie: {}={cookie}\r\n\r\n{{}}",
            self.plan.path,
            self.plan.target,
            contracts::visitor::COOKIE
        );
        Some(Asked { tag: self.sent, bytes: request.into_bytes() })
    }

    fn is_over(&self) -> bool {
        self.sent == self.plan.cookies.len()
    }

    fn answered(&mut self, _: usize, status: u64, body: &[u8]) -> Option<Asked> {
        if status < 300 {
            self.numbers.extend(wire::number_after(body, br#""number":"#));
        }
        None
    }
}
