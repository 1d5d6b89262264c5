//! What search is told: which events may look different now, and how much of each is left.
//!
//! A change by an organizer raises the event's `search_version` in its own transaction. Sales do not: triggers note the
//! event in `availability_change`, and [`publish`] works out the visible state a few times a second from what is
//! committed, and raises the version only when that changed. Those who wait in front of a guarded event are told more:
//! [`stock`] says about once a second what can be had.

pub mod bump;
pub mod publish;
pub mod stock;
pub mod store;

use std::time::Duration;

use contracts::popularity;
use platform::lifecycle::{Lifecycle, every};

use crate::state::Booking;

/// How often sales are looked for, and the least time between two looks at one event.
pub const PERIOD: Duration = Duration::from_millis(200);

/// How often everything is compared, against whatever went wrong.
const SWEEP: Duration = Duration::from_mins(1);

/// How much is left, as far as a fan needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// More than a tenth.
    Many,
    /// At most a tenth.
    Few,
    /// Nothing.
    None,
}

impl Bucket {
    /// Of `total` tickets, `left` are not sold.
    pub fn of(left: i64, total: i64) -> Self {
        if left <= 0 {
            Self::None
        } else if left.saturating_mul(10) <= total {
            Self::Few
        } else {
            Self::Many
        }
    }

    /// The name in the database and in search.
    pub fn name(self) -> &'static str {
        match self {
            Self::Many => "many",
            Self::Few => "few",
            Self::None => "none",
        }
    }
}

/// One price category and how many of its tickets are not sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierLeft {
    /// The price, in minor units.
    pub price_minor: i64,
    /// How many there are.
    pub total: i64,
    /// How many are sold.
    pub sold: i64,
}

/// What is left of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// How many tickets there are.
    pub total: i64,
    /// How many are sold.
    pub sold: i64,
    /// How much is left.
    pub bucket: Bucket,
    /// The cheapest of what is left.
    pub price_from_minor: Option<i64>,
    /// The dearest of what is left.
    pub price_to_minor: Option<i64>,
}

impl Availability {
    /// What is left of an event with these tiers.
    pub fn of(tiers: &[TierLeft]) -> Self {
        let (total, sold) =
            tiers.iter().fold((0, 0), |(total, sold), tier| (total + tier.total, sold + tier.sold));
        let left = tiers.iter().filter(|tier| tier.sold < tier.total).map(|tier| tier.price_minor);
        Self {
            total,
            sold,
            bucket: Bucket::of(total - sold, total),
            price_from_minor: left.clone().min(),
            price_to_minor: left.max(),
        }
    }

    /// Whether a fan who searches sees a difference between the two.
    pub fn looks_like(&self, other: &Self) -> bool {
        let seen = |of: &Self| (of.bucket, of.price_from_minor, of.price_to_minor, popularity::step(of.sold));
        seen(self) == seen(other)
    }
}

/// Spawns the loops.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let publishing = app.clone();
    lifecycle.spawn(every(lifecycle.stopping(), PERIOD, async move || publish::tick(&publishing).await));
    let bumping = app.clone();
    lifecycle.spawn(every(lifecycle.stopping(), PERIOD, async move || bump::tick(&bumping).await));
    let stock = app.clone();
    lifecycle.spawn(every(lifecycle.stopping(), stock::PERIOD, async move || stock::tick(&stock).await));
    let sweeping = app.clone();
    lifecycle.spawn(every(lifecycle.stopping(), SWEEP, async move || publish::sweep(&sweeping).await));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_is_at_most_a_tenth_and_none_is_none() {
        assert_eq!(Bucket::of(11, 100), Bucket::Many);
        assert_eq!(Bucket::of(10, 100), Bucket::Few);
        assert_eq!(Bucket::of(1, 9), Bucket::Many);
        assert_eq!(Bucket::of(0, 9), Bucket::None);
        assert_eq!(Bucket::of(0, 0), Bucket::None);
    }

    #[test]
    fn prices_are_those_of_what_is_left() {
        let tier = |price_minor, sold| TierLeft { price_minor, total: 10, sold };
        let all = Availability::of(&[tier(1000, 0), tier(2000, 3), tier(3000, 0)]);
        assert_eq!((all.total, all.sold), (30, 3));
        assert_eq!((all.price_from_minor, all.price_to_minor), (Some(1000), Some(3000)));
        let cheap_gone = Availability::of(&[tier(1000, 10), tier(2000, 3), tier(3000, 10)]);
        assert_eq!((cheap_gone.price_from_minor, cheap_gone.price_to_minor), (Some(2000), Some(2000)));
        assert!(!all.looks_like(&cheap_gone));
    }

    #[test]
    fn a_step_of_popularity_is_a_difference_and_one_sale_is_none() {
        let sold = |sold| Availability::of(&[TierLeft { price_minor: 1000, total: 10_000, sold }]);
        assert!(sold(3).looks_like(&sold(4)));
        assert!(!sold(15).looks_like(&sold(16)));
    }
}
