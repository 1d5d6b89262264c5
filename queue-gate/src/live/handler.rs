//! Where one stands: `GET /queue/{roomId}/place` for those who ask, `GET /queue/{roomId}/live` for those who listen.

use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{frame::Frame, id::RoomId};
use hyper::upgrade::OnUpgrade;
use platform::http::{Json, Path, Problem};
use rand::RngExt;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{
    facts, frame,
    hub::Held,
    websocket::{self, Socket},
};
use crate::{
    extractors::Visitor,
    line::{self, handler::unknown},
    metrics,
    problems::{NO_PLACE, NOT_A_WEBSOCKET, TOO_BUSY},
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

/// `GET /queue/{roomId}/live`: opens the socket. What cannot be is refused before it opens, except a missing place: a
/// client may prove one (`{"token": "…"}`) within 5 seconds.
///
/// # Errors
/// 404 for an unknown room, 426 without an upgrade, 503 when the gate is full or the line cannot be asked.
pub async fn live(State(gate): State<Gate>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _body) = request.into_parts();
    let Path(room): Path<RoomId> = Path::from_request_parts(&mut parts, &gate).await?;
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &gate).await;
    gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let accept = accept_key(&parts.headers).ok_or_else(|| Problem::of(NOT_A_WEBSOCKET))?;
    let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or_else(|| Problem::of(NOT_A_WEBSOCKET))?;
    if gate.hub.open() >= gate.config.line.sockets {
        return Err(full(&gate));
    }
    let standing = websocket::attach(&gate, room, visitor.id).await?;
    let seat = gate.hub.enter(room, visitor.id, standing.map(Held::new));
    let (id, notes) = seat.ok_or_else(|| full(&gate))?;
    let socket = Socket { gate: gate.clone(), room, visitor: visitor.id, id, notes };
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
    Problem::of(TOO_BUSY).retry_after(u64::from(gate.ids.stream().random_range(2_u8..10)))
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
