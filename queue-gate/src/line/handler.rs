//! `/queue/{roomId}/place`: take a place, leave the line.

use axum::{extract::State, http::StatusCode};
use contracts::{
    id::{RoomId, VisitorId},
    lobby::{self, PlaceId},
    place::PlaceNumber,
};
use platform::http::{Json, Path, Problem, internal, kinds};
use serde::{Deserialize, Serialize};

use super::{
    LineError, PlaceState, leave,
    take::{self, Shown, TakeError},
};
use crate::{
    draw::{
        self,
        enter::Entered,
        store::line::{ByLane, Left},
    },
    extractors::Asker,
    mail, party, pass,
    problems::{
        CODE_REQUIRED, DRAWING, LOBBY_CLOSED, NO_PLACE, NOBODY_WAITS, REJECTED, ROOM_CLOSED, SIGN_IN,
        TOO_BUSY, UNKNOWN_ROOM, WRONG_ACCOUNT,
    },
    room::{Room, RoomState},
    shield::judge,
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
    /// An access code.
    code: Option<String>,
    /// The answer to a challenge, where the room asks for one.
    proof: Option<String>,
}

/// A place that was taken.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenView {
    number: PlaceNumber,
    ahead: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<String>,
    token: String,
    live: String,
}

/// An entry in a draw: it has no number yet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    state: &'static str,
    place_id: PlaceId,
    entries: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    live: String,
}

/// What was taken.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// A place in line.
    Place(TakenView),
    /// An entry in a draw.
    Entry(Entry),
}

/// `POST /queue/{roomId}/place`: takes a place, once for each visitor, in the lane of their account where one has it. A
/// token of a place that the line has lost brings it back.
///
/// # Errors
/// 404 for an unknown room or code, 409 for a room that takes nobody and a code that was used, 401 and 403 where the room
/// takes others or asks for a proof, 503 while the line cannot be asked.
pub async fn join(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Json(asked): Json<Join>,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let known = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if let Some(refusal) = refusal(&known) {
        return Err(refusal);
    }
    if known.waits_for_lobby() {
        return Err(Problem::of(LOBBY_CLOSED).retry_after(30));
    }
    judge::may_join(&gate, &known, asker.who(), asked.proof.as_deref(), asked.token.as_deref()).await?;
    let mut left = ByLane::default();
    if known.policy.order.draw().is_some() {
        let claim = take::admit(&gate, &known, &asker, asked.code.as_deref()).await?;
        match draw::enter::enter(&gate, room, asker.visitor, asked.token.as_deref(), claim).await? {
            Entered::Line { left: behind } => left = behind,
            entered => {
                if matches!(entered, Entered::Lobby { again: false, .. }) {
                    judge::joined(&gate, &known, asker.who());
                }
                return entry(&gate, &known, asker.visitor, entered);
            }
        }
    }
    let shown = Shown { place: asked.token.as_deref(), code: asked.code.as_deref() };
    let taken = take::take(&gate, &known, &asker, shown).await?;
    let status = if taken.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let view = TakenView {
        number: taken.number,
        // Who came late stands behind the whole draw, though it is not all in the line yet.
        ahead: taken.ahead + left[taken.lane.index()],
        lane: known.policy.lanes.shown(taken.lane),
        token: taken.token,
        live: format!("/queue/{room}/live"),
    };
    Ok((status, Json(Answer::Place(view))))
}

/// The answer to who has an entry in a draw. Only one in the lobby is proved by a token, to the visitor who made it: a closed
/// list proves itself.
fn entry(
    gate: &Gate,
    room: &Room,
    visitor: VisitorId,
    entered: Entered,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let live = format!("/queue/{}/live", room.id);
    let (status, entry) = match entered {
        Entered::Lobby { place: place_id, entries, again, lane, is_shared, .. } => {
            let token = (!is_shared).then(|| lobby::sign(room.id, visitor, lane, &gate.keys.secret));
            let status = if again { StatusCode::OK } else { StatusCode::CREATED };
            let lane = room.policy.lanes.shown(lane);
            (status, Entry { state: "lobby", place_id, entries, lane, token, live })
        }
        Entered::Drawing { place: place_id, entries, .. } => {
            (StatusCode::OK, Entry { state: "drawing", place_id, entries, lane: None, token: None, live })
        }
        Entered::Line { .. } | Entered::Nothing => return Err(Problem::of(NO_PLACE)),
    };
    Ok((status, Json(Answer::Entry(entry))))
}

/// `DELETE /queue/{roomId}/place`: leaves the line; friends who share the place keep it. Leaving twice, or without a place, is no error.
///
/// # Errors
/// 404 for an unknown room, 503 while a store is away.
pub async fn leave(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
) -> Result<StatusCode, Problem> {
    let known = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if known.policy.order.draw().is_some() {
        match draw::leave::leave(&gate, room, asker.visitor).await? {
            Left::Gone => return Ok(StatusCode::NO_CONTENT),
            Left::Drawing => return Err(Problem::of(DRAWING).retry_after(2)),
            Left::Line => {}
        }
    }
    let account = asker.session.as_ref().map(|session| session.sub);
    let keeper = party::leave::keeper(&gate, room, asker.visitor).await.map_err(|error| internal(&error))?;
    let left = leave::leave(&gate, room, asker.visitor, account, keeper).await?;
    let given_up = left.filter(|_| keeper.is_none()).map(|(number, _)| number);
    mail::forget::left(&gate, room, asker.visitor, given_up).await.map_err(|error| internal(&error))?;
    if let Some(keeper) = keeper {
        let left = party::leave::left(&gate, room, asker.visitor, keeper).await;
        left.map_err(|error| internal(&error))?;
    } else if let Some((number, PlaceState::Called)) = left {
        pass::leave::decline(&gate, room, number).await.map_err(|error| internal(&error))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Why nobody may join `room` at the moment; `None` where fans may.
pub fn refusal(room: &Room) -> Option<Problem> {
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

impl From<TakeError> for Problem {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::SignIn => Self::of(SIGN_IN).detail("This line takes those who are signed in."),
            TakeError::WrongAccount => Self::of(WRONG_ACCOUNT),
            TakeError::CodeRequired => Self::of(CODE_REQUIRED),
            TakeError::Code(error) => error.into(),
            TakeError::Line(error) => error.into(),
        }
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
