//! `/room/{roomId}/log…` for the organizer, `/queue/{roomId}/log` for everybody.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use contracts::id::RoomId;
use futures_util::stream;
use platform::{
    http::{Json, Path, Problem, Query, internal},
    postgres::StoreError,
};
use serde::{Deserialize, Serialize};

use super::{Chain, LogEntry, own, public, store};
use crate::{extractors::Organizer, line::handler::unknown, state::Gate};

/// How many entries the export reads at a time.
const PAGE: i64 = 5000;
/// The names of the export's columns.
const COLUMNS: &str = "entry,at,micros,actor,kind,detail,hash\n";

/// The query of `GET /room/{roomId}/log`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    #[serde(default)]
    after: i64,
}

/// Entries of a log, oldest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    entries: Vec<LogEntry>,
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
    Ok(Json(Log { entries: super::log(&gate, id, organizer.id, after).await? }))
}

/// `GET /room/{roomId}/log/chain`: whether the log is as it was written.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn chain(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<Chain>, Problem> {
    Ok(Json(super::verify(&gate, id, organizer.id).await?))
}

/// `GET /room/{roomId}/log.csv`: the whole log, read page by page while it is sent.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn csv(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Response, Problem> {
    let room = own(&gate, id, organizer.id).await?;
    let pages = stream::try_unfold((gate, 0), move |(gate, after)| async move {
        let page = store::csv(&gate.postgres, room, after, PAGE).await?;
        Ok::<_, StoreError>(page.map(|(last, lines)| (Bytes::from(lines), (gate, last))))
    });
    let head = stream::once(async { Ok(Bytes::from_static(COLUMNS.as_bytes())) });
    let body = Body::from_stream(futures_util::StreamExt::chain(head, pages));
    let fields = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"log-{room}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((fields, body).into_response())
}

/// `GET /queue/{roomId}/log`: what happened to the line, for everybody.
///
/// # Errors
/// 404 for an unknown room.
pub async fn told(State(gate): State<Gate>, Path(id): Path<RoomId>) -> Result<Response, Problem> {
    let room = gate.rooms.get(id).ok_or_else(|| unknown(&gate))?;
    let log = public::public(&gate, &room).await.map_err(|error| internal(&error))?;
    Ok(([(header::CACHE_CONTROL, "public, max-age=2")], Json(&*log)).into_response())
}
