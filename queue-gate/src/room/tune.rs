//! The rate, the cap, the windows, and the message to the waiting.

use chrono::TimeDelta;

use super::{
    MESSAGE_MAX, Room,
    change::{self, Ask, ChangeRoomError, Changed, Entry},
    check_text,
    policy::{self, PolicyChange},
    span,
};
use crate::{state::Gate, stock::Odds};

/// What to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    /// The version that the caller read, where they say it in the body.
    pub version: Option<i64>,
    /// The most calls in any 60 seconds.
    pub admit_per_minute: Option<u32>,
    /// The most who are called or inside at a time.
    pub max_active: Option<u32>,
    /// How long somebody may take to claim who is called from now on.
    pub claim_window: Option<TimeDelta>,
    /// How long somebody may shop who enters from now on.
    pub session_length: Option<TimeDelta>,
    /// The words to the waiting; an empty text takes them away.
    pub message: Option<String>,
    /// What of the policy.
    pub policy: PolicyChange,
    /// What those in line are told of the tickets.
    pub odds: Option<Odds>,
    /// Where names are taken for tickets that come back; an empty text takes it away.
    pub waitlist: Option<String>,
}

/// Changes settings of a room. A lowered cap binds every grant from the answer on, and expels nobody. Other windows hold for
/// those who are called or enter from the answer on: an end that somebody was told stays, or moves away, but never comes nearer.
///
/// # Errors
/// [`ChangeRoomError::NoVersion`] without a version, in the body or in `ask`; [`ChangeRoomError::Stale`] where somebody was
/// faster; [`ChangeRoomError::Wrong`] for a value outside its bounds.
pub async fn tune(gate: &Gate, ask: &Ask, tuning: Tuning) -> Result<Changed, ChangeRoomError> {
    change::need_version(ask, tuning.version)?;
    if let Some(message) = tuning.message.as_deref().filter(|message| !message.is_empty()) {
        check_text("message", message, MESSAGE_MAX)?;
    }
    if let Some(link) = tuning.waitlist.as_deref().filter(|link| !link.is_empty()) {
        policy::check_waitlist(link)?;
    }
    change::change_read(gate, ask, tuning.version, move |room| {
        let before = view(room);
        room.settings.admit_per_minute = tuning.admit_per_minute.unwrap_or(room.settings.admit_per_minute);
        room.settings.max_active = tuning.max_active.unwrap_or(room.settings.max_active);
        room.settings.claim_window = tuning.claim_window.unwrap_or(room.settings.claim_window);
        room.settings.session_length = tuning.session_length.unwrap_or(room.settings.session_length);
        room.settings.check()?;
        tuning.policy.apply(&mut room.policy, room.settings)?;
        // Who takes the rate into their own hands has it.
        let is_handed_back = tuning.admit_per_minute.is_some() && room.policy.drive.take().is_some();
        if let Some(message) = tuning.message {
            room.message = Some(message).filter(|message| !message.is_empty());
        }
        room.policy.odds = tuning.odds.unwrap_or(room.policy.odds);
        if let Some(waitlist) = tuning.waitlist {
            room.policy.waitlist = Some(waitlist).filter(|waitlist| !waitlist.is_empty());
        }
        let mut detail = serde_json::json!({ "from": before, "to": view(room) });
        if is_handed_back {
            detail["handedBack"] = true.into();
        }
        Ok(Entry { kind: "tuned", detail })
    })
    .await
}

fn view(room: &Room) -> serde_json::Value {
    serde_json::json!({
        "admitPerMinute": room.settings.admit_per_minute,
        "maxActive": room.settings.max_active,
        "claimWindow": span::format(room.settings.claim_window),
        "sessionLength": span::format(room.settings.session_length),
        "message": room.message,
        "interval": span::format(room.policy.interval.span()),
        "session": room.policy.session.name(),
        "sessionLongest": room.policy.session.longest().map(span::format),
        "failure": room.policy.failure.name(),
        "odds": room.policy.odds,
        "waitlist": room.policy.waitlist,
    })
}
