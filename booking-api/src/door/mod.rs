//! The doors of an event. A scan is judged under the lock of its ticket, so that of two doors one lets the person in.
//! A scanner without a network decides alone and tells us later; then nothing can be refused any more, but what the
//! doors did to one another's harm is found and told.

pub mod bundle;
pub mod close;
pub mod handler;
pub mod open;
pub mod scan;
pub mod store;
pub mod watch;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{DoorId, EventId, ScanId};
use serde::{Deserialize, Serialize};

/// How far the clock of a scanner may be ahead of ours.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A door of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The event.
    pub event: EventId,
    /// Which door.
    pub id: DoorId,
    /// What it is called: "North".
    pub name: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it closes by itself.
    pub expires_at: DateTime<Utc>,
    /// When the organizer closed it.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Door {
    /// Whether its session may scan at `now`.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Which way somebody goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the house.
    In,
    /// Out of it.
    Out,
}

impl Direction {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// The direction with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::In, Self::Out].into_iter().find(|direction| direction.name() == name)
    }
}

/// Why somebody was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// We never gave out this code, or not for this event.
    NotGenuine,
    /// The code was good once.
    Revoked,
    /// Somebody is in with this ticket.
    AlreadyIn,
    /// Nobody is in with this ticket.
    NotIn,
}

impl Reason {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotGenuine => "notGenuine",
            Self::Revoked => "revoked",
            Self::AlreadyIn => "alreadyIn",
            Self::NotIn => "notIn",
        }
    }

    /// The reason with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::NotGenuine, Self::Revoked, Self::AlreadyIn, Self::NotIn]
            .into_iter()
            .find(|reason| reason.name() == name)
    }
}

/// What a scanner tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The scanner's own id for it: told again, it is the same scan.
    pub id: ScanId,
    /// The text of the QR code.
    pub code: String,
    /// Which way.
    pub direction: Direction,
    /// When, by the scanner's clock, if it decided alone and let the person through.
    pub offline_at: Option<DateTime<Utc>>,
}

/// Somebody passed a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The scan.
    pub scan: ScanId,
    /// The door's name.
    pub door: String,
    /// Which way.
    pub direction: Direction,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the doors together know to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Two went in with one ticket, and nobody out between.
    TwiceIn,
    /// The door let somebody through whose code had been revoked.
    Revoked,
}

impl Cause {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwiceIn => "twiceIn",
            Self::Revoked => "revoked",
        }
    }

    /// The cause with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::TwiceIn, Self::Revoked].into_iter().find(|cause| cause.name() == name)
    }
}

/// A conflict: the scan that was wrong, and the one that it contradicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What is wrong.
    pub cause: Cause,
    /// The later scan.
    pub scan: ScanId,
    /// The earlier one.
    pub other: Option<ScanId>,
}

/// What becomes of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Why the person was not let through; `None` when they passed.
    pub refused: Option<Reason>,
    /// What is wrong with it, or with what it shows.
    pub conflicts: Vec<Conflict>,
    /// Whether somebody is inside with the ticket afterwards.
    pub inside: bool,
}

