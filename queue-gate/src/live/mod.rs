//! What a waiting fan is told.

pub mod handler;
pub mod hub;
pub mod listen;
pub mod poll;
pub mod seen;
pub mod shape;
pub mod sse;
pub mod store;
pub mod tell;
pub mod websocket;

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    frame::{Frame, PlaceView, RiseReason, VERSION, Wait},
    place::{Lane, PlaceNumber},
};

use crate::{
    line::{PlaceState, Standing},
    pass::verify::CONFIRM_WITHIN,
    room::{Room, RoomState},
};

/// What those in line read when everything is sold.
pub const SOLD: &str = "Everything is sold. If tickets come back, the line goes on and your place is kept.";

/// What is known of one place when a frame is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its number.
    pub number: PlaceNumber,
    /// Where it is in its life.
    pub state: PlaceState,
    /// The lane that it is in.
    pub lane: Lane,
    /// Live places ahead, as shown.
    pub ahead: u64,
    /// Live places behind.
    pub behind: u64,
    /// The end of the claim window, or of the slot.
    pub ends: Option<DateTime<Utc>>,
    /// Why more are ahead than in the frame before.
    pub reason: Option<RiseReason>,
}

/// Why nobody is called while PostgreSQL is away.
pub const RECORD_AWAY: &str =
    "Nobody is called for a moment: a part of our system is away. Your place is safe.";

/// `room` as the waiting are told of it: while the record is away nobody new is called, and they are told so.
pub fn as_told(room: &Room, is_record_away: bool) -> Cow<'_, Room> {
    if !is_record_away || room.state != RoomState::Open {
        return Cow::Borrowed(room);
    }
    // Another version than any real one, so that everybody hears of both changes.
    Cow::Owned(Room { pause_reason: Some(RECORD_AWAY.to_owned()), version: -room.version, ..room.clone() })
}

/// The frame for a place of `room`, or for none.
pub fn frame(room: &Room, tick: u64, facts: Option<Facts>, pace: Pace) -> Frame {
    let place = facts.map_or(PlaceView::Unknown, |facts| view(room, facts, pace));
    Frame { v: VERSION, tick, place, message: room.message.clone() }
}

fn view(room: &Room, facts: Facts, pace: Pace) -> PlaceView {
    let Facts { number, ahead, behind, .. } = facts;
    let lane = room.policy.lanes.shown(facts.lane);
    let is_over = facts.state == PlaceState::Ended;
    if let (RoomState::Reject, Some(why), false) = (room.state, room.why(), is_over) {
        return PlaceView::Paused { number, ahead, behind, lane, why: why.to_owned() };
    }
    match (facts.state, facts.ends) {
        (PlaceState::Called, Some(claim_by)) => PlaceView::Called { number, claim_by, event: room.event },
        (PlaceState::Inside, Some(ends)) => {
            PlaceView::Active { event: room.event, until: ends - CONFIRM_WITHIN }
        }
        (PlaceState::Ended, _) => PlaceView::Ended { why: "Your turn is over.".to_owned() },
        (PlaceState::Called | PlaceState::Inside, None) | (PlaceState::Waiting | PlaceState::Away, _) => {
            match (room.state, &room.pause_reason) {
                (RoomState::Closed, _) => PlaceView::Ended { why: "This waiting room is closed.".to_owned() },
                (RoomState::Drained, _) => PlaceView::Ended { why: SOLD.to_owned() },
                _ if room.lets_all_through() => {
                    let why =
                        room.why().unwrap_or("The line cannot move at the moment, so nobody has to wait.");
                    PlaceView::Free { event: room.event, why: why.to_owned() }
                }
                (_, Some(why)) => PlaceView::Paused { number, ahead, behind, lane, why: why.clone() },
                (_, None) => PlaceView::Waiting {
                    number,
                    ahead,
                    behind,
                    lane,
                    wait: pace.wait(ahead),
                    pace: pace.per_minute(),
                    reason: facts.reason,
                },
            }
        }
    }
}

/// What a standing says, without a memory of what was shown before.
pub fn facts(standing: Standing) -> Facts {
    Facts {
        number: standing.number,
        state: standing.state,
        lane: standing.lane,
        ahead: standing.ahead,
        behind: standing.behind(),
        ends: standing.ends,
        reason: None,
    }
}

/// How quickly places were called of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// How many were called.
    pub calls: u32,
    /// In which span: a minute, or less when calling began less long ago.
    pub over: TimeDelta,
}

impl Pace {
    /// Calls per minute.
    pub fn per_minute(self) -> u32 {
        let over = self.over.num_milliseconds().max(1);
        u32::try_from(i64::from(self.calls) * 60_000 / over).unwrap_or(u32::MAX)
    }

    /// How long somebody with `ahead` places ahead is likely to wait: `(ahead + 1) / rate` (Little's law), give or take a
    /// fifth and one standard deviation of the count it rests on (that of a Poisson process, the root of the count).
    /// `None` while nobody was called.
    pub fn wait(self, ahead: u64) -> Option<Wait> {
        if self.calls == 0 {
            return None;
        }
        let calls = f64::from(self.calls);
        let seconds =
            f64::from(u32::try_from(self.over.num_milliseconds()).unwrap_or(u32::MAX)) / 1000.0 / calls
                * (f64::from(u32::try_from(ahead).unwrap_or(u32::MAX)) + 1.0);
        let slack = 0.2 + 1.0 / calls.sqrt();
        Some(Wait { from: whole(seconds / (1.0 + slack)), to: whole((seconds * (1.0 + slack)).ceil()) })
    }
}

/// Whole seconds of a span that is at least 0.
fn whole(seconds: f64) -> u32 {
    let millis = TimeDelta::from_std(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
    millis.ok().and_then(|span| u32::try_from(span.num_seconds()).ok()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_an_interval_around_what_the_pace_says() {
        let pace = Pace { calls: 120, over: TimeDelta::seconds(60) };
        assert_eq!(pace.per_minute(), 120);
        let wait = pace.wait(119).unwrap();
        assert!(wait.from < 60 && wait.to > 60, "{wait:?}");
        assert_eq!(Pace::default().wait(5), None);
        assert_eq!(Pace { calls: 10, over: TimeDelta::seconds(5) }.per_minute(), 120);
    }
}
