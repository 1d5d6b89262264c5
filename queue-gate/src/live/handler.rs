//! `GET /queue/{roomId}/place`: where one stands, for those who ask instead of listening.

use axum::extract::State;
use contracts::{frame::Frame, id::RoomId};
use platform::http::{Json, Path, Problem};

use super::{Facts, frame};
use crate::{
    extractors::Visitor,
    line::{self, Standing, handler::unknown},
    problems::NO_PLACE,
    state::Gate,
};

/// `GET /queue/{roomId}/place`: a frame. Asking is a sign of life: who asks now and then is not away.
///
/// # Errors
/// 404 without a place, 503 while the line cannot be asked.
pub async fn place(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(room): Path<RoomId>,
) -> Result<Json<Frame>, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let ask = || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), visitor.id);
    let standing = line::with_recovery(&gate, room.id, ask).await?;
    let standing = standing.ok_or_else(|| Problem::of(NO_PLACE))?;
    let pace = gate.hub.pace(room.id);
    Ok(Json(frame(&room, standing.tick, Some(facts(standing)), pace)))
}

/// What a standing says, without a memory of what was shown before.
pub fn facts(standing: Standing) -> Facts {
    Facts {
        number: standing.number,
        state: standing.state,
        ahead: standing.ahead,
        behind: standing.behind(),
        ends: standing.ends,
        reason: None,
    }
}
