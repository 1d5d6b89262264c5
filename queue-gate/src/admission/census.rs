//! How many are where, for the organizer.

use platform::{postgres::StoreError, telemetry::Chain};
use serde::Serialize;

use super::{front, store};
use crate::{
    lane::LaneRule,
    room::{Room, bypass},
    state::Gate,
};

/// How many are where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// Requests that bypass rules let through, since the room was made.
    pub let_through_by_rule: u64,
    /// The lanes, in their order.
    pub lanes: Vec<LaneCensus>,
}

/// How many are where in one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneCensus {
    /// What it is called.
    pub name: String,
    /// Its share.
    pub share: u32,
    /// In line; absent while Redis is away.
    pub waiting: Option<u64>,
}

/// Counts who is where in `room`.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn count(gate: &Gate, room: &Room) -> Result<Census, StoreError> {
    let (called, active, admitted_last_minute) =
        store::slots(&gate.postgres, room.id, gate.room_clock.now()).await?;
    let counts = front::store::count(&gate.redis, room.id).await;
    if let Err(error) = &counts {
        tracing::warn!(room.id = %room.id, error = %Chain(error), "the line could not be counted");
    }
    let counts = counts.ok();
    let by_rule = bypass::store::of(&gate.postgres, room.id).await?;
    let lane = |rule: &LaneRule| LaneCensus {
        name: rule.name.clone(),
        share: rule.share,
        waiting: counts.map(|counts| counts.waiting[rule.lane.index()]),
    };
    Ok(Census {
        waiting: counts.map(|counts| counts.waiting.iter().sum()),
        away: counts.map(|counts| counts.away),
        called,
        active,
        admitted_last_minute,
        let_through_by_rule: by_rule.values().sum(),
        lanes: room.policy.lanes.rules().iter().map(lane).collect(),
    })
}
