//! A waiting room: what it guards, its state, its settings.

pub mod change;
pub mod close;
pub mod create;
pub mod handler;
pub mod log;
pub mod open;
pub mod pause;
pub mod policy;
pub mod registry;
pub mod resume;
pub mod span;
pub mod store;
pub mod tune;

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, EventId, RoomId};

pub use policy::Policy;

/// The longest name of a room, in characters.
pub const NAME_MAX: usize = 300;
/// The longest message to the waiting, and the longest reason of a pause, in characters.
pub const MESSAGE_MAX: usize = 500;
/// The largest rate and the largest cap.
pub const CALLS_MAX: u32 = 1_000_000;

/// A room as its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Which one.
    pub id: RoomId,
    /// What it guards.
    pub event: EventId,
    /// Whose it is: the owner of the event.
    pub owner: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// Where it is in its life.
    pub state: RoomState,
    /// Rises with every change.
    pub version: i64,
    /// How it admits.
    pub settings: Settings,
    /// What else its organizer decided.
    pub policy: Policy,
    /// The organizer's words to the waiting.
    pub message: Option<String>,
    /// Why it is paused; there exactly while it is.
    pub pause_reason: Option<String>,
    /// Which Redis the line lives in; 0 before the first.
    pub epoch: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How a room admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most calls in any 60 seconds.
    pub admit_per_minute: u32,
    /// The most who are called or inside at a time.
    pub max_active: u32,
    /// How long a called fan may take to claim.
    pub claim_window: TimeDelta,
    /// How long a fan may shop.
    pub session_length: TimeDelta,
}

/// Where a room is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomState {
    /// Fans line up, nobody is called yet.
    Scheduled,
    /// Before a draw.
    Lobby,
    /// Fans are called.
    Open,
    /// Nobody is called until somebody resumes.
    Paused,
    /// Sold out: nobody is called.
    Drained,
    /// Over; the event is guarded no longer.
    Closed,
    /// Everybody is let through.
    Bypass,
    /// Nobody is let through or into the line.
    Reject,
}

impl RoomState {
    /// The name in the database and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Lobby => "lobby",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Drained => "drained",
            Self::Closed => "closed",
            Self::Bypass => "bypass",
            Self::Reject => "reject",
        }
    }

    /// Whether fans may take places.
    pub const fn takes_places(self) -> bool {
        matches!(self, Self::Scheduled | Self::Lobby | Self::Open | Self::Paused)
    }

    /// The state after `step`.
    ///
    /// # Errors
    /// When the life of a room does not go that way.
    pub fn after(self, step: Step) -> Result<Self, IllegalStep> {
        match (self, step) {
            (Self::Scheduled, Step::Open) | (Self::Paused, Step::Resume) => Ok(Self::Open),
            (Self::Open, Step::Pause) => Ok(Self::Paused),
            (from, Step::Close) if from != Self::Closed => Ok(Self::Closed),
            (from, step) => Err(IllegalStep { from, step }),
        }
    }
}

/// A text that names no state.
#[derive(Debug, thiserror::Error)]
#[error("no state of a room is called {0}")]
pub struct UnknownState(String);

impl FromStr for RoomState {
    type Err = UnknownState;

    fn from_str(name: &str) -> Result<Self, UnknownState> {
        [
            Self::Scheduled,
            Self::Lobby,
            Self::Open,
            Self::Paused,
            Self::Drained,
            Self::Closed,
            Self::Bypass,
            Self::Reject,
        ]
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or_else(|| UnknownState(name.to_owned()))
    }
}

/// What an organizer does to a room's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Calling begins.
    Open,
    /// Calling stops for a while.
    Pause,
    /// Calling goes on.
    Resume,
    /// The room ends.
    Close,
}

impl Step {
    /// The name in the room's log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "opened",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Close => "closed",
        }
    }
}

/// A step that the life of a room does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a room that is {} cannot be {}", from.name(), step.name())]
pub struct IllegalStep {
    /// Where the room is.
    pub from: RoomState,
    /// What was asked.
    pub step: Step,
}

/// A setting outside its bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {bounds}")]
pub struct WrongSetting {
    /// Which, as it is called in JSON.
    pub field: &'static str,
    /// What it may be.
    pub bounds: String,
}

/// Whether `text` has 1 to `max` characters.
///
/// # Errors
/// [`WrongSetting`] when it has not.
pub fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), WrongSetting> {
    let fits = (1..=max).contains(&text.chars().count()) && !text.trim().is_empty() && !text.contains('\0');
    if fits {
        Ok(())
    } else {
        Err(WrongSetting { field, bounds: format!("a text of 1 to {max} characters") })
    }
}

impl Settings {
    /// Whether all are in their bounds.
    ///
    /// # Errors
    /// [`WrongSetting`]: the first that is not.
    pub fn check(&self) -> Result<(), WrongSetting> {
        let calls = [("admitPerMinute", self.admit_per_minute), ("maxActive", self.max_active)];
        for (field, value) in calls {
            if value > CALLS_MAX {
                return Err(WrongSetting { field, bounds: format!("between 0 and {CALLS_MAX}") });
            }
        }
        let spans = [
            ("claimWindow", self.claim_window, TimeDelta::seconds(10), "PT10S"),
            ("sessionLength", self.session_length, TimeDelta::minutes(1), "PT1M"),
        ];
        for (field, value, least, name) in spans {
            if value < least || value > TimeDelta::minutes(30) {
                return Err(WrongSetting { field, bounds: format!("between {name} and PT30M") });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_opens_pauses_resumes_and_closes_once() {
        let opened = RoomState::Scheduled.after(Step::Open).unwrap();
        let paused = opened.after(Step::Pause).unwrap();
        assert_eq!(paused.after(Step::Resume), Ok(RoomState::Open));
        assert_eq!(paused.after(Step::Close), Ok(RoomState::Closed));
        let refused = RoomState::Closed.after(Step::Close).unwrap_err();
        assert_eq!(refused.to_string(), "a room that is closed cannot be closed");
        assert!(RoomState::Scheduled.after(Step::Pause).is_err());
        assert!(opened.after(Step::Open).is_err());
    }

    #[test]
    fn settings_have_bounds() {
        let good = Settings {
            admit_per_minute: 1,
            max_active: 0,
            claim_window: TimeDelta::minutes(2),
            session_length: TimeDelta::minutes(10),
        };
        assert_eq!(good.check(), Ok(()));
        assert!(Settings { admit_per_minute: CALLS_MAX + 1, ..good }.check().is_err());
        let wrong = Settings { claim_window: TimeDelta::seconds(9), ..good }.check().unwrap_err();
        assert_eq!(wrong.to_string(), "claimWindow must be between PT10S and PT30M");
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for name in ["scheduled", "lobby", "open", "paused", "drained", "closed", "bypass", "reject"] {
            assert_eq!(name.parse::<RoomState>().unwrap().name(), name);
        }
        assert!("ajar".parse::<RoomState>().is_err());
    }
}
