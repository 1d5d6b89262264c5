//! Mails to those in line who asked for them: one when their turn is near, one when it comes.
//!
//! What was asked for stands in PostgreSQL under the number of the place, which no loss of Redis changes. It goes in the
//! transaction that writes the last mail, when its holder leaves, and when the room closes.

pub mod ask;
pub mod forget;
pub mod handler;
pub mod store;
pub mod tell;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    email::Email,
    frame::Wait,
    id::{AccountId, RoomId, VisitorId},
    language::Language,
    place::{Lane, PlaceNumber},
};
use dashmap::DashMap;

use crate::{
    line::LineError,
    live::{
        self, Pace,
        shape::{LaneShape, Shape},
        tell::lease,
    },
    room::Room,
    state::Gate,
};

/// A turn is near when it may come within this time.
pub const NEAR: TimeDelta = TimeDelta::minutes(10);
/// Nobody is told that their turn is near who asked for it less long ago: they are hardly gone.
pub const WAITED: TimeDelta = NEAR;

/// In front of the first place.
pub const NOBODY: PlaceNumber = PlaceNumber::from_raw(0);

/// Where mails go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// To the address that the account has when they are written.
    Account(AccountId),
    /// To this one.
    Address(Email),
}

/// What somebody asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The place.
    pub place: PlaceNumber,
    /// Who asked.
    pub visitor: VisitorId,
    /// Where the mails go.
    pub to: To,
    /// In which language.
    pub language: Language,
    /// Whether nothing is to be said of the turn being near.
    pub near_said: bool,
}

/// Whether a turn that comes after `wait` is near. The early end counts: who is told too early waits a little, who is told too
/// late is passed over.
pub fn is_near(wait: Wait) -> bool {
    TimeDelta::seconds(wait.from.into()) <= NEAR
}

/// Whether somebody is told that their turn is near, who asked for it at `asked_at` and is likely to wait for `wait`.
pub fn is_due(asked_at: DateTime<Utc>, now: DateTime<Utc>, wait: Option<Wait>) -> bool {
    now - asked_at >= WAITED && wait.is_some_and(is_near)
}

/// The last number of a lane that may be near, or whose holder may have been found away at the front: nobody behind it is either.
pub fn front_of(lane: &LaneShape) -> u64 {
    let far = |rank: u64| !lane.pace.wait(rank).is_some_and(is_near);
    let first_far = lane.edges.partition_point(|(rank, _)| !far(*rank));
    match lane.edges.get(first_far) {
        Some((_, number)) => *number,
        // All that is known one by one is looked at, and so is a line that has nothing behind it.
        None => u64::MAX,
    }
}

/// When this gate last looked for turns that are near, by room, and up to which place behind them it has looked since.
#[derive(Debug, Default)]
pub struct Looks(DashMap<RoomId, (DateTime<Utc>, PlaceNumber)>);

impl Looks {
    /// Where the look at `room` goes on behind the front, if it is time for one; then this is it.
    pub fn begin(&self, room: RoomId, now: DateTime<Utc>, every: TimeDelta) -> Option<PlaceNumber> {
        let mut last = self.0.entry(room).or_insert((DateTime::UNIX_EPOCH, NOBODY));
        let is_due = now - last.0 >= every || now < last.0;
        if !is_due {
            return None;
        }
        last.0 = now;
        Some(last.1)
    }

    /// Notes up to where it was looked.
    pub fn looked(&self, room: RoomId, up_to: PlaceNumber) {
        if let Some(mut last) = self.0.get_mut(&room) {
            last.1 = up_to;
        }
    }

    /// Forgets a room in which nobody asks for mails.
    pub fn forget(&self, room: RoomId) {
        self.0.remove(&room);
    }
}

/// How the line of `room` looks and moves, as those who wait are told.
///
/// # Errors
/// When the line cannot be asked.
pub async fn outlook(gate: &Gate, room: &Room) -> Result<Shape, LineError> {
    let (now, node) = (gate.room_clock.now(), (gate.hub.node, lease(gate.config.line.tick)));
    let (mut shape, _) = live::store::view(&gate.redis, room.id, now, node, gate.clock.now()).await?;
    for (lane, of) in &mut shape.lanes {
        of.pace = pace(gate, room, *lane, of.pace);
    }
    Ok(shape)
}

/// How quickly a lane is called: as this gate has watched it, where it has, else by its last minute.
fn pace(gate: &Gate, room: &Room, lane: Lane, minute: Pace) -> Pace {
    let watched = gate.hub.known(room.id).map(|_| gate.hub.pace(room.id, lane));
    let pace = watched.filter(|pace| pace.calls > 0).unwrap_or(minute);
    Pace { over: pace.over.max(room.policy.interval.span()), ..pace }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn minutes(from: u32, to: u32) -> Wait {
        Wait { from: 60 * from, to: 60 * to }
    }

    #[test]
    fn who_has_waited_is_told_when_the_turn_may_come_within_ten_minutes() {
        assert!(is_due(at(0), at(10), Some(minutes(10, 25))));
        assert!(is_due(at(0), at(600), Some(minutes(0, 1))));
        assert!(!is_due(at(0), at(600), Some(minutes(11, 12))), "far");
        assert!(!is_due(at(0), at(9), Some(minutes(1, 2))), "they asked a moment ago");
        assert!(!is_due(at(0), at(600), None), "nobody knows");
    }

    #[test]
    fn nobody_is_looked_at_who_is_behind_all_that_may_be_near() {
        let pace = Pace { calls: 60, over: TimeDelta::seconds(60), unevenness: 1000, leaving: 0 };
        let edges = vec![(1000, 5000), (2000, 6000), (50_000, 60_000)];
        let lane = LaneShape { pace, waiting: 50_001, front: vec![1], edges };
        assert_eq!(front_of(&lane), 5000, "at one a second a thousand is more than ten minutes");
        let quick = Pace { calls: 600, ..pace };
        assert_eq!(front_of(&LaneShape { pace: quick, ..lane.clone() }), 60_000);
        let unknown = Pace { calls: 0, ..pace };
        assert_eq!(front_of(&LaneShape { pace: unknown, ..lane }), 5000);
        assert_eq!(front_of(&LaneShape { pace, waiting: 1, front: vec![7], edges: Vec::new() }), u64::MAX);
    }
}
