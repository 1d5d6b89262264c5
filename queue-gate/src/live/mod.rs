//! What a waiting fan is told.

pub mod encode;
pub mod handler;
pub mod held;
pub mod hub;
pub mod inbox;
pub mod keep;
pub mod listen;
pub mod poll;
pub mod presence;
pub mod seen;
pub mod shape;
pub mod sse;
pub mod store;
pub mod tabs;
pub mod tell;
pub mod websocket;
pub mod wire;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use contracts::{
    frame::{Chance, Frame, PlaceView, RiseReason, VERSION},
    place::{Lane, PlaceNumber},
};

pub use crate::forecast::pace::Pace;
use crate::{
    line::{PlaceState, Standing},
    pass::verify::CONFIRM_WITHIN,
    room::{Room, RoomState},
    state::Gate,
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
    /// Whether there is likely to be a ticket left.
    pub chance: Option<Chance>,
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
    Frame { v: VERSION, tick, place, message: room.message.clone(), tiers: None }
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
                (RoomState::Drained, _) => {
                    let (why, waitlist) = (SOLD.to_owned(), room.policy.waitlist.clone());
                    PlaceView::SoldOut { number, ahead, behind, why, waitlist }
                }
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
                    chance: facts.chance,
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
        chance: None,
    }
}

/// The frame for somebody who was told nothing yet: with prices and what is left.
pub fn first_frame(gate: &Gate, room: &Room, tick: u64, mut facts: Facts) -> Frame {
    let (room, seen) = (as_told(room, gate.rooms.is_record_away()), gate.stocks.of(room.id));
    let bands = seen.as_ref().and_then(|seen| seen.bands);
    let before = called_before(gate, &room, facts.lane, facts.ahead);
    facts.chance = bands.and_then(|bands| Some(bands.chance(before?)));
    let frame = frame(&room, tick, Some(facts), gate.hub.pace(room.id, facts.lane));
    let tiers = seen.filter(|seen| is_in_line(&frame.place) && !seen.tiers.is_empty());
    Frame { tiers: tiers.map(|seen| seen.tiers.clone()), ..frame }
}

/// How many are likely to be called before somebody with `ahead` ahead of them; `None` while this gate does not know who waits
/// in the other lanes.
fn called_before(gate: &Gate, room: &Room, lane: Lane, ahead: u64) -> Option<u64> {
    let lanes = &room.policy.lanes;
    let alone = || (lanes.rules().len() == 1).then(Vec::new);
    let waiting = gate.hub.waiting(room.id).or_else(alone)?;
    Some(lanes.shares().called_before(lane, ahead, waiting.into_iter()))
}

/// Whether a frame is about somebody who waits, so that prices are of use.
pub fn is_in_line(place: &PlaceView) -> bool {
    !matches!(
        place,
        PlaceView::Called { .. } | PlaceView::Active { .. } | PlaceView::Ended { .. } | PlaceView::Unknown
    )
}
