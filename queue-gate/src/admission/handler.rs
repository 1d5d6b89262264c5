//! `/room/{roomId}/simulate`, `/advice` and `/drive`: what if, what to do, and who does it.

use axum::{extract::State, response::Response};
use contracts::id::RoomId;
use platform::http::{Json, Path, Problem, internal};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::{
    advise::{Drive, drive},
    simulate::{self, request},
};
use crate::{
    extractors::Organizer,
    problems::{TOO_BUSY, UNKNOWN_ROOM},
    room::{
        self, Room,
        handler::{Asked, answer, wrong},
    },
    state::Gate,
};

/// How many simulations run at a time in one gate; more are refused.
static RUNNING: Semaphore = Semaphore::const_new(1);

/// What the gate would do with the rate, and what that rests on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdviceView {
    admit_per_minute: u32,
    now: u32,
    /// 1 is an origin at its limit.
    strain: f64,
    reasons: Vec<String>,
    drive: Option<Drive>,
    seen: SeenView,
}

/// What was seen; spans are the last 60 seconds, for answers the last 10.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeenView {
    called: u32,
    ended: u32,
    waiting: u64,
    answers: u32,
    errors: u32,
    latency_ms: u32,
    unpaid: u32,
    paid: u32,
}

/// `POST /room/{roomId}/simulate`: what would come of a scenario, or of a past sale once more.
///
/// # Errors
/// 404 where a room is none of the caller's, 422 for a scenario out of bounds, 503 while another one runs.
pub async fn simulate(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Json(asked): Json<request::Asked>,
) -> Result<Json<request::Told>, Problem> {
    let room = own(&gate, &organizer, id).await?;
    let recorded = match asked.records_of(id) {
        Some(past) => {
            let lanes = own(&gate, &organizer, past).await?.policy.lanes;
            let recorded = simulate::store::recorded(&gate.postgres, past, lanes).await;
            Some(recorded.map_err(|error| internal(&error))?)
        }
        None => None,
    };
    let scenario =
        asked.scenario((room.settings, room.policy.interval), recorded).map_err(|error| wrong(&error))?;
    let running = RUNNING.try_acquire().map_err(|_| Problem::of(TOO_BUSY).retry_after(2))?;
    let told = tokio::task::spawn_blocking(move || {
        let told = request::play(scenario);
        drop(running);
        told
    });
    told.await.map(Json).map_err(|error| Problem::internal(&error))
}

/// `GET /room/{roomId}/advice`: which rate the origin can bear, and why.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn advice(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<AdviceView>, Problem> {
    let room = own(&gate, &organizer, id).await?;
    let (advice, seen) = drive::advice(&gate, &room).await.map_err(|error| internal(&error))?;
    Ok(Json(AdviceView {
        admit_per_minute: advice.rate,
        now: seen.rate,
        strain: advice.strain,
        reasons: advice.reasons,
        drive: room.policy.drive,
        seen: SeenView {
            called: seen.called,
            ended: seen.ended,
            waiting: seen.waiting,
            answers: seen.answers,
            errors: seen.errors,
            latency_ms: seen.latency_ms,
            unpaid: seen.unpaid,
            paid: seen.paid,
        },
    }))
}

/// `PUT /room/{roomId}/drive`: hands the rate over, between two limits.
///
/// # Errors
/// 404 where the room is none of the caller's, 412 where it changed in between, 422 for limits out of bounds.
pub async fn hand_over(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(limits): Json<Drive>,
) -> Result<Response, Problem> {
    answer(&gate, drive::hand(&gate, &ask, Some(limits)).await?).await
}

/// `DELETE /room/{roomId}/drive`: takes the rate back. From the answer on the gate changes nothing more.
///
/// # Errors
/// 404 where the room is none of the caller's, 412 where it changed in between.
pub async fn hand_back(State(gate): State<Gate>, Asked(ask): Asked) -> Result<Response, Problem> {
    answer(&gate, drive::hand(&gate, &ask, None).await?).await
}

async fn own(gate: &Gate, organizer: &Organizer, id: RoomId) -> Result<Room, Problem> {
    let found = room::store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    found.ok_or_else(|| Problem::of(UNKNOWN_ROOM))
}
