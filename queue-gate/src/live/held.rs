//! The place that a connection is about, and what of it was shown.

use chrono::{DateTime, Utc};
use contracts::{
    frame::RiseReason,
    place::{Lane, PlaceNumber},
};

use super::{Facts, shape::Shape};
use crate::line::{PlaceState, Standing};

/// Within this many places of the front a fan hears every tick.
const NEAR: u64 = 500;
/// Further back they hear every so many ticks, each in their own.
pub const SELDOM: u64 = 5;

/// The place that a socket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub number: PlaceNumber,
    /// Where it is in its life.
    pub state: PlaceState,
    /// The lane that it is in.
    pub lane: Lane,
    /// The end of the claim window, or of the slot.
    pub ends: Option<DateTime<Utc>>,
    /// How many were ahead in the last frame.
    pub shown: u64,
    /// The line's counts of places that came back and that were restored, when that was shown.
    pub seen: (u64, u64),
    /// Whether the state is newer than the last frame.
    pub is_news: bool,
    /// Whether it came into its lane since the last frame.
    pub is_in_new_lane: bool,
    /// The newest tick that was told of, or that its state is as of.
    pub tick: u64,
}

impl Held {
    /// A place as it stands, of which nothing was shown.
    pub fn new(standing: Standing) -> Self {
        Self {
            number: standing.number,
            state: standing.state,
            lane: standing.lane,
            ends: standing.ends,
            shown: u64::MAX,
            seen: (u64::MAX, u64::MAX),
            is_news: true,
            is_in_new_lane: false,
            tick: standing.tick,
        }
    }

    pub(super) fn moved(&mut self, standing: &Standing) {
        if standing.tick < self.tick {
            // Asked before what is known was: a socket opened in between.
            return;
        }
        self.tick = standing.tick;
        self.is_news |= (self.state, self.ends, self.lane) != (standing.state, standing.ends, standing.lane);
        self.is_in_new_lane |= self.lane != standing.lane;
        (self.state, self.ends, self.lane) = (standing.state, standing.ends, standing.lane);
    }

    /// Whether `shape` was looked at before what the holder knows: a socket that opened in between told a later tick.
    pub fn is_ahead_of(&self, shape: &Shape) -> bool {
        shape.tick < self.tick
    }

    /// Whether the holder hears of this telling: news at once, the front always, others in their turn.
    pub fn is_due(&self, shape: &Shape, telling: u64) -> bool {
        let waits = matches!(self.state, PlaceState::Waiting | PlaceState::Away);
        self.is_news
            || waits
                && (shape.lane(self.lane).ahead(self.number) < NEAR
                    || (telling + self.number.raw()).is_multiple_of(SELDOM))
    }

    /// Takes in that `ahead` are ahead, by the time of these counts of the line. It is shown, but never more than before
    /// unless the place came into another lane, earlier fans came back or the line was restored since: then it is told why.
    pub fn settle(&mut self, ahead: u64, seen: (u64, u64)) -> Option<RiseReason> {
        // A line that was lost counts anew. The largest number stands for counts that nobody knows yet.
        let differs = |now, before| now != before && before != u64::MAX && now != u64::MAX;
        let reason = match () {
            () if ahead <= self.shown => None,
            () if self.is_in_new_lane => Some(RiseReason::LaneChanged),
            () if differs(seen.1, self.seen.1) => Some(RiseReason::LineRestored),
            () if differs(seen.0, self.seen.0) => Some(RiseReason::EarlierFansReturned),
            () => None,
        };
        if ahead < self.shown || reason.is_some() {
            self.shown = ahead;
        }
        self.seen = seen;
        self.is_in_new_lane = false;
        reason
    }

