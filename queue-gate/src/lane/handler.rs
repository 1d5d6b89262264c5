//! `/room/{roomId}/lane`: the lanes of a room.

use axum::{extract::State, response::Response};
use contracts::id::RoomId;
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{AccountClass, LaneRule, Wanted, set};
use crate::{
    extractors::Organizer,
    problems::UNKNOWN_ROOM,
    room::{
        self, Room,
        handler::{Asked, answer},
    },
    state::Gate,
};

/// The body of `PUT /room/{roomId}/lane`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetLanes {
    version: Option<i64>,
    lanes: Vec<LaneWanted>,
}

/// A lane as it is to be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LaneWanted {
    name: String,
    share: u32,
    accounts: Option<AccountClass>,
}

/// A room's lanes, in order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LanesView {
    version: i64,
    lanes: Vec<LaneView>,
}

/// A lane, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneView {
    name: String,
    share: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<AccountClass>,
}

/// `PUT /room/{roomId}/lane`: says which lanes the room has, in which order, with which shares.
///
/// # Errors
/// 409 where somebody changed the room in between, 422 where these are no set of lanes.
pub async fn set(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<SetLanes>,
) -> Result<Response, Problem> {
    let wanted = |lane: LaneWanted| Wanted { name: lane.name, share: lane.share, accounts: lane.accounts };
    let wanted = asked.lanes.into_iter().map(wanted).collect();
    answer(&gate, set::set(&gate, &ask, asked.version, wanted).await?).await
}

/// `GET /room/{roomId}/lane`: the lanes, in order.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn show(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<LanesView>, Problem> {
    let room = room::store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    Ok(Json(room.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?.into()))
}

impl From<Room> for LanesView {
    fn from(room: Room) -> Self {
        let view = |rule: &LaneRule| LaneView {
            name: rule.name.clone(),
            share: rule.share,
            accounts: rule.accounts,
        };
        Self { version: room.version, lanes: room.policy.lanes.rules().iter().map(view).collect() }
    }
}
