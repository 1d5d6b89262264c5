//! `/room`: what organizers do to their rooms.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{EventId, RoomId},
    team::{NotPermitted, Scope},
};
use platform::http::{
    Json, Path, Problem, Query, internal,
    kinds::{INVALID_BODY, INVALID_PARAMETER},
};
use serde::{Deserialize, Serialize};

use super::{
    Room, RoomState, Settings, WrongSetting,
    change::{Ask, ChangeRoomError, Changed},
    create::{self, CreateRoomError, Guards, NewRoom},
    fail::Failure,
    policy::PolicyChange,
    preview, remove, span, store,
    tune::{self, Tuning},
    view::{RoomView, view},
};
use crate::{
    admission::census::{self, Census},
    draw::announce::NewDraw,
    extractors::{Organizer, refused},
    problems::{
        ROOM_EXISTS, SITE_NOT_PERMITTED, STALE_VERSION, UNKNOWN_EVENT, UNKNOWN_ROOM, UNKNOWN_STAFF_TOKEN,
        VERSION_UNMATCHED, WRONG_SETTING, WRONG_STATE,
    },
    site::Site,
    state::Gate,
    stock::Odds,
};

/// The body of `POST /room`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Create {
    event_id: Option<EventId>,
    site: Option<Site>,
    name: String,
    admit_per_minute: u32,
    max_active: u32,
    claim_window: Option<String>,
    session_length: Option<String>,
    interval: Option<String>,
    session: Option<SessionName>,
    session_longest: Option<String>,
    failure: Option<Failure>,
    state: Option<StartState>,
    #[serde(default)]
    order: OrderName,
    beacon: Option<String>,
    opens_at: Option<DateTime<Utc>>,
}

/// The states in which a room may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum StartState {
    Scheduled,
    Lobby,
    Open,
}

/// In which order places are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum OrderName {
    #[default]
    Fifo,
    Draw,
}

/// The body of `PUT /room/{roomId}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tune {
    version: Option<i64>,
    admit_per_minute: Option<u32>,
    max_active: Option<u32>,
    claim_window: Option<String>,
    session_length: Option<String>,
    message: Option<String>,
    interval: Option<String>,
    session: Option<SessionName>,
    session_longest: Option<String>,
    failure: Option<Failure>,
    odds: Option<Odds>,
    waitlist: Option<String>,
}

/// How sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SessionName {
    Fixed,
    Sliding,
}

/// Rooms, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rooms {
    rooms: Vec<RoomView>,
}

/// `POST /room`: makes a room for an event of the caller's, or for a site that is not ours.
///
/// # Errors
/// Problems for a foreign event, a second room, a setting outside its bounds.
pub async fn create(
    State(gate): State<Gate>,
    organizer: Organizer,
    Json(asked): Json<Create>,
) -> Result<Response, Problem> {
    let settings = Settings {
        admit_per_minute: asked.admit_per_minute,
        max_active: asked.max_active,
        claim_window: read_span("claimWindow", asked.claim_window.as_deref().unwrap_or("PT2M"))?,
        session_length: read_span("sessionLength", asked.session_length.as_deref().unwrap_or("PT10M"))?,
    };
    let draw = match asked.order {
        OrderName::Draw => Some(NewDraw { beacon: asked.beacon, opens_at: asked.opens_at }),
        OrderName::Fifo if asked.beacon.is_some() || asked.opens_at.is_some() => {
            let bounds = "draw where a beacon or the opening of a lobby is named".to_owned();
            return Err(wrong(&WrongSetting { field: "order", bounds }));
        }
        OrderName::Fifo => None,
    };
    let state = match asked.state {
        None | Some(StartState::Scheduled) => RoomState::Scheduled,
        Some(StartState::Lobby) => RoomState::Lobby,
        Some(StartState::Open) => RoomState::Open,
    };
    let policy = read_policy(
        asked.interval.as_deref(),
        asked.session,
        asked.session_longest.as_deref(),
        asked.failure,
    )?;
    let guards = read_guards(asked.event_id, asked.site)?;
    // The path names no event: who works for some only is refused here.
    let is_within = match &guards {
        Guards::Event(event) => organizer.scope.holds(*event),
        Guards::Site(_) => organizer.scope == Scope::All,
    };
    if !is_within {
        return Err(refused(NotPermitted::OtherEvent));
    }
    let new = NewRoom { guards, name: asked.name, settings, policy, state, draw };
    let room = create::create(&gate, organizer.acting(), new).await?;
    Ok((StatusCode::CREATED, etag(room.version), Json(view(room, None))).into_response())
}

