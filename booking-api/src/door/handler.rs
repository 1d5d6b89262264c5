//! The calls about doors.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{DoorId, EventId, ScanId, TicketId, TicketRef},
    message::EventBrief,
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Cause, Direction, Door, Passage, Reason, Scan,
    bundle::{self, Bundle},
    close::{self, CloseError},
    open::{self, OpenError},
    scan::{self, ScanError, Scanned},
    store::{Counts, scans::Conflicting},
    watch::{self, Told},
};
use crate::{
    extractors::{AtDoor, Organizer},
    idempotency::{self, Done},
    problems::{NOT_YOURS, UNKNOWN_DOOR, UNKNOWN_EVENT},
    state::Booking,
};

/// The body of `POST /event/{eventId}/door`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenDoor {
    name: String,
    /// For how long.
    hours: i64,
}

/// A door, and what it counted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoorView {
    door_id: DoorId,
    name: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
    #[serde(rename = "in")]
    went_in: i64,
    #[serde(rename = "out")]
    went_out: i64,
    refused: i64,
}

fn view(door: &Door, counts: Counts) -> DoorView {
    DoorView {
        door_id: door.id,
        name: door.name.clone(),
        created_at: door.created_at,
        expires_at: door.expires_at,
        revoked_at: door.revoked_at,
        went_in: counts.went_in,
        went_out: counts.went_out,
        refused: counts.refused,
    }
}

/// `POST /event/{eventId}/door`: opens a door; the answer has the session of those who work at it.
///
/// # Errors
/// A problem.
pub async fn open(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    headers: HeaderMap,
    Json(body): Json<OpenDoor>,
) -> Result<Response, Problem> {
    let key = idempotency::handler::key(&headers, &(event, &body))?;
    // The answer that is kept for the key names the door; its session is signed again each time, and kept nowhere.
    let answer = |door: &Door| Done { status: 201, answer: json!({"doorId": door.id}) };
    let done = idempotency::handler::under_key(&app, organizer.account, key, |run| {
        let (app, by, body) = (&app, &organizer.actor, &body);
        async move { open::open(app, by, event, (&body.name, body.hours), run.as_ref(), answer).await }
    })
    .await?;
    let id = done.answer["doorId"].as_str().and_then(|id| id.parse::<DoorId>().ok());
    let id = id.ok_or_else(|| Problem::of(UNKNOWN_DOOR))?;
    let door = super::store::find(&app.postgres, event, id).await.map_err(|error| internal(&error))?;
    let door = door.ok_or_else(|| Problem::of(UNKNOWN_DOOR))?;
    let token = open::pass(&app, &door);
    let scanner = format!("/ticket/scanner#{token}");
    let answer = json!({
        "doorId": door.id, "name": door.name, "expiresAt": door.expires_at, "token": token, "scanner": scanner,
    });
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// `DELETE /event/{eventId}/door/{doorId}`: closes a door.
///
/// # Errors
/// A problem.
pub async fn close(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((event, door)): Path<(EventId, DoorId)>,
) -> Result<StatusCode, Problem> {
    close::close(&app, &organizer.actor, event, door).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the doors of an event counted.
#[derive(Clone, Debug, Serialize)]
pub struct DoorsView {
    doors: Vec<DoorView>,
    inside: i64,
    conflicts: Vec<ToldView>,
}

/// A conflict in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldView {
    cause: Cause,
    ticket_id: TicketRef,
    place: String,
    scan: PassageView,
    first: Option<PassageView>,
    found_at: DateTime<Utc>,
}

/// Somebody passed a door.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PassageView {
    scan_id: ScanId,
    door: String,
    direction: Direction,
    at: DateTime<Utc>,
}

impl From<Passage> for PassageView {
    fn from(passage: Passage) -> Self {
        let Passage { scan, door, direction, at } = passage;
        Self { scan_id: scan, door, direction, at }
    }
}

/// `GET /event/{eventId}/door`: the doors, what they counted, and what is wrong.
///
/// # Errors
/// A problem.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<DoorsView>, Problem> {
    let doors = watch::doors(&app, organizer.account, event).await?;
    let told = |told: Told| ToldView {
        cause: told.cause,
        ticket_id: TicketRef { event, ticket: told.ticket },
        place: told.place,
        scan: told.late.into(),
        first: told.first.map(Into::into),
        found_at: told.found_at,
    };
    Ok(Json(DoorsView {
        doors: doors.doors.iter().map(|(door, counts)| view(door, *counts)).collect(),
        inside: doors.inside,
        conflicts: doors.conflicts.into_iter().map(told).collect(),
    }))
}

