//! `/room/{roomId}/opening…` and `/room/{roomId}/preview`: what is planned, and what will be.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Datelike, Utc};
use contracts::id::{OpeningId, RoomId};
use platform::http::{Json, Path, Problem, Query, internal};
use serde::{Deserialize, Serialize};

use super::{
    Opening, OpeningState, Plan, effective,
    plan::{self, Act, PlanError},
};
use crate::{
    extractors::Organizer,
    problems::{OPENING_BEGUN, OPENING_OVERLAPS, UNKNOWN_OPENING, UNKNOWN_ROOM, WRONG_SETTING},
    room::{
        handler::{Asked, answer, etag},
        store,
        view::{RoomView, view},
    },
    state::Gate,
};

/// The body of `POST /room/{roomId}/opening` and of `PUT …/{openingId}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Planned {
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    state: Option<OpeningState>,
    reason: Option<String>,
    admit_per_minute: Option<u32>,
    max_active: Option<u32>,
    message: Option<String>,
}

/// One opening.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpeningView {
    opening_id: OpeningId,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    state: OpeningState,
    reason: Option<String>,
    admit_per_minute: Option<u32>,
    max_active: Option<u32>,
    message: Option<String>,
    begun_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// Openings, by their beginning.
#[derive(Debug, Serialize)]
pub struct Openings {
    openings: Vec<OpeningView>,
}

/// What a room will be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WillBe {
    at: DateTime<Utc>,
    opening_id: Option<OpeningId>,
    room: RoomView,
}

/// The query of `GET /room/{roomId}/preview`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InPath {
    #[serde(rename = "room")]
    _room: RoomId,
    opening: OpeningId,
}

/// The opening in the path.
#[derive(Clone, Copy, Debug)]
pub struct Which(OpeningId);

impl axum::extract::FromRequestParts<Gate> for Which {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        gate: &Gate,
    ) -> Result<Self, Problem> {
        let Path(InPath { opening, .. }) = Path::from_request_parts(parts, gate).await?;
        Ok(Self(opening))
    }
}

/// `GET /room/{roomId}/opening`: what is planned, and what was.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn list(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
) -> Result<Json<Openings>, Problem> {
    let openings = plan::openings(&gate, room, organizer.id).await?;
    Ok(Json(Openings { openings: openings.into_iter().map(OpeningView::from).collect() }))
}

/// `POST /room/{roomId}/opening`: plans one more.
///
/// # Errors
/// 409 where another one lasts then.
pub async fn add(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(planned): Json<Planned>,
) -> Result<Response, Problem> {
    let plan = planned.plan();
    let (id, changed) = plan::plan(&gate, &ask, &Act::Add(plan.clone())).await?;
    if changed.is_preview {
        return answer(&gate, changed).await;
    }
    Ok((StatusCode::CREATED, etag(changed.room.version), Json(planned_view(id, plan))).into_response())
}

/// `PUT /room/{roomId}/opening/{openingId}`: plans one otherwise that has not begun.
///
/// # Errors
/// 409 where it has, or where another one lasts then.
pub async fn replan(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Which(id): Which,
    Json(planned): Json<Planned>,
) -> Result<Response, Problem> {
    let plan = planned.plan();
    let (id, changed) = plan::plan(&gate, &ask, &Act::Replan(id, plan.clone())).await?;
    if changed.is_preview {
        return answer(&gate, changed).await;
    }
    Ok((etag(changed.room.version), Json(planned_view(id, plan))).into_response())
}

/// `DELETE /room/{roomId}/opening/{openingId}`: takes one away that has not begun.
///
/// # Errors
/// 409 where it has.
pub async fn remove(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Which(id): Which,
) -> Result<Response, Problem> {
    let (_, changed) = plan::plan(&gate, &ask, &Act::Remove(id)).await?;
    if changed.is_preview {
        return answer(&gate, changed).await;
    }
    Ok((StatusCode::NO_CONTENT, etag(changed.room.version)).into_response())
}

/// `GET /room/{roomId}/preview?at=`: the state and the settings that will hold at an instant, if nobody changes anything.
///
/// # Errors
/// 404 where the room is none of the caller's, 422 for an instant that is over.
pub async fn preview(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Query(At { at }): Query<At>,
) -> Result<Json<WillBe>, Problem> {
    let found = store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    let room = found.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    // A later year than RFC 3339 can write would be answered with a time that clients do not read.
    if at < gate.clock.now() || at.year() > 9999 {
        let why = "at must be in the future, and before the year 10000";
        return Err(Problem::of(WRONG_SETTING).detail(why).with("field", "at"));
    }
    let openings = plan::openings(&gate, id, organizer.id).await?;
    let (room, opening_id) = effective(&room, &openings, at);
    Ok(Json(WillBe { at, opening_id, room: view(room, None) }))
}

impl Planned {
    fn plan(self) -> Plan {
        let Self { starts_at, ends_at, reason, admit_per_minute, max_active, message, .. } = self;
        let state = self.state.unwrap_or(OpeningState::Open);
        Plan { starts_at, ends_at, state, reason, admit_per_minute, max_active, message }
    }
}

fn planned_view(id: OpeningId, plan: Plan) -> OpeningView {
    Opening { id, plan, replaced: None, begun_at: None, ended_at: None }.into()
}

impl From<Opening> for OpeningView {
    fn from(Opening { id, plan, begun_at, ended_at, .. }: Opening) -> Self {
        Self {
            opening_id: id,
            starts_at: plan.starts_at,
            ends_at: plan.ends_at,
            state: plan.state,
            reason: plan.reason,
            admit_per_minute: plan.admit_per_minute,
            max_active: plan.max_active,
            message: plan.message,
            begun_at,
            ended_at,
        }
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Overlaps => Self::of(OPENING_OVERLAPS),
            PlanError::Unknown(_) => Self::of(UNKNOWN_OPENING),
            PlanError::Begun(_) => Self::of(OPENING_BEGUN),
            PlanError::Change(error) => error.into(),
        }
    }
}
