//! What an organizer watches: a room's numbers of this second, and those of every minute.

pub mod handler;
pub mod record;
pub mod store;

use chrono::{DateTime, Utc};
use platform::postgres::StoreError;
use serde::Serialize;

use super::Room;
use crate::{
    admission::census::{self, LaneCensus},
    state::Gate,
};

/// A room's numbers of this second.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Live {
    at: DateTime<Utc>,
    state: &'static str,
    version: i64,
    /// In line; absent while Redis is away.
    waiting: Option<u64>,
    /// The lanes, in their order, with who is in line in each.
    lanes: Vec<LaneCensus>,
    /// Parked; absent while Redis is away.
    away: Option<u64>,
    /// Called, and not claimed yet.
    ready: u64,
    /// Inside.
    active: u64,
    admitted: Admitted,
    no_shows: NoShows,
    waited: Waited,
    origin: Origin,
}

/// Calls of the last 60 seconds, and what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Admitted {
    last_minute: u64,
    target: u32,
}

/// Turns that nobody claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoShows {
    /// Of the last 60 seconds.
    pub last_minute: i64,
    /// Of all.
    pub total: i64,
}

/// How long the last who were called had waited, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waited {
    /// Half of them at most so long; absent where nobody was called within five minutes.
    pub p50: Option<f64>,
    /// Nine in ten of them at most so long.
    pub p90: Option<f64>,
    /// How many it was measured on.
    pub of: i64,
}

/// How the service behind answered this gate in the last seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    answers: u32,
    errors: u32,
    /// Nine in ten took at most so many milliseconds, to a fifth.
    latency_ms: u32,
}

/// The numbers of `room` at this moment.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn live(gate: &Gate, room: &Room) -> Result<Live, StoreError> {
    let census = census::count(gate, room).await?;
    let (now, no_shows, waited) = store::numbers(&gate.postgres, room.id, gate.room_clock.now()).await?;
    let origin = gate.gateway.origin();
    Ok(Live {
        at: now,
        state: room.state.name(),
        version: room.version,
        waiting: census.waiting,
        lanes: census.lanes,
        away: census.away,
        ready: census.called,
        active: census.active,
        admitted: Admitted {
            last_minute: census.admitted_last_minute,
            target: room.settings.admit_per_minute,
        },
        no_shows,
        waited,
        origin: Origin { answers: origin.answers, errors: origin.errors, latency_ms: origin.latency_ms },
    })
}