/// The body of `POST /ticket/scan`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scans {
    scans: Vec<ScanBody>,
}

/// One scan.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScanBody {
    scan_id: ScanId,
    code: String,
    direction: Direction,
    /// When the scanner let the person through by itself; absent where it asks whether it may.
    offline_at: Option<DateTime<Utc>>,
}

/// What became of a scan.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScannedView {
    scan_id: ScanId,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_id: Option<TicketRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    direction: Direction,
    at: DateTime<Utc>,
    again: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<PassageView>,
    conflicts: Vec<ConflictView>,
}

/// A conflict of a scan.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictView {
    cause: Cause,
    /// Whether the other scan is the wrong one.
    other_is_wrong: bool,
    with: Option<PassageView>,
}

fn scanned(event: EventId, scanned: Scanned) -> ScannedView {
    let Scanned { told, entry, place, again, is_other, last, conflicts } = scanned;
    let refused = entry.refused.map(Reason::name);
    ScannedView {
        scan_id: told,
        outcome: match (is_other, refused) {
            (false, None) => "passed",
            (true, _) | (false, Some(_)) => "refused",
        },
        reason: if is_other { Some("scanIdReused") } else { refused },
        ticket_id: entry.code.map(|(ticket, _)| TicketRef { event, ticket }),
        place,
        direction: entry.direction,
        at: entry.at,
        again,
        last: last.map(Into::into),
        conflicts: conflicts
            .into_iter()
            .map(|Conflicting { cause, is_late, with }| ConflictView {
                cause,
                other_is_wrong: !is_late,
                with: with.map(Into::into),
            })
            .collect(),
    }
}

/// `POST /ticket/scan`: scans of one door, each judged once.
///
/// # Errors
/// A problem.
pub async fn scan(
    State(app): State<Booking>,
    at: AtDoor,
    Json(body): Json<Scans>,
) -> Result<Json<Value>, Problem> {
    let scans: Vec<Scan> = body
        .scans
        .into_iter()
        .map(|scan| Scan {
            id: scan.scan_id,
            code: scan.code,
            direction: scan.direction,
            offline_at: scan.offline_at,
        })
        .collect();
    let done = scan::scan(&app, at.event, at.door, &scans).await?;
    let results: Vec<_> = done.into_iter().map(|one| scanned(at.event, one)).collect();
    Ok(Json(json!({ "results": results })))
}

/// `GET /ticket/door`: where one works, and what the doors counted.
///
/// # Errors
/// A problem.
pub async fn here(State(app): State<Booking>, at: AtDoor) -> Result<Json<Value>, Problem> {
    let (doors, inside) = watch::counts(&app, at.event).await.map_err(|error| internal(&error))?;
    let doors: Vec<_> = doors.iter().map(|(door, counts)| view(door, *counts)).collect();
    Ok(Json(json!({
        "eventId": at.event, "doorId": at.door, "name": at.name, "doors": doors, "inside": inside,
    })))
}

/// `GET /ticket/bundle`: what a scanner takes along to work without a network.
///
/// # Errors
/// A problem.
pub async fn bundle(State(app): State<Booking>, at: AtDoor) -> Result<Response, Problem> {
    let Bundle { event, revocations, tickets, inside } =
        bundle::bundle(&app, at.event).await.map_err(|error| internal(&error))?;
    let EventBrief { title, venue, city, starts_at, time_zone, .. } = event;
    let tickets: Vec<_> =
        tickets.into_iter().map(|(ticket, serial, place)| (ticket.number(), serial, place)).collect();
    let inside: Vec<_> = inside.into_iter().map(TicketId::number).collect();
    let answer = json!({
        "eventId": at.event, "title": title, "venue": venue, "city": city, "startsAt": starts_at, "timeZone": time_zone,
        "doorId": at.door, "door": at.name, "keys": app.keys.tickets.current().to_jwks(),
        "revocations": revocations.token, "version": revocations.said.version, "more": revocations.more,
        "tickets": tickets, "inside": inside, "at": app.clock.now(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            OpenError::NotYours => Self::of(NOT_YOURS),
            OpenError::Invalid(invalid) => invalid.into(),
            OpenError::Store(error) => internal(&error),
        }
    }
}

impl From<CloseError> for Problem {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::NotYours => Self::of(NOT_YOURS),
            CloseError::Unknown => Self::of(UNKNOWN_DOOR),
            CloseError::Store(error) => internal(&error),
        }
    }
}

impl From<ScanError> for Problem {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Invalid(invalid) => invalid.into(),
            ScanError::Store(error) => internal(&error),
        }
    }
}
