//! Where an event stands: whoever shows it says the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where an event stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventState {
    /// Only its organizer sees it; search never does.
    Draft,
    /// Sales have not opened.
    Scheduled,
    /// Tickets can be bought.
    OnSale,
    /// Nothing is left.
    SoldOut,
    /// It has begun, or sales have closed.
    Ended,
    /// It takes place at another time, which nobody knows yet.
    Postponed,
    /// Called off.
    Cancelled,
}

/// The instants on which the state of an event that takes place depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instants {
    /// When sales open.
    pub sales_start: DateTime<Utc>,
    /// When sales close.
    pub sales_end: DateTime<Utc>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
}

impl Instants {
    /// Where an event that takes place stands at `now`, with tickets left or none.
    pub fn state(&self, now: DateTime<Utc>, any_left: bool) -> EventState {
        if now >= self.starts_at || now >= self.sales_end {
            EventState::Ended
        } else if !any_left {
            EventState::SoldOut
        } else if now < self.sales_start {
            EventState::Scheduled
        } else {
            EventState::OnSale
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_follows_from_the_clock_and_what_is_left() {
        let at = |hour: i64| DateTime::from_timestamp(1_800_000_000 + 3600 * hour, 0).unwrap();
        let instants = Instants { sales_start: at(1), sales_end: at(3), starts_at: at(4) };
        let states: Vec<_> = (0..5).map(|hour| instants.state(at(hour), true)).collect();
        let (ended, on_sale) = (EventState::Ended, EventState::OnSale);
        assert_eq!(states, [EventState::Scheduled, on_sale, on_sale, ended, ended]);
        assert_eq!(instants.state(at(1), false), EventState::SoldOut);
        assert_eq!(instants.state(at(3), false), ended);
        assert_eq!(Instants { starts_at: at(2), ..instants }.state(at(2), true), ended);
    }
}
