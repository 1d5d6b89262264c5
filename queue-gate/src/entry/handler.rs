//! `/room/{roomId}/entry`: who may take a place.

use axum::{extract::State, response::Response};
use contracts::id::RoomId;
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{Entry, set};
use crate::{
    extractors::Organizer,
    lane::AccountClass,
    problems::UNKNOWN_ROOM,
    room::{
        self,
        handler::{Asked, answer},
    },
    state::Gate,
};

/// The body of `PUT /room/{roomId}/entry`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetEntry {
    version: Option<i64>,
    account: Option<AccountClass>,
    #[serde(default)]
    code: bool,
}

/// Who may take a place, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    version: i64,
    #[serde(flatten)]
    entry: Entry,
}

/// `PUT /room/{roomId}/entry`: says who may take a place.
///
/// # Errors
/// 409 where somebody changed the room in between.
pub async fn set(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<SetEntry>,
) -> Result<Response, Problem> {
    let entry = Entry { account: asked.account, code: asked.code };
    answer(&gate, set::set(&gate, &ask, asked.version, entry).await?).await
}

/// `GET /room/{roomId}/entry`: who may take a place.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn show(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<EntryView>, Problem> {
    let room = room::store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    let room = room.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    Ok(Json(EntryView { version: room.version, entry: room.policy.entry }))
}