/// Judges a scan of a genuine code at `at`. `before` are the passages with its ticket so far, in the order of their own
/// times.
///
/// A scanner that asks is told whether the person may pass. One that decided alone did so already: then the passage
/// takes its place in time among the others, and where two followed one another into the house, the later was wrong.
pub fn judge(scan: &Scan, at: DateTime<Utc>, is_revoked: bool, before: &[Passage]) -> Verdict {
    let inside = before.last().is_some_and(|last| last.direction == Direction::In);
    if scan.offline_at.is_none() {
        let refused = match (is_revoked, scan.direction, inside) {
            (true, _, _) => Some(Reason::Revoked),
            (false, Direction::In, true) => Some(Reason::AlreadyIn),
            (false, Direction::Out, false) => Some(Reason::NotIn),
            (false, Direction::In, false) | (false, Direction::Out, true) => None,
        };
        let inside = if refused.is_none() { scan.direction == Direction::In } else { inside };
        return Verdict { refused, conflicts: Vec::new(), inside };
    }
    let next = before.partition_point(|passage| passage.at <= at);
    let earlier = next.checked_sub(1).and_then(|index| before.get(index));
    let later = before.get(next);
    let mut conflicts = Vec::new();
    if is_revoked {
        conflicts.push(Conflict { cause: Cause::Revoked, scan: scan.id, other: None });
    }
    let went_in = |passage: &&Passage| scan.direction == Direction::In && passage.direction == Direction::In;
    if let Some(earlier) = earlier.filter(went_in) {
        conflicts.push(Conflict { cause: Cause::TwiceIn, scan: scan.id, other: Some(earlier.scan) });
    }
    if let Some(later) = later.filter(went_in) {
        conflicts.push(Conflict { cause: Cause::TwiceIn, scan: later.scan, other: Some(scan.id) });
    }
    let last = before.last().filter(|_| later.is_some()).map_or(scan.direction, |last| last.direction);
    Verdict { refused: None, conflicts, inside: last == Direction::In }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> ScanId {
        Uuid::from_u128(number).into()
    }

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).unwrap()
    }

    fn passage(number: u128, direction: Direction, at: i64) -> Passage {
        Passage { scan: id(number), door: "North".to_owned(), direction, at: minute(at) }
    }

    fn scan(number: u128, direction: Direction, offline_at: Option<i64>) -> Scan {
        Scan { id: id(number), code: String::new(), direction, offline_at: offline_at.map(minute) }
    }

    #[test]
    fn a_door_that_asks_lets_one_in_and_the_next_only_after_one_went_out() {
        let asks = |direction, before: &[Passage]| {
            judge(&scan(9, direction, None), minute(5), false, before).refused
        };
        let went_in = [passage(1, Direction::In, 0)];
        let came_out = [passage(1, Direction::In, 0), passage(2, Direction::Out, 1)];
        assert_eq!(asks(Direction::In, &[]), None);
        assert_eq!(asks(Direction::In, &went_in), Some(Reason::AlreadyIn));
        assert_eq!(asks(Direction::Out, &went_in), None);
        assert_eq!(asks(Direction::In, &came_out), None);
        assert_eq!(asks(Direction::Out, &came_out), Some(Reason::NotIn));
        let revoked = judge(&scan(9, Direction::In, None), minute(5), true, &[]);
        assert_eq!((revoked.refused, revoked.inside), (Some(Reason::Revoked), false));
    }

    #[test]
    fn what_a_door_did_alone_takes_its_place_in_time() {
        let twice = |scan, other| Conflict { cause: Cause::TwiceIn, scan: id(scan), other: Some(id(other)) };
        // Told late, but first in time: the one that we knew was the second.
        let early =
            judge(&scan(9, Direction::In, Some(1)), minute(1), false, &[passage(1, Direction::In, 5)]);
        assert_eq!(early.conflicts, [twice(1, 9)]);
        assert!(early.inside);
        let late = judge(&scan(9, Direction::In, Some(7)), minute(7), false, &[passage(1, Direction::In, 5)]);
        assert_eq!(late.conflicts, [twice(9, 1)]);
        // Somebody went out between: nothing is wrong, whatever the order in which it is told.
        let before = [passage(1, Direction::In, 1), passage(2, Direction::Out, 4)];
        assert_eq!(judge(&scan(9, Direction::In, Some(6)), minute(6), false, &before).conflicts, []);
        let out = judge(&scan(9, Direction::Out, Some(2)), minute(2), false, &before[..1]);
        assert!(out.conflicts.is_empty() && !out.inside);
        let revoked = judge(&scan(9, Direction::In, Some(6)), minute(6), true, &before);
        assert_eq!(revoked.conflicts, [Conflict { cause: Cause::Revoked, scan: id(9), other: None }]);
    }
}
