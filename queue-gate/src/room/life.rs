//! The life of a room: its states, and the steps between them.

use std::str::FromStr;

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

    /// The state after `step`, where the state alone says it.
    ///
    /// # Errors
    /// When the life of a room does not go that way, and for [`Step::Restore`], which is [`Room::take`]'s.
    ///
    /// [`Room::take`]: super::Room::take
    pub fn after(self, step: Step) -> Result<Self, IllegalStep> {
        match (self, step) {
            (Self::Scheduled, Step::OpenLobby) => Ok(Self::Lobby),
            (Self::Scheduled | Self::Lobby, Step::Open)
            | (Self::Paused, Step::Resume)
            | (Self::Drained, Step::Reopen) => Ok(Self::Open),
            (Self::Open, Step::Pause) => Ok(Self::Paused),
            (Self::Open | Self::Paused, Step::Drain) => Ok(Self::Drained),
            (from, Step::Bypass) if !matches!(from, Self::Closed | Self::Bypass) => Ok(Self::Bypass),
            (from, Step::Reject) if !matches!(from, Self::Closed | Self::Reject) => Ok(Self::Reject),
            (from, Step::Close) if from != Self::Closed => Ok(Self::Closed),
            // Where an exception leads back to only the room knows: `Room::take`.
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
    /// The lobby of a draw takes entries.
    OpenLobby,
    /// Calling begins.
    Open,
    /// Calling stops for a while.
    Pause,
    /// Calling goes on.
    Resume,
    /// Everything is sold.
    Drain,
    /// Seats came back: calling goes on.
    Reopen,
    /// Everybody is let through.
    Bypass,
    /// Nobody is let through.
    Reject,
    /// Bypass or reject ends: back to the state before.
    Restore,
    /// The room ends.
    Close,
    /// The room is taken away, because it never opened.
    Remove,
}

impl Step {
    /// The name in the room's log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenLobby => "lobbyOpened",
            Self::Open => "opened",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Drain => "drained",
            Self::Reopen => "reopened",
            Self::Bypass => "bypassed",
            Self::Reject => "rejected",
            Self::Restore => "restored",
            Self::Close => "closed",
            Self::Remove => "removed",
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

#[cfg(test)]
mod tests {
    use super::{
        RoomState::{Bypass, Closed, Drained, Lobby, Open, Paused, Reject, Scheduled},
        *,
    };

    const STATES: [RoomState; 8] = [Scheduled, Lobby, Open, Paused, Drained, Closed, Bypass, Reject];
    const STEPS: [Step; 9] = [
        Step::OpenLobby,
        Step::Open,
        Step::Pause,
        Step::Resume,
        Step::Drain,
        Step::Reopen,
        Step::Bypass,
        Step::Reject,
        Step::Close,
    ];

    #[test]
    fn a_room_goes_the_ways_of_its_life_and_no_others() {
        let mut ways = Vec::new();
        for from in STATES {
            for step in STEPS {
                if let Ok(to) = from.after(step) {
                    ways.push((from, step, to));
                }
            }
        }
        let mut expected = vec![
            (Scheduled, Step::OpenLobby, Lobby),
            (Scheduled, Step::Open, Open),
            (Lobby, Step::Open, Open),
            (Open, Step::Pause, Paused),
            (Open, Step::Drain, Drained),
            (Paused, Step::Resume, Open),
            (Paused, Step::Drain, Drained),
            (Drained, Step::Reopen, Open),
        ];
        for from in STATES.into_iter().filter(|from| *from != Closed) {
            for (step, to) in [(Step::Bypass, Bypass), (Step::Reject, Reject), (Step::Close, Closed)] {
                if from != to {
                    expected.push((from, step, to));
                }
            }
        }
        assert_eq!(ways.len(), expected.len(), "{ways:?}");
        assert!(ways.iter().all(|way| expected.contains(way)), "{ways:?}");
        let refused = Closed.after(Step::Close).unwrap_err();
        assert_eq!(refused.to_string(), "a room that is closed cannot be closed");
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for state in STATES {
            assert_eq!(state.name().parse::<RoomState>().unwrap(), state);
        }
        assert!("ajar".parse::<RoomState>().is_err());
    }
}
