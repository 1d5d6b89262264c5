//! Where one stands: `GET /queue/{roomId}/place` for those who ask, `GET /queue/{roomId}/live` for those who listen.

use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use contracts::{frame::Frame, id::RoomId};
use hyper::upgrade::OnUpgrade;
use platform::http::{Json, Path, Problem, Query, kinds};
use rand::RngExt;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{
    facts, first_frame,
    listen::{self, ListenError, Told, listen},
    poll::{self, Answer},
    seen::Seen,
    sse,
    websocket::{self, Socket},
};
use crate::{
    Place, draw,
    extractors::Visitor,
    gateway::handler::Client,
    line::{self, handler::unknown},
    metrics,
    problems::{NO_PLACE, NOT_A_WEBSOCKET, TOO_BUSY, TOO_MANY_TABS},
    room::Room,
    shield::judge::{self, Who},
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
    stand(&gate, &room, visitor).await.map(Json)
}

/// The frame of somebody who asks.
///
/// # Errors
/// As [`place`].
pub async fn stand(gate: &Gate, room: &Room, visitor: Visitor) -> Result<Frame, Problem> {
    if let Some(frame) = draw::stand::stand(gate, room, visitor.id).await? {
        return Ok(frame);
    }
    let ask = || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), visitor.id);
    let standing = line::with_recovery(gate, room.id, ask).await?;
    let standing = standing.ok_or_else(|| Problem::of(NO_PLACE))?;
    Ok(first_frame(gate, room, standing.tick, facts(standing)))
}

/// The header in which a browser says what it got last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// When a tab that gave way to others may ask again, in seconds.
const GIVES_WAY: u64 = 20;

/// The query of `GET /queue/{roomId}/live`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Listen {
    after: Option<String>,
}

/// `GET /queue/{roomId}/live`: frames of one's place as they come. A WebSocket where one is asked for, else a stream of
/// events where `Accept` names `text/event-stream`, else one answer: with `after` the next frame as soon as there is one.
///
/// # Errors
/// 404 for an unknown room or without a place, 426 for half an upgrade, 503 when the gate is full or the line cannot be
/// asked.
pub async fn live(State(gate): State<Gate>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _body) = request.into_parts();
    let Path(room): Path<RoomId> = Path::from_request_parts(&mut parts, &gate).await?;
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &gate).await;
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let who = Who { visitor: visitor.id, address: Client::of(&parts.extensions).0 };
    if parts.headers.contains_key(header::UPGRADE) {
        return socket(&gate, &room, who, parts).await;
    }
    let Query(Listen { after }) = Query::from_request_parts(&mut parts, &gate).await?;
    let after = after
        .map(|text| text.parse::<Seen>())
        .transpose()
        .map_err(|error| Problem::of(kinds::INVALID_PARAMETER).detail(error.to_string()))?;
    if accepts_events(&parts.headers) {
        // The browser's own word on a reconnect is newer than the address that it connects to.
        let last = parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
        let after = last.and_then(|id| id.parse().ok()).or(after);
        judge::may_listen(&gate, &room, who)?;
        let (listener, first) =
            listen(&gate, &room, visitor.id, after).await.map_err(|e| refused(&gate, e))?;
        judge::make_way(&gate, &room, who);
        let head = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // A proxy in front that gathers answers would keep the fan waiting.
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ];
        return Ok((head, Body::from_stream(sse::events(listener, first, sse::HEARTBEAT))).into_response());
    }
    poll(&gate, &room, visitor, who, after).await
}

/// One frame: at once, or the next after the one that was seen.
async fn poll(
    gate: &Gate,
    room: &Room,
    visitor: Visitor,
    who: Who,
    after: Option<Seen>,
) -> Result<Response, Problem> {
    let Some(after) = after else {
        let told = Told::of(&stand(gate, room, visitor).await?, listen::counts(gate, room.id));
        return Ok(one_frame(told));
    };
    let (listener, first) =
        listen(gate, room, visitor.id, Some(after)).await.map_err(|error| refused(gate, error))?;
    judge::make_way(gate, room, who);
    let answer = match first {
        Some(told) => Answer::Frame(told),
        None => poll::wait(listener, poll::PATIENCE).await,
    };
    match answer {
        Answer::Frame(told) => Ok(one_frame(told)),
        Answer::Nothing => {
            Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response())
        }
        Answer::Crowded => Err(Problem::of(TOO_MANY_TABS).retry_after(GIVES_WAY)),
        Answer::Stopping => Err(Problem::of(kinds::UNAVAILABLE).retry_after(later(gate))),
    }
}

fn one_frame(told: Told) -> Response {
    let head = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::ETAG, format!("\"{}\"", told.seen)),
    ];
    (head, told.text).into_response()
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = values.flat_map(|value| value.split(','));
    kinds.any(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}

fn refused(gate: &Gate, error: ListenError) -> Problem {
    match error {
        ListenError::NoPlace => Problem::of(NO_PLACE),
        ListenError::Full => full(gate),
        ListenError::Line(error) => error.into(),
    }
}

/// Opens the socket. What cannot be is refused before it opens, except a missing place: a client may prove one
/// (`{"token": "…"}`) within 5 seconds.
async fn socket(gate: &Gate, room: &Room, who: Who, mut parts: Parts) -> Result<Response, Problem> {
    let accept = accept_key(&parts.headers).ok_or_else(|| Problem::of(NOT_A_WEBSOCKET))?;
    let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or_else(|| Problem::of(NOT_A_WEBSOCKET))?;
    if gate.hub.open() >= gate.config.line.sockets {
        return Err(full(gate));
    }
    judge::may_listen(gate, room, who)?;
    let standing = websocket::attach(gate, room.id, who.visitor).await?;
    let held = standing.map(|standing| listen::resume(standing, None, listen::counts(gate, room.id)).0);
    let id = gate.hub.reserve(room.id, who.visitor, held).ok_or_else(|| full(gate))?;
    judge::make_way(gate, room, who);
    let place = parts.extensions.remove::<Place>();
    let socket = Socket { gate: gate.clone(), room: room.id, visitor: who.visitor, id, place };
    gate.lifecycle.spawn(socket.run(upgrade, standing));
    let head = [
        (header::UPGRADE, "websocket".to_owned()),
        (header::CONNECTION, "Upgrade".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, head, Body::empty()).into_response())
}

fn full(gate: &Gate) -> Problem {
    ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "full").increment(1);
    Problem::of(TOO_BUSY).retry_after(later(gate))
}

/// When to come back, in seconds: not everybody at once.
fn later(gate: &Gate) -> u64 {
    u64::from(gate.ids.stream().random_range(2_u8..10))
}

fn accept_key(headers: &HeaderMap) -> Option<String> {
    let says = |name, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let asks = says(header::UPGRADE, "websocket")
        && says(header::CONNECTION, "upgrade")
        && says(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks)?;
    Some(derive_accept_key(key.as_bytes()))
}
