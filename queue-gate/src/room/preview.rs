//! What a change would do, told before it is made. The change itself was played and undone: here is only what to say of it.

use chrono::TimeDelta;
use contracts::{frame::PlaceView, place::PlaceNumber};
use serde::Serialize;

use super::{Room, RoomState, change::Changed, span, view::RoomView, view::view};
use crate::{
    admission::census::Census,
    line::PlaceState,
    live::{self, Facts, Pace},
};

/// What would happen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Always `true`: nothing was changed.
    #[serde(rename = "preview")]
    is_only_told: bool,
    /// What the log would say.
    kind: &'static str,
    detail: serde_json::Value,
    /// Whether somebody should look twice.
    dangerous: bool,
    /// What it would do to whom.
    effects: Vec<String>,
    /// What a fan in line would read.
    fans_see: PlaceView,
    /// How many are where at the moment.
    now: Census,
    /// The room as it would be.
    room: RoomView,
}

/// Tells what `changed` would do while the room is as `census` says.
pub fn preview(changed: Changed, census: Census) -> Preview {
    let Changed { before, room, entry, .. } = changed;
    let waiting = census.waiting.unwrap_or_default();
    let middle = Facts {
        number: PlaceNumber::from_raw(0),
        lane: contracts::place::Lane::MAIN,
        state: PlaceState::Waiting,
        ahead: waiting / 2,
        behind: waiting / 2,
        ends: None,
        reason: None,
        chance: None,
    };
    let calls = room.settings.admit_per_minute;
    let pace = Pace { calls, over: TimeDelta::seconds(60), unevenness: 1000, leaving: 0 };
    Preview {
        is_only_told: true,
        kind: entry.kind,
        detail: entry.detail,
        dangerous: is_dangerous(&before, &room, &census),
        effects: effects(&before, &room, &census),
        fans_see: live::frame(&room, 0, Some(middle), pace).place,
        now: census,
        room: view(room, None),
    }
}

/// Whether the change ends, opens or stops something for people who are there now.
fn is_dangerous(before: &Room, after: &Room, census: &Census) -> bool {
    let (old, new) = (before.settings, after.settings);
    let enters = before.state != after.state
        && matches!(
            after.state,
            RoomState::Closed | RoomState::Drained | RoomState::Bypass | RoomState::Reject
        );
    let stops = |old: u32, new: u32| new == 0 && old != 0;
    enters
        || stops(old.admit_per_minute, new.admit_per_minute)
        || stops(old.max_active, new.max_active)
        || (new.max_active < old.max_active && u64::from(new.max_active) < census.called + census.active)
}

/// What the change does to whom, in words for the organizer.
fn effects(before: &Room, after: &Room, census: &Census) -> Vec<String> {
    let mut told = Vec::new();
    let waiting =
        census.waiting.map_or_else(|| "Those who wait".to_owned(), |waiting| format!("{waiting} who wait"));
    let (called, active) = (census.called, census.active);
    if before.state != after.state {
        let line = match after.state {
            RoomState::Open => {
                format!("{waiting} are called again, {} a minute.", after.settings.admit_per_minute)
            }
            RoomState::Scheduled | RoomState::Lobby => {
                format!("{waiting} keep their places; nobody is called yet.")
            }
            RoomState::Paused => {
                format!("{waiting} keep their places and read the reason; nobody is called.")
            }
            RoomState::Drained => {
                format!("{waiting} read that everything is sold; nobody is called, places are kept.")
            }
            RoomState::Closed => {
                format!("{waiting} lose their places for good; the event is guarded no longer.")
            }
            RoomState::Bypass => {
                format!("{waiting} may go in at once, and so may everybody else: order and caps do not hold.")
            }
            RoomState::Reject => format!("{waiting} keep their places and read the reason; nobody may join."),
        };
        told.push(line);
        told.push(match after.state {
            RoomState::Reject => {
                format!("{called} who are called and {active} who are inside are turned away until it ends.")
            }
            _ => format!("{called} who are called may still go in; {active} who are inside stay."),
        });
        if before.lets_all_through() && !after.lets_all_through() {
            told.push("Who was let through without a turn is out within 60 seconds.".to_owned());
        }
    }
    let (old, new) = (before.settings, after.settings);
    if old.admit_per_minute != new.admit_per_minute && new.admit_per_minute == 0 {
        told.push(format!("{waiting} are called no longer: the rate is 0."));
    }
    if old.max_active != new.max_active {
        let inside = called + active;
        let over = inside.saturating_sub(u64::from(new.max_active));
        if new.max_active == 0 {
            told.push(format!(
                "{waiting} are called no longer: nobody may be inside. {inside} stay until they are done."
            ));
        } else if over > 0 {
            told.push(format!("Nobody is called until {over} of {inside} who are called or inside are done; nobody is expelled."));
        }
    }
    told.extend(windows(before, after, census));
    told
}

/// What other windows do to whom.
fn windows(before: &Room, after: &Room, census: &Census) -> Vec<String> {
    let ((old, new), (called, active)) = ((before.settings, after.settings), (census.called, census.active));
    let mut told = Vec::new();
    if old.claim_window != new.claim_window {
        told.push(format!(
            "Who is called from now on has {} to go in; {called} who are called keep the end that they were told.",
            span::format(new.claim_window)
        ));
    }
    if old.session_length != new.session_length || before.policy.session != after.policy.session {
        let slides = if after.policy.session.longest().is_some() { " from their last request" } else { "" };
        told.push(format!(
            "Who enters from now on may shop for {}{slides}; {active} who are inside stay at least to the end that they were told.",
            span::format(new.session_length)
        ));
    }
    told
}
