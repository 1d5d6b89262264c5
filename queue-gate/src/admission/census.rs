//! How many are where, for the organizer.

use contracts::id::RoomId;
use platform::{postgres::StoreError, telemetry::Chain};
use serde::Serialize;

use super::{front, store};
use crate::state::Gate;

/// How many are where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Census {
    /// In line; absent while Redis is away.
    pub waiting: Option<u64>,
    /// Parked; absent while Redis is away.
    pub away: Option<u64>,
    /// Called, and not claimed yet.
    pub called: u64,
    /// Inside.
    pub active: u64,
    /// Calls of the last 60 seconds.
    pub admitted_last_minute: u64,
}

/// Counts who is where in `room`.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn count(gate: &Gate, room: RoomId) -> Result<Census, StoreError> {
    let (called, active, admitted_last_minute) =
        store::slots(&gate.postgres, room, gate.room_clock.now()).await?;
    let line = front::store::count(&gate.redis, room).await;
    let (waiting, away) = match line {
        Ok((waiting, away)) => (Some(waiting), Some(away)),
        Err(error) => {
            tracing::warn!(room.id = %room, error = %Chain(&error), "the line could not be counted");
            (None, None)
        }
    };
    Ok(Census { waiting, away, called, active, admitted_last_minute })
}
