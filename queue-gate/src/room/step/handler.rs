//! `POST /room/{roomId}/open` and its siblings: one call a step. Each takes `If-Match` and `?preview=true`.

use axum::{extract::State, response::Response};
use platform::http::{Json, Problem};
use serde::Deserialize;

use super::take;
use crate::{
    room::{
        Step,
        handler::{Asked, answer},
    },
    state::Gate,
};

/// The body of a step that fans are told the reason of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    reason: String,
}

async fn plain(gate: Gate, Asked(ask): Asked, step: Step) -> Result<Response, Problem> {
    answer(&gate, take(&gate, &ask, step, None).await?).await
}

async fn reasoned(gate: Gate, Asked(ask): Asked, step: Step, asked: Reason) -> Result<Response, Problem> {
    answer(&gate, take(&gate, &ask, step, Some(asked.reason)).await?).await
}

/// `POST /room/{roomId}/lobby`: the lobby of a draw takes entries.
///
/// # Errors
/// 409 where the room is not scheduled, or has no draw.
pub async fn lobby(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::OpenLobby).await
}

/// `POST /room/{roomId}/open`: calling begins.
///
/// # Errors
/// 409 where the room is not scheduled.
pub async fn open(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::Open).await
}

/// `POST /room/{roomId}/pause`: calling stops, for a reason.
///
/// # Errors
/// 409 where the room is not open.
pub async fn pause(
    State(gate): State<Gate>,
    asked: Asked,
    Json(reason): Json<Reason>,
) -> Result<Response, Problem> {
    reasoned(gate, asked, Step::Pause, reason).await
}

/// `POST /room/{roomId}/resume`: calling goes on.
///
/// # Errors
/// 409 where the room is not paused.
pub async fn resume(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::Resume).await
}

/// `POST /room/{roomId}/drain`: everything is sold, nobody else is called.
///
/// # Errors
/// 409 where the room is neither open nor paused.
pub async fn drain(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::Drain).await
}

/// `POST /room/{roomId}/reopen`: seats came back, calling goes on.
///
/// # Errors
/// 409 where the room is not drained.
pub async fn reopen(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::Reopen).await
}

/// `POST /room/{roomId}/bypass`: everybody is let through, for a reason, until it is restored.
///
/// # Errors
/// 409 where the room is in bypass or closed.
pub async fn bypass(
    State(gate): State<Gate>,
    asked: Asked,
    Json(reason): Json<Reason>,
) -> Result<Response, Problem> {
    reasoned(gate, asked, Step::Bypass, reason).await
}

/// `POST /room/{roomId}/reject`: nobody is let through, for a reason, until it is restored.
///
/// # Errors
/// 409 where the room rejects already or is closed.
pub async fn reject(
    State(gate): State<Gate>,
    asked: Asked,
    Json(reason): Json<Reason>,
) -> Result<Response, Problem> {
    reasoned(gate, asked, Step::Reject, reason).await
}

/// `POST /room/{roomId}/restore`: bypass or reject ends, and the room is again what it was before.
///
/// # Errors
/// 409 where the room is in neither.
pub async fn restore(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::Restore).await
}

/// `POST /room/{roomId}/close`: the room ends.
///
/// # Errors
/// 409 where it has ended.
pub async fn close(State(gate): State<Gate>, asked: Asked) -> Result<Response, Problem> {
    plain(gate, asked, Step::Close).await
}
