//! How well forecasts turned out: `GET /queue/{roomId}/forecast` for everybody once the sale is over,
//! `GET /room/{roomId}/forecast` for its organizer at any time.

use axum::extract::State;
use contracts::id::RoomId;
use platform::http::{Json, Path, Problem, internal};
use serde::Serialize;

use super::{sample::Score, store};
use crate::{
    extractors::Organizer,
    line::handler::unknown,
    problems::{SALE_RUNNING, UNKNOWN_ROOM},
    room::{self, RoomState},
    state::Gate,
};

/// How forecasts turned out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calibration {
    /// How many were scored.
    n: u64,
    #[serde(flatten)]
    score: Score,
    /// What part of them was inside; none where nothing was scored. An interval is to hold eight of ten.
    share: Option<f64>,
}

/// `GET /queue/{roomId}/forecast`: bad scores as they are.
///
/// # Errors
/// 404 for an unknown room, 409 while its sale runs.
pub async fn published(
    State(gate): State<Gate>,
    Path(room): Path<RoomId>,
) -> Result<Json<Calibration>, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if !matches!(room.state, RoomState::Drained | RoomState::Closed) {
        return Err(Problem::of(SALE_RUNNING));
    }
    calibration(&gate, room.id).await
}

/// `GET /room/{roomId}/forecast`: the same, so far.
///
/// # Errors
/// 404 where it is none of the caller's.
pub async fn so_far(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
) -> Result<Json<Calibration>, Problem> {
    let own = room::store::get(&gate.postgres, room, organizer.id).await.map_err(|error| internal(&error))?;
    own.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    calibration(&gate, room).await
}

async fn calibration(gate: &Gate, room: RoomId) -> Result<Json<Calibration>, Problem> {
    let score = store::score(&gate.postgres, room).await.map_err(|error| internal(&error))?;
    let n = score.below + score.inside + score.above;
    let share = |n| f64::from(u32::try_from(score.inside).unwrap_or(u32::MAX)) / f64::from(n);
    let share = u32::try_from(n).ok().filter(|n| *n > 0).map(share);
    Ok(Json(Calibration { n, score, share }))
}
