//! What is left of the events behind the rooms: told to those who wait, and the end of calling when everything is sold.
//!
//! [`watch`] reads it once a second for all rooms of the gate, [`odds`] says what follows for a place in line.

pub mod odds;
pub mod store;
pub mod watch;

use contracts::frame::TierOffer;
use serde::{Deserialize, Serialize};

use crate::room::{RoomState, Step};

/// What a room's organizer wants those in line to know of the tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Odds {
    /// Prices, what is left, and a coarse chance.
    #[default]
    Shown,
    /// Prices alone.
    Hidden,
}

/// What is left of an event, by what is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// How many tickets there are.
    pub total: u64,
    /// How many are sold.
    pub sold: u64,
    /// By price category, where that is known.
    pub tiers: Vec<TierOffer>,
}

impl Stock {
    /// Whether every ticket is sold. What is held or being paid is not: it may come back.
    pub fn is_sold_out(&self) -> bool {
        self.total > 0 && self.sold >= self.total
    }

    /// The step of a room in `state` that follows.
    pub fn step(&self, state: RoomState) -> Option<Step> {
        match state {
            RoomState::Open if self.is_sold_out() => Some(Step::Drain),
            RoomState::Drained if self.total > 0 && !self.is_sold_out() => Some(Step::Reopen),
            _ => None,
        }
    }

    /// What those in line are shown of it.
    pub fn shown(&self, odds: Odds) -> Vec<TierOffer> {
        let shown =
            |tier: &TierOffer| TierOffer { left: tier.left.filter(|_| odds == Odds::Shown), ..tier.clone() };
        self.tiers.iter().map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock(sold: u64, total: u64) -> Stock {
        Stock { total, sold, tiers: Vec::new() }
    }

    #[test]
    fn a_room_drains_when_everything_is_sold_and_goes_on_when_something_comes_back() {
        assert_eq!(stock(9, 10).step(RoomState::Open), None);
        assert_eq!(stock(10, 10).step(RoomState::Open), Some(Step::Drain));
        assert_eq!(stock(10, 10).step(RoomState::Drained), None);
        assert_eq!(stock(9, 10).step(RoomState::Drained), Some(Step::Reopen));
        for state in [RoomState::Scheduled, RoomState::Paused, RoomState::Closed, RoomState::Bypass] {
            assert_eq!(stock(10, 10).step(state), None);
        }
        // An event that sells nothing here says nothing.
        assert_eq!(stock(0, 0).step(RoomState::Open), None);
        assert_eq!(stock(0, 0).step(RoomState::Drained), None);
    }

    #[test]
    fn what_is_left_is_shown_where_the_organizer_wants_it_and_prices_always() {
        let price = contracts::money::Money { minor: 4950, currency: "EUR".parse().unwrap() };
        let tier = TierOffer { name: "Standing".to_owned(), price, left: Some(3) };
        let stock = Stock { tiers: vec![tier.clone()], ..stock(7, 10) };
        assert_eq!(stock.shown(Odds::Shown), stock.tiers);
        assert_eq!(stock.shown(Odds::Hidden), [TierOffer { left: None, ..tier }]);
    }
}
