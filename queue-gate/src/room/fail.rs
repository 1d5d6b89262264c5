//! What becomes of the fans when no gate can call anybody: the room's policy says it, and only a committed interval opens
//! the doors. A gate that is cut off alone never opens them: where others tick, PostgreSQL has heard of it.

use chrono::TimeDelta;
use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};
use serde::{Deserialize, Serialize};

use super::{
    Room, RoomState,
    change::{self, Ask, ChangeRoomError, Entry},
    suspension,
};
use crate::state::Gate;

/// How long no gate may have got through a tick before a room fails open.
pub const QUIET: TimeDelta = TimeDelta::seconds(10);

/// What becomes of the fans when no gate can call anybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Failure {
    /// They wait until one can.
    #[default]
    Closed,
    /// Everybody is let through until one can, from [`QUIET`] on.
    Open,
}

impl Failure {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// Whether ticks of `room` are noted: only where somebody would act on their absence.
pub fn is_watched(room: &Room) -> bool {
    room.policy.failure == Failure::Open && room.state == RoomState::Open
}

/// Notes that a tick of `room` got through, and ends the interval in which it let everybody through, if there is one.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn ticked(gate: &Gate, room: &Room) -> Result<(), StoreError> {
    if is_watched(room) {
        suspension::store::pulse(&gate.postgres, room.id, gate.room_clock.now()).await?;
    }
    if room.failed_open_at.is_some()
        && let Err(ChangeRoomError::Store(error)) = turn(gate, room, false).await
    {
        return Err(error);
    }
    Ok(())
}

/// A tick of `room` did not get through: opens the doors where the policy says so, the room ought to be calling, and no gate
/// has got through for [`QUIET`].
pub async fn missed(gate: &Gate, room: &Room) {
    if !is_watched(room) || room.failed_open_at.is_some() {
        return;
    }
    match turn(gate, room, true).await {
        Ok(true) => tracing::error!(room.id = %room.id, "no gate can call anybody: everybody is let through"),
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(room.id = %room.id, error = %Chain(&error), "the room stays closed: nothing can be written");
        }
    }
}

/// Begins or ends the interval. `false` where there was nothing to do.
async fn turn(gate: &Gate, room: &Room, opens: bool) -> Result<bool, ChangeRoomError> {
    let (ask, now) = (Ask::by_gate(room.id), gate.room_clock.now());
    let (mut tx, before) = change::begin(gate, &ask).await?;
    let is_due = if opens {
        is_watched(&before)
            && before.failed_open_at.is_none()
            && suspension::store::is_quiet(&mut tx, room.id, QUIET, now).await?
    } else {
        before.failed_open_at.is_some()
    };
    if !is_due {
        postgres::rollback(tx).await;
        return Ok(false);
    }
    let mut after = before.clone();
    after.failed_open_at = if opens { Some(change::now(&mut tx, gate).await?) } else { None };
    let (kind, reason) =
        if opens { ("failedOpen", Some(suspension::NOBODY_CALLS)) } else { ("recovered", None) };
    let entry = Entry { kind, detail: serde_json::json!({ "reason": reason }) };
    change::finish(gate, &ask, tx, before, after, entry).await?;
    Ok(true)
}