    /// What to show. `ahead` is never more than what was shown before, unless the place came into another lane, earlier
    /// fans came back, or the line was restored since: then it is told why.
    pub fn show(&mut self, shape: &Shape) -> Facts {
        let lane = shape.lane(self.lane);
        let reason = self.settle(lane.ahead(self.number), (shape.returned, shape.restored));
        self.is_news = false;
        self.tick = self.tick.max(shape.tick);
        let (number, state, ends) = (self.number, self.state, self.ends);
        let chance = shape.bands.map(|bands| bands.chance(shape.called_before(self.lane, self.shown)));
        let behind = lane.behind(number);
        Facts { number, state, lane: self.lane, ahead: self.shown, behind, ends, reason, chance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::shape::LaneShape;

    fn shape(line: &[u64], returned: u64, restored: u64) -> Shape {
        let waiting = u64::try_from(line.len()).unwrap();
        let lane = LaneShape { front: line.to_vec(), waiting, ..LaneShape::default() };
        Shape { returned, restored, lanes: vec![(Lane::MAIN, lane)], ..Shape::default() }
    }

    fn held(number: u64) -> Held {
        let number = PlaceNumber::from_raw(number);
        let (state, lane) = (PlaceState::Waiting, Lane::MAIN);
        Held::new(Standing { number, state, lane, ahead: 0, waiting: 0, ends: None, tick: 0 })
    }

    #[test]
    fn a_position_rises_only_with_a_reason() {
        let mut place = held(10);
        let first = place.show(&shape(&[7, 8, 9, 10], 0, 0));
        assert_eq!((first.ahead, first.reason), (3, None));
        assert_eq!(place.show(&shape(&[9, 10, 11], 0, 0)).ahead, 1);
        let clamped = place.show(&shape(&[7, 8, 9, 10], 0, 0));
        assert_eq!((clamped.ahead, clamped.reason), (1, None));
        let risen = place.show(&shape(&[7, 8, 9, 10], 2, 0));
        assert_eq!((risen.ahead, risen.reason), (3, Some(RiseReason::EarlierFansReturned)));
        let restored = place.show(&shape(&[6, 7, 8, 9, 10], 2, 1));
        assert_eq!((restored.ahead, restored.reason), (4, Some(RiseReason::LineRestored)));
    }

    #[test]
    fn a_place_in_another_lane_is_told_why_more_are_ahead() {
        let members = Lane::new(1).unwrap();
        let lane = |line: &[u64]| LaneShape { front: line.to_vec(), waiting: 3, ..LaneShape::default() };
        let shape = Shape {
            lanes: vec![(Lane::MAIN, lane(&[9, 10])), (members, lane(&[1, 2, 3, 10]))],
            ..Shape::default()
        };
        let mut place = held(10);
        assert_eq!(place.show(&shape).ahead, 1);
        let standing = Standing {
            number: place.number,
            state: place.state,
            lane: members,
            ahead: 3,
            waiting: 4,
            ends: None,
            tick: 0,
        };
        place.moved(&standing);
        assert!(place.is_news);
        let told = place.show(&shape);
        assert_eq!((told.lane, told.ahead, told.reason), (members, 3, Some(RiseReason::LaneChanged)));
        assert_eq!(place.show(&shape).reason, None);
    }

    #[test]
    fn a_look_from_before_the_socket_opened_moves_nobody_back() {
        let opened = Standing {
            number: PlaceNumber::from_raw(10),
            state: PlaceState::Called,
            lane: Lane::MAIN,
            ahead: 0,
            waiting: 0,
            ends: Some(DateTime::UNIX_EPOCH),
            tick: 5,
        };
        let mut place = Held::new(opened);
        place.moved(&Standing { state: PlaceState::Waiting, ends: None, tick: 4, ..opened });
        assert_eq!(place.state, PlaceState::Called);
        let at = |tick| Shape { tick, ..shape(&[10], 0, 0) };
        assert!(place.is_ahead_of(&at(4)) && !place.is_ahead_of(&at(5)));
        place.show(&at(6));
        place.show(&at(5));
        assert_eq!(place.tick, 6);
    }

    #[test]
    fn the_front_hears_every_tick_and_the_back_in_turn() {
        let line: Vec<u64> = (1..=900).collect();
        let shape = shape(&line, 0, 0);
        let (mut near, mut far) = (held(100), held(800));
        near.show(&shape);
        far.show(&shape);
        assert!((0..10).all(|telling| near.is_due(&shape, telling)));
        assert_eq!((0..10).filter(|telling| far.is_due(&shape, *telling)).count(), 2);
    }
}
