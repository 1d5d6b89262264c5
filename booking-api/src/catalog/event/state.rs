//! Where an event stands: what its organizer says of it, and what follows from that, the clock and the sales.
//!
//! ```text
//!            publish              postpone
//!   draft ───────────► published ◄────────► postponed
//!                          │     publish        │
//!                          └──────► cancelled ◄─┘
//! ```
//! While it is published, the clock and the sales decide: scheduled → on sale ⇄ sold out → ended.

use chrono::{DateTime, Utc};
use contracts::event::{EventState, Instants};
use serde::{Deserialize, Serialize};

use super::{Event, EventFacts};

/// What an organizer says of the event as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Publication {
    /// Nobody sees it yet.
    Draft,
    /// It takes place.
    Published,
    /// It takes place at another time, nobody knows when; what was bought stays good.
    Postponed,
    /// It was called off, for good.
    Cancelled,
}

impl Publication {
    const ALL: [Self; 4] = [Self::Draft, Self::Published, Self::Postponed, Self::Cancelled];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Postponed => "postponed",
            Self::Cancelled => "cancelled",
        }
    }

    /// By the name in the database.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|publication| publication.name() == name)
    }

    /// Whether the organizer may say `next` after this. Saying the same again is always possible.
    pub fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Draft, Self::Published)
            | (Self::Published, Self::Postponed | Self::Cancelled)
            | (Self::Postponed, Self::Published | Self::Cancelled) => true,
            (before, after) => before == after,
        }
    }
}

impl Event {
    /// Where the event stands at `now`, with tickets left or none.
    pub fn state(&self, now: DateTime<Utc>, any_left: bool) -> EventState {
        match self.publication {
            Publication::Draft => EventState::Draft,
            Publication::Postponed => EventState::Postponed,
            Publication::Cancelled => EventState::Cancelled,
            Publication::Published => {
                let EventFacts { sales_start, sales_end, starts_at, .. } = self.facts;
                Instants { sales_start, sales_end, starts_at }.state(now, any_left)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_called_off_stays_so_and_nothing_goes_back_to_a_draft() {
        let from = |before: Publication| {
            Publication::ALL.into_iter().filter(|after| before.may_become(*after)).collect::<Vec<_>>()
        };
        assert_eq!(from(Publication::Draft), [Publication::Draft, Publication::Published]);
        assert_eq!(from(Publication::Cancelled), [Publication::Cancelled]);
        let living = [Publication::Published, Publication::Postponed, Publication::Cancelled];
        assert_eq!(
            (from(Publication::Published), from(Publication::Postponed)),
            (living.to_vec(), living.to_vec())
        );
    }
}