/// `GET /room`: the caller's rooms, newest first.
///
/// # Errors
/// When the store is away.
pub async fn list(State(gate): State<Gate>, organizer: Organizer) -> Result<Json<Rooms>, Problem> {
    let rooms = store::of_owner(&gate.postgres, organizer.id).await.map_err(|error| internal(&error))?;
    let mut views = Vec::with_capacity(rooms.len());
    for room in rooms.into_iter().filter(|room| organizer.scope.holds(room.event)) {
        let live = census::count(&gate, &room).await.map_err(|error| internal(&error))?;
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
) -> Result<Response, Problem> {
    let found = store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    let room = found.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    let live = census::count(&gate, &room).await.map_err(|error| internal(&error))?;
    Ok(shown(room, live))
}

/// `PUT /room/{roomId}`: changes rate, cap, windows, message and policy.
///
/// # Errors
/// 409 or 412 where somebody changed it in between.
pub async fn tune(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<Tune>,
) -> Result<Response, Problem> {
    let policy = read_policy(
        asked.interval.as_deref(),
        asked.session,
        asked.session_longest.as_deref(),
        asked.failure,
    )?;
    let span = |field, text: Option<&String>| text.map(|text| read_span(field, text)).transpose();
    let claim_window = span("claimWindow", asked.claim_window.as_ref())?;
    let session_length = span("sessionLength", asked.session_length.as_ref())?;
    let Tune { version, admit_per_minute, max_active, message, odds, waitlist, .. } = asked;
    let tuning = Tuning {
        version,
        admit_per_minute,
        max_active,
        claim_window,
        session_length,
        message,
        policy,
        odds,
        waitlist,
    };
    answer(&gate, tune::tune(&gate, &ask, tuning).await?).await
}

/// `DELETE /room/{roomId}`: takes a room away that never opened.
///
/// # Errors
/// 409 where it was open at any time.
pub async fn remove(State(gate): State<Gate>, Asked(ask): Asked) -> Result<Response, Problem> {
    let changed = remove::remove(&gate, &ask).await?;
    if changed.is_preview {
        return answer(&gate, changed).await;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Answers with what was changed, or with what would be.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn answer(gate: &Gate, changed: Changed) -> Result<Response, Problem> {
    let live = census::count(gate, &changed.room).await.map_err(|error| internal(&error))?;
    if changed.is_preview {
        let tag = etag(changed.before.version);
        return Ok((tag, Json(preview::preview(changed, live))).into_response());
    }
    Ok(shown(changed.room, live))
}

fn shown(room: Room, live: Census) -> Response {
    (etag(room.version), Json(view(room, Some(live)))).into_response()
}

/// The version of a room as `If-Match` names it.
pub fn etag(version: i64) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}

/// A change that an organizer asks for: the room in the path, `If-Match`, `?preview=`.
#[derive(Clone, Debug)]
pub struct Asked(pub Ask);

#[derive(Debug, Deserialize)]
struct InPath {
    room: RoomId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InQuery {
    #[serde(default)]
    preview: bool,
}

impl FromRequestParts<Gate> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Problem> {
        let organizer = Organizer::from_request_parts(parts, gate).await?;
        let Path(InPath { room }) = Path::from_request_parts(parts, gate).await?;
        let Query(InQuery { preview }) = Query::from_request_parts(parts, gate).await?;
        let versions = if_match(&parts.headers)?;
        Ok(Self(Ask { room, acting: Some(organizer.acting()), versions, is_preview: preview }))
    }
}

/// The versions that `If-Match` names; `None` without the header, and none for `*`.
fn if_match(headers: &HeaderMap) -> Result<Option<Vec<i64>>, Problem> {
    let mut versions = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        for tag in value.to_str().unwrap_or("?").split(',').map(str::trim) {
            if tag == "*" {
                return Ok(Some(Vec::new()));
            }
            let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let refuse = || {
                Problem::of(INVALID_PARAMETER).detail(format!("If-Match: {tag} is no version such as \"7\""))
            };
            versions.push(number.and_then(|number| number.parse().ok()).ok_or_else(refuse)?);
        }
    }
    Ok(Some(versions).filter(|versions| !versions.is_empty()))
}

fn read_guards(event: Option<EventId>, site: Option<Site>) -> Result<Guards, Problem> {
    match (event, site) {
        (Some(event), None) => Ok(Guards::Event(event)),
        (None, Some(site)) => Ok(Guards::Site(site)),
        _ => Err(Problem::of(INVALID_BODY).detail("a room takes exactly one of `eventId` and `site`")),
    }
}

/// Reads the span that `field` says.
///
/// # Errors
/// 422 where it is none.
pub fn read_span(field: &'static str, text: &str) -> Result<TimeDelta, Problem> {
    let bounds = || WrongSetting { field, bounds: "an ISO 8601 duration such as PT2M".to_owned() };
    span::parse(text).ok_or_else(|| wrong(&bounds()))
}

fn read_policy(
    interval: Option<&str>,
    session: Option<SessionName>,
    longest: Option<&str>,
    failure: Option<Failure>,
) -> Result<PolicyChange, Problem> {
    let interval = interval.map(|text| read_span("interval", text)).transpose()?;
    let longest = longest.map(|text| read_span("sessionLongest", text)).transpose()?;
    let sliding = match (session, longest) {
        (Some(SessionName::Fixed), None) => Some(None),
        (Some(SessionName::Sliding), Some(longest)) => Some(Some(longest)),
        (None, None) => None,
        (Some(SessionName::Sliding), None) | (Some(SessionName::Fixed) | None, Some(_)) => {
            let bounds = "there exactly where session is sliding".to_owned();
            return Err(wrong(&WrongSetting { field: "sessionLongest", bounds }));
        }
    };
    Ok(PolicyChange { interval, sliding, failure })
}

/// A setting out of bounds, as a problem.
pub fn wrong(error: &WrongSetting) -> Problem {
    Problem::of(WRONG_SETTING).detail(error.to_string()).with("field", error.field)
}

impl From<CreateRoomError> for Problem {
    fn from(error: CreateRoomError) -> Self {
        match error {
            CreateRoomError::UnknownEvent(_) => Self::of(UNKNOWN_EVENT),
            CreateRoomError::RoomExists(_) => Self::of(ROOM_EXISTS),
            CreateRoomError::NotPermitted(error) => {
                Self::of(SITE_NOT_PERMITTED).detail(error.to_string()).with("field", error.field())
            }
            CreateRoomError::SiteTaken(host) => Self::of(ROOM_EXISTS).detail(format!("{host} has one.")),
            CreateRoomError::Wrong(error) => wrong(&error),
            CreateRoomError::Store(error) => internal(&error),
        }
    }
}

impl From<ChangeRoomError> for Problem {
    fn from(error: ChangeRoomError) -> Self {
        match error {
            ChangeRoomError::UnknownRoom(_) => Self::of(UNKNOWN_ROOM),
            ChangeRoomError::UnknownStaffToken(_) => Self::of(UNKNOWN_STAFF_TOKEN),
            ChangeRoomError::Illegal(error) => {
                Self::of(WRONG_STATE).detail(error.to_string()).with("state", error.from.name())
            }
            ChangeRoomError::Stale { now } => Self::of(STALE_VERSION).with("version", now),
            ChangeRoomError::Unmatched { now } => Self::of(VERSION_UNMATCHED).with("version", now),
            ChangeRoomError::NoVersion => {
                Self::of(INVALID_BODY).detail("missing field `version`, or the header If-Match")
            }
            ChangeRoomError::Wrong(error) => wrong(&error),
            ChangeRoomError::Store(error) => internal(&error),
        }
    }
}
