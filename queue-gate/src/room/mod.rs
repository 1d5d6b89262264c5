//! A waiting room: what it guards, its state, its settings.

pub mod bypass;
pub mod change;
pub mod create;
pub mod fail;
pub mod handler;
pub mod life;
pub mod log;
pub mod opening;
pub mod policy;
pub mod preview;
pub mod registry;
pub mod remove;
pub mod span;
pub mod step;
pub mod store;
pub mod suspension;
pub mod tune;
pub mod view;
pub mod watch;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, EventId, RoomId};

pub use life::{IllegalStep, RoomState, Step, UnknownState};
pub use policy::{Policy, PolicyChange};

/// The longest name of a room, in characters.
pub const NAME_MAX: usize = 300;
/// The longest message to the waiting, and the longest reason of a pause, in characters.
pub const MESSAGE_MAX: usize = 500;
/// The largest rate and the largest cap.
pub const CALLS_MAX: u32 = 1_000_000;

/// Somebody who acts for an organizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acting {
    /// The organizer.
    pub owner: AccountId,
    /// Who does it: themselves, or somebody who works for them.
    pub by: AccountId,
}

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
    /// Why it is paused; there exactly while it is, or will be again after an exception.
    pub pause_reason: Option<String>,
    /// What it goes back to from `bypass` or `reject`; there exactly while it is in one of them.
    pub exception: Option<Exception>,
    /// Since when it lets everybody through because its gates cannot call anybody.
    pub failed_open_at: Option<DateTime<Utc>>,
    /// Which Redis the line lives in; 0 before the first.
    pub epoch: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Why a room is in `bypass` or `reject`, and where it goes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The state before.
    pub from: RoomState,
    /// The organizer's words.
    pub reason: String,
}

impl Room {
    /// Whether everybody is let through, without a turn.
    pub fn lets_all_through(&self) -> bool {
        self.state == RoomState::Bypass || self.failed_open_at.is_some()
    }

    /// Why nobody is called or let in, in words for the fans.
    pub fn why(&self) -> Option<&str> {
        self.exception.as_ref().map(|exception| exception.reason.as_str()).or(self.pause_reason.as_deref())
    }

    /// Whether it is a draw whose lobby is not open yet.
    pub fn waits_for_lobby(&self) -> bool {
        self.state == RoomState::Scheduled && self.policy.order.draw().is_some()
    }

    /// Whether its order knows `step`: only a draw has a lobby, and a draw opens from its lobby.
    ///
    /// # Errors
    /// [`IllegalStep`] when it does not.
    fn fits(&self, step: Step) -> Result<(), IllegalStep> {
        let (from, draws) = (self.state, self.policy.order.draw().is_some());
        match (from, step) {
            (_, Step::OpenLobby) if !draws => Err(IllegalStep { from, step }),
            (RoomState::Scheduled, Step::Open) if draws => Err(IllegalStep { from, step }),
            _ => Ok(()),
        }
    }

    /// Takes `step`; `reason` is kept where the new state has one.
    ///
    /// # Errors
    /// When the life of a room does not go that way; then it stays as it was.
    pub fn take(&mut self, step: Step, reason: Option<String>) -> Result<(), IllegalStep> {
        self.fits(step)?;
        let from = self.state;
        let before = self.exception.take();
        let next = match (step, &before) {
            (Step::Restore, Some(before)) => Ok(before.from),
            _ => from.after(step),
        };
        let next = match next {
            Ok(next) => next,
            Err(error) => {
                self.exception = before;
                return Err(error);
            }
        };
        self.state = next;
        self.failed_open_at = None;
        if matches!(next, RoomState::Bypass | RoomState::Reject) {
            // From one exception into the other the way back stays the same.
            let from = before.map_or(from, |before| before.from);
            self.exception = Some(Exception { from, reason: reason.unwrap_or_default() });
        } else if step == Step::Pause {
            self.pause_reason = reason;
        } else if next != RoomState::Paused {
            self.pause_reason = None;
        }
        Ok(())
    }
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
}
