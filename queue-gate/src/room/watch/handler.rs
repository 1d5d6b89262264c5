//! `/room/{roomId}/live`, as one answer and as a stream, and `/room/{roomId}/history`, as JSON and as CSV.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, State},
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::id::RoomId;
use futures_util::stream;
use platform::http::{Json, Path, Problem, Query, internal};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{
    Live, live,
    store::{self, Minute},
};
use crate::{
    account::key,
    extractors::Organizer,
    gateway::handler::Client,
    problems::UNKNOWN_ROOM,
    room::{Room, log::own},
    state::Gate,
};

/// How often a stream tells.
const EVERY: Duration = Duration::from_secs(1);
/// How long a stream goes on before the browser asks again, so that it is spread anew over the gates.
const LASTS: Duration = Duration::from_mins(15);
/// The most minutes in one answer: a day and an hour.
const MINUTES: i64 = 1500;

/// The query of `GET /room/{roomId}/history`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<DateTime<Utc>>,
}

/// Minutes, oldest first.
#[derive(Debug, Serialize)]
pub struct History {
    minutes: Vec<Minute>,
}

/// `GET /room/{roomId}/live`: the room's numbers of this second.
///
/// # Errors
/// 404 where it is none of the caller's.
pub async fn now(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<Live>, Problem> {
    let room = known(&gate, &organizer, id)?;
    Ok(Json(live(&gate, &room).await.map_err(|error| internal(&error))?))
}

/// `GET /room/{roomId}/live/stream`: the same once a second, as server-sent events, for as long as the caller may see
/// them: before each it is asked again whether they may, by a session that goes on, a role that they still have, or a key that was
/// not revoked.
///
/// # Errors
/// 404 where it is none of the caller's.
pub async fn stream(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    asked: Parts,
) -> Result<Response, Problem> {
    known(&gate, &organizer, id)?;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (ends, stopping) = (Instant::now() + LASTS, gate.lifecycle.stopping());
    let events = stream::unfold((gate, ticks, asked), move |(gate, mut ticks, mut asked)| {
        let stopping = stopping.clone();
        async move {
            stopping.run_until_cancelled(ticks.tick()).await?;
            let room = gate.rooms.get(id).filter(|_| Instant::now() < ends)?;
            let presented: Option<key::Presented> = asked.extensions.get().cloned();
            let client = Client::of(&asked.extensions).0;
            key::again(&gate, client, presented.as_ref(), &mut asked.headers).await.ok()?;
            let still = Organizer::from_request_parts(&mut asked, &gate).await.ok()?;
            known(&gate, &still, id).ok()?;
            let event = event(&gate, &room).await;
            Some((Ok::<_, std::convert::Infallible>(Bytes::from(event)), (gate, ticks, asked)))
        }
    });
    let fields = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((fields, Body::from_stream(events)).into_response())
}

/// One event: the numbers, or that they cannot be told at the moment.
async fn event(gate: &Gate, room: &Room) -> String {
    match live(gate, room).await.map(|live| serde_json::to_string(&live)) {
        Ok(Ok(text)) => format!("event: live\ndata: {text}\n\n"),
        Ok(Err(_)) | Err(_) => "event: away\ndata: {}\n\n".to_owned(),
    }
}

/// `GET /room/{roomId}/history?after=`: the room's minutes, at most 1,500.
///
/// # Errors
/// 404 where it is none of the caller's.
pub async fn history(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Query(After { after }): Query<After>,
) -> Result<Json<History>, Problem> {
    Ok(Json(History { minutes: minutes(&gate, organizer, id, after).await? }))
}

/// `GET /room/{roomId}/history.csv?after=`: the same as CSV.
///
/// # Errors
/// 404 where it is none of the caller's.
pub async fn csv(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    let mut text =
        String::from("minute,state,waiting,away,called,active,admitted,noShows,target,waitP50,waitP90\n");
    for minute in minutes(&gate, organizer, id, after).await? {
        text.push_str(&line(&minute));
    }
    let fields = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"history-{id}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((fields, text).into_response())
}

fn line(minute: &Minute) -> String {
    let whole = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let seconds = |value: Option<f64>| value.map(|value| format!("{value:.1}")).unwrap_or_default();
    let fields = [
        minute.minute.to_rfc3339(),
        minute.state.clone(),
        whole(minute.waiting),
        whole(minute.away),
        minute.called.to_string(),
        minute.active.to_string(),
        minute.admitted.to_string(),
        minute.no_shows.to_string(),
        minute.target.to_string(),
        seconds(minute.wait_p50),
        seconds(minute.wait_p90),
    ];
    fields.join(",") + "\n"
}

async fn minutes(
    gate: &Gate,
    organizer: Organizer,
    id: RoomId,
    after: Option<DateTime<Utc>>,
) -> Result<Vec<Minute>, Problem> {
    let room = own(gate, id, organizer.id).await?;
    // PostgreSQL knows fewer years than a client may write; no minute is older than this one.
    let after = after.unwrap_or_default().max(DateTime::UNIX_EPOCH);
    store::minutes(&gate.postgres, room, after, MINUTES).await.map_err(|error| internal(&error))
}

/// The room as this gate sees it, if it is the organizer's.
fn known(gate: &Gate, organizer: &Organizer, id: RoomId) -> Result<Arc<Room>, Problem> {
    let room = gate.rooms.get(id).filter(|room| room.owner == organizer.id);
    room.ok_or_else(|| Problem::of(UNKNOWN_ROOM))
}
