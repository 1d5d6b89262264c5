//! `/queue/{roomId}/place`: take a place, leave the line.

use axum::{extract::State, http::StatusCode};
use contracts::{
    id::RoomId,
    place::{self, Place, PlaceNumber},
};
use platform::http::{Json, Path, Problem, internal, kinds};
use serde::{Deserialize, Serialize};

use super::{LineError, PlaceState, join, leave, restore};
use crate::{
    extractors::Visitor,
    pass,
    problems::{NOBODY_WAITS, REJECTED, ROOM_CLOSED, TOO_BUSY, UNKNOWN_ROOM},
    room::{Room, RoomState},
    state::Gate,
};

/// When somebody who was turned away should look again, in seconds.
const LOOK_AGAIN: u64 = 5;

/// The body of `POST /queue/{roomId}/place`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Join {
    /// A place that the visitor was given before.
    token: Option<String>,
}

/// A place that was taken.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    number: PlaceNumber,
    ahead: u64,
    token: String,
    live: String,
}

/// `POST /queue/{roomId}/place`: takes a place, once for each visitor. A token of a place that the line has lost brings
/// it back.
///
/// # Errors
/// 404 for an unknown room, 409 for one that takes nobody, 503 while the line cannot be asked.
pub async fn join(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(room): Path<RoomId>,
    Json(asked): Json<Join>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let known = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if let Some(refusal) = refusal(&known) {
        return Err(refusal);
    }
    let restored = match &asked.token {
        Some(token) => restore::restore(&gate, room, visitor.id, token).await?,
        None => None,
    };
    let joined = join::join(&gate, room, visitor.id).await?;
    let place = Place { room, visitor: visitor.id, number: joined.number };
    let taken = Taken {
        number: joined.number,
        ahead: joined.ahead,
        token: place::sign(place, &gate.keys.secret),
        live: format!("/queue/{room}/live"),
    };
    let again = joined.again || restored.is_some();
    Ok((if again { StatusCode::OK } else { StatusCode::CREATED }, Json(taken)))
}

/// `DELETE /queue/{roomId}/place`: leaves the line. Leaving twice, or without a place, is no error.
///
/// # Errors
/// 404 for an unknown room, 503 while a store is away.
pub async fn leave(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(room): Path<RoomId>,
) -> Result<StatusCode, Problem> {
    gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if let Some((number, PlaceState::Called)) = leave::leave(&gate, room, visitor.id).await? {
        pass::leave::decline(&gate, room, number).await.map_err(|error| internal(&error))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Why nobody may join `room` at the moment; `None` where fans may.
fn refusal(room: &Room) -> Option<Problem> {
    match room.state {
        _ if room.lets_all_through() => {
            Some(Problem::of(NOBODY_WAITS).with("event", format!("/e/{}", room.event)))
        }
        RoomState::Reject => {
            let problem = Problem::of(REJECTED).retry_after(LOOK_AGAIN);
            Some(match room.why() {
                Some(why) => problem.detail(why),
                None => problem,
            })
        }
        RoomState::Drained => Some(Problem::of(ROOM_CLOSED).detail("Everything is sold.")),
        state => (!state.takes_places()).then(|| Problem::of(ROOM_CLOSED)),
    }
}

/// No such room; or nobody knows, because the rooms were never read.
pub fn unknown(gate: &Gate) -> Problem {
    match gate.rooms.loaded_at() {
        Some(_) => Problem::of(UNKNOWN_ROOM),
        None => Problem::of(kinds::UNAVAILABLE).retry_after(1),
    }
}

impl From<LineError> for Problem {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Lost => Self::of(kinds::UNAVAILABLE).retry_after(1),
            LineError::Busy => Self::of(TOO_BUSY).retry_after(1),
            LineError::Store(error) => internal(&error),
        }
    }
}
