//! `/room/{roomId}/beacon` for the organizer; `/queue/{roomId}/draw…` for everybody.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use contracts::{id::RoomId, lobby::PlaceId};
use futures_util::stream;
use platform::http::{Json, Path, Problem, Query, internal};
use serde::Deserialize;

use super::{
    LINES,
    known::Drawn,
    published::{self, Published, Receipt},
    reveal,
};
use crate::{
    extractors::{Organizer, Visitor},
    line::handler::unknown,
    problems::{LIST_OPEN, NO_DRAW, NO_PLACE},
    room::Room,
    state::Gate,
};

/// The body of `POST /room/{roomId}/beacon`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Beacon {
    value: String,
}

/// The query of `GET /queue/{roomId}/draw/entries`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sorted {
    #[serde(default)]
    order: By,
}

/// In which order the list is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum By {
    /// By place id, as its digest is computed.
    #[default]
    Id,
    /// As it was drawn.
    Rank,
}

/// `POST /room/{roomId}/beacon`: what the named public value turned out to be, once.
///
/// # Errors
/// 422 where none was named, or one was said before.
pub async fn beacon(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Json(asked): Json<Beacon>,
) -> Result<Json<Published>, Problem> {
    reveal::give(&gate, id, organizer.acting(), &asked.value).await?;
    show(State(gate), Path(id)).await
}

/// `GET /queue/{roomId}/draw`: all that is published of the draw.
///
/// # Errors
/// 404 where the room is unknown or has no draw.
pub async fn show(State(gate): State<Gate>, Path(id): Path<RoomId>) -> Result<Json<Published>, Problem> {
    gate.rooms.get(id).ok_or_else(|| unknown(&gate))?;
    let published = published::published(&gate, id).await.map_err(|error| internal(&error))?;
    published.map(Json).ok_or_else(|| Problem::of(NO_DRAW))
}

/// `GET /queue/{roomId}/draw/receipt`: where one's own entry stands.
///
/// # Errors
/// 404 where the visitor is not in the draw, 409 while the list is open.
pub async fn receipt(
    State(gate): State<Gate>,
    visitor: Visitor,
    Path(id): Path<RoomId>,
) -> Result<Json<Receipt>, Problem> {
    let (room, _) = list(&gate, id).await?;
    let place = PlaceId::of(id, visitor.id, &gate.keys.secret);
    let receipt = published::receipt(&gate, &room, place).await.map_err(|error| internal(&error))?;
    receipt.map(Json).ok_or_else(|| Problem::of(NO_PLACE))
}

/// `GET /queue/{roomId}/draw/entries?order=`: the list, a place id a line, by id or as drawn.
///
/// # Errors
/// 404 where there is no draw, 409 while the list is open or not drawn.
pub async fn entries(
    State(gate): State<Gate>,
    Path(id): Path<RoomId>,
    Query(Sorted { order }): Query<Sorted>,
) -> Result<Response, Problem> {
    let (_, drawn) = list(&gate, id).await?;
    if order == By::Rank && !drawn.is_drawn() {
        return Err(Problem::of(LIST_OPEN).detail("Nothing is drawn yet.").retry_after(5));
    }
    let parts = (0..drawn.list.len()).step_by(LINES).map(move |first| {
        let text = match order {
            By::Id => drawn.by_id(first, LINES),
            By::Rank => drawn.by_rank(first, LINES),
        };
        Ok::<_, std::convert::Infallible>(text)
    });
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(([kind], Body::from_stream(stream::iter(parts))).into_response())
}

async fn list(gate: &Gate, id: RoomId) -> Result<(Arc<Room>, Arc<Drawn>), Problem> {
    let room = gate.rooms.get(id).ok_or_else(|| unknown(gate))?;
    if room.policy.order.draw().is_none() {
        return Err(Problem::of(NO_DRAW));
    }
    let list = gate.draws.list(gate, id).await.map_err(|error| internal(&error))?;
    Ok((room, list.ok_or_else(|| Problem::of(LIST_OPEN).retry_after(5))?))
}
