//! `/queue/{roomId}/pass` and `/queue/{roomId}/session`: claim, exchange, leave.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, RoomId},
    pass,
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    claim::{self, ClaimError},
    exchange::{self, ExchangeError},
    leave,
    verify::{self, CONFIRM_WITHIN},
};
use crate::{
    extractors::Visitor,
    line::handler::unknown,
    problems::{BAD_ADMISSION, CLAIM_OVER, NO_PASS, NOT_CALLED, TOKEN_USED},
    room::Room,
    state::Gate,
};

/// A claimed turn.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claimed {
    admission_token: String,
    expires_at: DateTime<Utc>,
}

/// The body of `POST /queue/{roomId}/session`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    admission_token: String,
}

/// A session that began.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    event_id: EventId,
    until: DateTime<Utc>,
}

/// `POST /queue/{roomId}/pass`: the called visitor claims their turn.
///
/// # Errors
/// 409 where it is not their turn, 410 where it is over.
pub async fn claim(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(room): Path<RoomId>,
) -> Result<Json<Claimed>, Problem> {
    let room = known(&gate, room)?;
    let admission = claim::claim(&gate, room.id, visitor.id).await?;
    Ok(Json(Claimed { admission_token: admission.token, expires_at: admission.expires_at }))
}

/// `POST /queue/{roomId}/session`: the admission token becomes a pass, in a cookie, once.
///
/// # Errors
/// 403 where the token is not the visitor's, 409 where it was used.
pub async fn exchange(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(room): Path<RoomId>,
    Json(asked): Json<Exchange>,
) -> Result<impl IntoResponse, Problem> {
    let room = known(&gate, room)?;
    let (pass, token) = exchange::exchange(&gate, &room, visitor.id, &asked.admission_token).await?;
    let lasts = (pass.exp + CONFIRM_WITHIN - gate.clock.now()).num_seconds().max(0);
    let cookie = cookie(room.event, &token, lasts)?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(Begun { event_id: room.event, until: pass.exp })))
}

/// `DELETE /queue/{roomId}/session`: leaves the shop.
///
/// # Errors
/// 403 without a pass of this room.
pub async fn leave(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(room): Path<RoomId>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let room = known(&gate, room)?;
    let admission = verify::admission(&gate, &headers, visitor.id, room.event, gate.clock.now());
    let admitted = admission.as_ref().map(verify::Admission::admitted);
    let pass = admitted.filter(|pass| pass.room == room.id).ok_or_else(|| Problem::of(NO_PASS))?;
    leave::leave(&gate, room.id, pass.id).await.map_err(|error| internal(&error))?;
    let cookie = cookie(room.event, "", 0)?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}

fn known(gate: &Gate, room: RoomId) -> Result<Arc<Room>, Problem> {
    gate.rooms.get(room).ok_or_else(|| unknown(gate))
}

/// The cookie that keeps `value`, the pass to `event`, for `lasts` seconds.
///
/// # Errors
/// When the value is none that a header may hold.
pub fn cookie(event: EventId, value: &str, lasts: i64) -> Result<HeaderValue, Problem> {
    let name = pass::cookie(event);
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={lasts}");
    HeaderValue::from_str(&text).map_err(|error| Problem::internal(&error))
}

impl From<ClaimError> for Problem {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::NotCalled => Self::of(NOT_CALLED),
            ClaimError::Over => Self::of(CLAIM_OVER),
            ClaimError::Inside => Self::of(TOKEN_USED).detail("You are inside already."),
            ClaimError::Line(error) => error.into(),
            ClaimError::Store(error) => internal(&error),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::NotTheirs => Self::of(BAD_ADMISSION),
            ExchangeError::Lapsed => Self::of(CLAIM_OVER).detail("Claim again, if it is still your turn."),
            ExchangeError::Used => Self::of(TOKEN_USED),
            ExchangeError::Store(error) => internal(&error),
        }
    }
}
