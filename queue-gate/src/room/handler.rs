//! `/room`: what organizers do to their rooms.

use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, RoomId};
use platform::http::{Json, Path, Problem, Query, internal};
use serde::{Deserialize, Serialize};

use super::{
    Room, Settings, WrongSetting,
    change::ChangeRoomError,
    create::{self, CreateRoomError, NewRoom},
    log, pause, resume, span,
    store::{self, LogEntry},
    tune::{self, Tuning},
};
use crate::{
    admission::census::{self, Census},
    extractors::Organizer,
    problems::{ROOM_EXISTS, STALE_VERSION, UNKNOWN_EVENT, UNKNOWN_ROOM, WRONG_SETTING, WRONG_STATE},
    state::Gate,
};

/// The body of `POST /room`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Create {
    event_id: EventId,
    name: String,
    admit_per_minute: u32,
    max_active: u32,
    claim_window: Option<String>,
    session_length: Option<String>,
    state: Option<StartState>,
}

/// The states in which a room may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum StartState {
    Scheduled,
    Open,
}

/// The body of `PUT /room/{roomId}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tune {
    version: i64,
    admit_per_minute: Option<u32>,
    max_active: Option<u32>,
    message: Option<String>,
}

/// The body of `POST /room/{roomId}/pause`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pause {
    reason: String,
}

/// The query of `GET /room/{roomId}/log`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    #[serde(default)]
    after: i64,
}

/// A room as its organizer sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomView {
    room_id: RoomId,
    event_id: EventId,
    name: String,
    state: &'static str,
    version: i64,
    admit_per_minute: u32,
    max_active: u32,
    claim_window: String,
    session_length: String,
    message: Option<String>,
    pause_reason: Option<String>,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Census>,
}

/// Rooms, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rooms {
    rooms: Vec<RoomView>,
}

/// Entries of a log, oldest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    entries: Vec<LogView>,
}

/// An entry of the log, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogView {
    entry: i64,
    at: DateTime<Utc>,
    actor: Option<AccountId>,
    kind: String,
    detail: serde_json::Value,
}

/// `POST /room`: makes a room for an event of the caller's.
///
/// # Errors
/// Problems for a foreign event, a second room, a setting outside its bounds.
pub async fn create(
    State(gate): State<Gate>,
    organizer: Organizer,
    Json(asked): Json<Create>,
) -> Result<(StatusCode, Json<RoomView>), Problem> {
    let settings = Settings {
        admit_per_minute: asked.admit_per_minute,
        max_active: asked.max_active,
        claim_window: read_span("claimWindow", asked.claim_window.as_deref().unwrap_or("PT2M"))?,
        session_length: read_span("sessionLength", asked.session_length.as_deref().unwrap_or("PT10M"))?,
    };
    let is_open = asked.state == Some(StartState::Open);
    let new = NewRoom { event: asked.event_id, name: asked.name, settings, is_open };
    let room = create::create(&gate, organizer.id, new).await?;
    Ok((StatusCode::CREATED, Json(view(room, None))))
}

/// `GET /room`: the caller's rooms, newest first.
///
/// # Errors
/// When the store is away.
pub async fn list(State(gate): State<Gate>, organizer: Organizer) -> Result<Json<Rooms>, Problem> {
    let rooms = store::of_owner(&gate.postgres, organizer.id).await.map_err(|error| internal(&error))?;
    let mut views = Vec::with_capacity(rooms.len());
    for room in rooms {
        let live = census::count(&gate, room.id).await.map_err(|error| internal(&error))?;
        views.push(view(room, Some(live)));
    }
    Ok(Json(Rooms { rooms: views }))
}

