//! Openings that are planned: several for a room, one at a time, each with a beginning, an end, and settings of its own. What
//! one does to a room is pure, so that a preview plays the very same.

pub mod apply;
pub mod handler;
pub mod plan;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::OpeningId;
use serde::{Deserialize, Serialize};

use super::{IllegalStep, MESSAGE_MAX, Room, RoomState, Step, WrongSetting, check_text};

/// How long one may last.
pub const LASTS_MAX: TimeDelta = TimeDelta::days(366);
/// What fans read after one, before the next.
const OVER: &str = "This opening is over.";

/// What a room is while an opening lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OpeningState {
    /// Fans are called.
    Open,
    /// Everybody is let through.
    Bypass,
    /// Nobody is let through.
    Reject,
}

impl OpeningState {
    /// The name in the database and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Bypass => "bypass",
            Self::Reject => "reject",
        }
    }
}

/// What is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// What the room is while it lasts.
    pub state: OpeningState,
    /// Why, in words for the fans: there for bypass and reject.
    pub reason: Option<String>,
    /// The rate while it lasts, where it is another.
    pub admit_per_minute: Option<u32>,
    /// The cap while it lasts, where it is another.
    pub max_active: Option<u32>,
    /// The words to the waiting while it lasts, where they are others.
    pub message: Option<String>,
}

/// A planned opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Which one.
    pub id: OpeningId,
    /// What is planned.
    pub plan: Plan,
    /// What it took the place of; there once it has begun.
    pub replaced: Option<Replaced>,
    /// When it began.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What an opening took the place of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Replaced {
    admit_per_minute: u32,
    max_active: u32,
    message: Option<String>,
}

impl Plan {
    /// Whether it is one that `room` can follow, planned at `now`.
    ///
    /// # Errors
    /// [`WrongSetting`]: the first that does not fit.
    pub fn check(&self, room: &Room, now: DateTime<Utc>) -> Result<(), WrongSetting> {
        let wrong = |field, bounds: &str| Err(WrongSetting { field, bounds: bounds.to_owned() });
        if self.starts_at <= now {
            return wrong("startsAt", "in the future");
        }
        if self.ends_at <= self.starts_at || self.ends_at - self.starts_at > LASTS_MAX {
            return wrong("endsAt", "after startsAt, by 366 days at most");
        }
        match (&self.reason, self.state) {
            (None, OpeningState::Open) => {}
            (Some(reason), OpeningState::Bypass | OpeningState::Reject) => {
                check_text("reason", reason, MESSAGE_MAX)?;
            }
            (Some(_), OpeningState::Open) | (None, _) => {
                return wrong("reason", "there exactly where state is bypass or reject");
            }
        }
        if let Some(message) = &self.message {
            check_text("message", message, MESSAGE_MAX)?;
        }
        let mut overlaid = room.clone();
        self.overlay(&mut overlaid);
        overlaid.settings.check()?;
        overlaid.policy.check(overlaid.settings)
    }

    fn overlay(&self, room: &mut Room) {
        room.settings.admit_per_minute = self.admit_per_minute.unwrap_or(room.settings.admit_per_minute);
        room.settings.max_active = self.max_active.unwrap_or(room.settings.max_active);
        if let Some(message) = &self.message {
            room.message = Some(message.clone());
        }
    }

    /// Begins it in `room`. An exception that the organizer made by hand goes on, and leads back into the opening.
    ///
    /// # Errors
    /// When the life of the room does not go that way; then it stays as it was.
    pub fn begin(&self, room: &mut Room) -> Result<Replaced, IllegalStep> {
        let opens = |state| match state {
            RoomState::Paused => Step::Resume,
            RoomState::Drained => Step::Reopen,
            _ => Step::Open,
        };
        match (self.state, &mut room.exception) {
            (OpeningState::Open, Some(exception)) => {
                if exception.from != RoomState::Open {
                    exception.from = exception.from.after(opens(exception.from))?;
                }
                room.pause_reason = None;
            }
            (OpeningState::Open, None) if room.state == RoomState::Open => {}
            (OpeningState::Open, None) => room.take(opens(room.state), None)?,
            (OpeningState::Bypass, _) => room.take(Step::Bypass, self.reason.clone())?,
            (OpeningState::Reject, _) => room.take(Step::Reject, self.reason.clone())?,
        }
        let replaced = Replaced {
            admit_per_minute: room.settings.admit_per_minute,
            max_active: room.settings.max_active,
            message: room.message.clone(),
        };
        self.overlay(room);
        Ok(replaced)
    }

    /// Ends it in `room`: what it `replaced` is put back where nobody has changed it since, and an open room is paused until
    /// the `next` opening.
    pub fn end(&self, room: &mut Room, replaced: &Replaced, next: Option<DateTime<Utc>>) {
        let settings = &mut room.settings;
        if self.admit_per_minute == Some(settings.admit_per_minute) {
            settings.admit_per_minute = replaced.admit_per_minute;
        }
        if self.max_active == Some(settings.max_active) {
            settings.max_active = replaced.max_active;
        }
        if self.message.is_some() && self.message == room.message {
            room.message.clone_from(&replaced.message);
        }
        let over = match next {
            Some(next) => format!("{OVER} The next one begins at {} UTC.", next.format("%Y-%m-%d %H:%M")),
            None => OVER.to_owned(),
        };
        match (self.state, room.state, &mut room.exception) {
            (OpeningState::Open, RoomState::Open, _) => {
                // It is open, so it can be paused.
                room.take(Step::Pause, Some(over)).unwrap_or_default();
            }
            (OpeningState::Open, _, Some(exception)) if exception.from == RoomState::Open => {
                exception.from = RoomState::Paused;
                room.pause_reason = Some(over);
            }
            (OpeningState::Bypass, RoomState::Bypass, _) | (OpeningState::Reject, RoomState::Reject, _) => {
                // It is in an exception, so it can be restored.
                room.take(Step::Restore, None).unwrap_or_default();
            }
            _ => {}
        }
    }
}

/// What `room` will be at `at` if nobody changes anything, and the opening that it is in then. `openings` are those that have
/// not ended.
pub fn effective(room: &Room, openings: &[Opening], at: DateTime<Utc>) -> (Room, Option<OpeningId>) {
    let (mut room, mut during) = (room.clone(), None);
    let mut openings: Vec<&Opening> = openings.iter().filter(|opening| opening.ended_at.is_none()).collect();
    openings.sort_by_key(|opening| opening.plan.starts_at);
    for (index, opening) in openings.iter().enumerate() {
        let plan = &opening.plan;
        let replaced = match &opening.replaced {
            Some(replaced) => replaced.clone(),
            None if plan.starts_at <= at => match plan.begin(&mut room) {
                Ok(replaced) => replaced,
                Err(_) => continue,
            },
            None => break,
        };
        during = Some(opening.id);
        if plan.ends_at <= at {
            plan.end(&mut room, &replaced, openings.get(index + 1).map(|next| next.plan.starts_at));
            during = None;
        }
    }
    (room, during)
}

#[cfg(test)]
mod tests;