/// `GET /room/{roomId}`: one of the caller's rooms.
///
/// # Errors
/// 404 where it is none of theirs.
pub async fn show(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<RoomView>, Problem> {
    let found = store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    let room = found.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    answer(&gate, room).await
}

/// `PUT /room/{roomId}`: changes rate, cap and message.
///
/// # Errors
/// 409 where somebody changed it in between.
pub async fn tune(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Json(asked): Json<Tune>,
) -> Result<Json<RoomView>, Problem> {
    let Tune { version, admit_per_minute, max_active, message } = asked;
    let tuning = Tuning { version, admit_per_minute, max_active, message };
    answer(&gate, tune::tune(&gate, id, organizer.id, tuning).await?).await
}

/// `POST /room/{roomId}/open`: calling begins.
///
/// # Errors
/// 409 where the room is not scheduled.
pub async fn open(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<RoomView>, Problem> {
    answer(&gate, super::open::open(&gate, id, organizer.id).await?).await
}

/// `POST /room/{roomId}/pause`: calling stops, for a reason.
///
/// # Errors
/// 409 where the room is not open.
pub async fn pause(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Json(asked): Json<Pause>,
) -> Result<Json<RoomView>, Problem> {
    answer(&gate, pause::pause(&gate, id, organizer.id, asked.reason).await?).await
}

/// `POST /room/{roomId}/resume`: calling goes on.
///
/// # Errors
/// 409 where the room is not paused.
pub async fn resume(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<RoomView>, Problem> {
    answer(&gate, resume::resume(&gate, id, organizer.id).await?).await
}

/// `POST /room/{roomId}/close`: the room ends.
///
/// # Errors
/// 409 where it has ended.
pub async fn close(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<RoomView>, Problem> {
    answer(&gate, super::close::close(&gate, id, organizer.id).await?).await
}

/// `GET /room/{roomId}/log?after=`: what happened to the room.
///
/// # Errors
/// 404 where it is none of the caller's.
pub async fn log(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Query(After { after }): Query<After>,
) -> Result<Json<Log>, Problem> {
    let entries = log::log(&gate, id, organizer.id, after).await?;
    let view = |LogEntry { entry, at, actor, kind, detail }| LogView { entry, at, actor, kind, detail };
    Ok(Json(Log { entries: entries.into_iter().map(view).collect() }))
}

async fn answer(gate: &Gate, room: Room) -> Result<Json<RoomView>, Problem> {
    let live = census::count(gate, room.id).await.map_err(|error| internal(&error))?;
    Ok(Json(view(room, Some(live))))
}

fn view(room: Room, live: Option<Census>) -> RoomView {
    RoomView {
        room_id: room.id,
        event_id: room.event,
        name: room.name,
        state: room.state.name(),
        version: room.version,
        admit_per_minute: room.settings.admit_per_minute,
        max_active: room.settings.max_active,
        claim_window: span::format(room.settings.claim_window),
        session_length: span::format(room.settings.session_length),
        message: room.message,
        pause_reason: room.pause_reason,
        created_at: room.created_at,
        live,
    }
}

fn read_span(field: &'static str, text: &str) -> Result<chrono::TimeDelta, Problem> {
    let bounds = || WrongSetting { field, bounds: "an ISO 8601 duration such as PT2M".to_owned() };
    span::parse(text).ok_or_else(|| wrong(&bounds()))
}

fn wrong(error: &WrongSetting) -> Problem {
    Problem::of(WRONG_SETTING).detail(error.to_string()).with("field", error.field)
}

impl From<CreateRoomError> for Problem {
    fn from(error: CreateRoomError) -> Self {
        match error {
            CreateRoomError::UnknownEvent(_) => Self::of(UNKNOWN_EVENT),
            CreateRoomError::RoomExists(_) => Self::of(ROOM_EXISTS),
            CreateRoomError::Wrong(error) => wrong(&error),
            CreateRoomError::Store(error) => internal(&error),
        }
    }
}

impl From<ChangeRoomError> for Problem {
    fn from(error: ChangeRoomError) -> Self {
        match error {
            ChangeRoomError::UnknownRoom(_) => Self::of(UNKNOWN_ROOM),
            ChangeRoomError::Illegal(error) => Self::of(WRONG_STATE).detail(error.to_string()),
            ChangeRoomError::Stale { now } => Self::of(STALE_VERSION).with("version", now),
            ChangeRoomError::Wrong(error) => wrong(&error),
            ChangeRoomError::Store(error) => internal(&error),
        }
    }
}
