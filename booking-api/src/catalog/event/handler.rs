//! The calls under `/event`, but those about seats.

use axum::{
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::id::EventId;
use platform::http::{
    Json, Path, Problem, Query, internal,
    kinds::{MALFORMED_BODY, NOT_FOUND},
};
use serde::{Deserialize, Serialize};

use super::{
    ChangedEvent, NewEvent,
    create::{self, CreateEventError},
    delete::{self, DeleteEventError},
    import::{self, ImportRow, Outcome, RefusedRow},
    list, overview, table,
    update::{self, UpdateEventError},
    view::{EventView, EventsView, ListedView},
};
use crate::{
    catalog::version::IfMatch,
    cursor,
    extractors::{Organizer, SignedIn, etag, stale_header},
    problems::{EXTERNAL_ID_TAKEN, IN_USE, NOT_YOURS, WRONG_EVENT_STATE},
    seat::{availability, pretix::PlanFile},
    state::Booking,
};

/// The query of `GET /event/{eventId}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FromTicket {
    ticket_cursor: Option<u32>,
}

/// The query of `GET /event`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    before: Option<EventId>,
}

/// The body of `POST /event/import`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    rows: Vec<serde_json::Value>,
}

/// What became of an import.
#[derive(Debug, Serialize)]
pub struct ImportView {
    rows: Vec<ImportedView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ImportedView {
    row: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<serde_json::Value>,
}

/// `POST /event`: makes an event with all its tickets.
///
/// # Errors
/// `invalid-body`, `external-id-taken`.
pub async fn create(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(new): Json<NewEvent>,
) -> Result<Response, Problem> {
    let event = create::create(&app, &organizer.actor, &new).await?;
    let seen = overview::overview(&app, event, Some(organizer.account)).await?;
    let place = [(header::LOCATION, format!("/event/{event}"))];
    let tag = etag(seen.detail.event.version);
    Ok((StatusCode::CREATED, place, tag, Json(EventView::new(&seen, 0))).into_response())
}

/// `GET /event?before=`: the organizer's events, the newest made first.
///
/// # Errors
/// `invalid-parameter`, `not-permitted`.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Query(Before { before }): Query<Before>,
) -> Result<Json<EventsView>, Problem> {
    let found = list::list(&app, organizer.account, &organizer.scope, before).await;
    let found = found.map_err(|error| internal(&error))?;
    let next = cursor::go_on(&found, list::PAGE).map(|last| format!("/event?before={}", last.id));
    Ok(Json(EventsView { events: found.into_iter().map(ListedView::from).collect(), next }))
}

/// `GET /event/{eventId}`: the event, and tickets of it that can be had.
///
/// # Errors
/// `not-found`, `unavailable`.
pub async fn read(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    Path(event): Path<EventId>,
    Query(query): Query<FromTicket>,
) -> Result<Response, Problem> {
    let overview = overview::overview(&app, event, somebody.map(|fan| fan.account)).await?;
    let view = EventView::new(&overview, query.ticket_cursor.unwrap_or_default());
    let tag = etag(overview.detail.event.version);
    let mut answer = ([(header::CACHE_CONTROL, "no-store")], tag, Json(view)).into_response();
    answer.headers_mut().extend(stale_header(overview.stale));
    Ok(answer)
}

/// `PUT /event/{eventId}`: says everything about it anew, but its tickets.
///
/// # Errors
/// `not-found`, `not-yours`, `invalid-body`, `external-id-taken`, `version-unmatched`, `wrong-event-state`.
pub async fn update(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    expected: IfMatch,
    Json(changed): Json<ChangedEvent>,
) -> Result<Response, Problem> {
    update::update(&app, &organizer.actor, event, &changed, &expected).await?;
    let seen = overview::overview(&app, event, Some(organizer.account)).await?;
    Ok((etag(seen.detail.event.version), Json(EventView::new(&seen, 0))).into_response())
}

/// `DELETE /event/{eventId}`.
///
/// # Errors
/// `not-found`, `not-yours`, `in-use`, `version-unmatched`.
pub async fn delete(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    delete::delete(&app, &organizer.actor, event, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /event/import`: events with their venues and performers, by their external ids. A row that is refused stops
/// no other. As JSON, or as a table (`text/csv`).
///
/// # Errors
/// `malformed-body` for what is no table, `invalid-body` for more rows than one call takes. What is wrong with a row stands in the answer.
pub async fn import(
    State(app): State<Booking>,
    organizer: Organizer,
    request: Request,
) -> Result<Json<ImportView>, Problem> {
    let rows = rows(request).await?.into_iter();
    let rows = rows.map(|row| ImportRow::deserialize(row?).map_err(|error| error.to_string()));
    let done = import::import(&app, &organizer.actor, rows.collect()).await?;
    let rows = done.into_iter().enumerate().map(|(row, done)| {
        let outcome = done.as_ref().map_or("refused", Outcome::name);
        match done {
            Ok(outcome_of) => {
                ImportedView { row, outcome, event_id: Some(outcome_of.event()), problem: None }
            }
            Err(refused) => {
                ImportedView { row, outcome, event_id: None, problem: Some(Problem::from(refused).body()) }
            }
        }
    });
    Ok(Json(ImportView { rows: rows.collect() }))
}

/// The rows of a body, by what it is said to be.
async fn rows(request: Request) -> Result<Vec<Result<serde_json::Value, String>>, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/csv")) {
        let Json(asked) = Json::<Import>::from_request(request, &()).await?;
        return Ok(asked.rows.into_iter().map(Ok).collect());
    }
    let bad = |why: String| Problem::of(MALFORMED_BODY).detail(why);
    let text = String::from_request(request, &()).await.map_err(|error| bad(error.to_string()))?;
    table::rows(&text).map_err(|error| bad(error.to_string()))
}

/// `GET /event/{eventId}/seating-plan`: its seats in the format of pretix.
///
/// # Errors
/// `not-found`, `not-yours`.
pub async fn seating_plan(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<PlanFile>, Problem> {
    let detail = overview::detail(&app, event, Some(organizer.account)).await?.value;
    if detail.event.owner != organizer.account {
        return Err(Problem::of(NOT_YOURS));
    }
    let layout = availability::layout(&app, event).await?;
    Ok(Json(PlanFile::of(&layout, &detail.venue.facts.name)))
}

impl From<RefusedRow> for Problem {
    fn from(refused: RefusedRow) -> Self {
        match refused {
            RefusedRow::Unreadable(detail) => Self::of(platform::http::kinds::INVALID_BODY).detail(detail),
            RefusedRow::Invalid(invalid) => invalid.into(),
            RefusedRow::Store(error) => internal(&error),
        }
    }
}

impl From<CreateEventError> for Problem {
    fn from(error: CreateEventError) -> Self {
        match error {
            CreateEventError::Invalid(invalid) => invalid.into(),
            CreateEventError::ExternalIdTaken => Self::of(EXTERNAL_ID_TAKEN),
            CreateEventError::Store(error) => internal(&error),
        }
    }
}

impl From<UpdateEventError> for Problem {
    fn from(error: UpdateEventError) -> Self {
        match error {
            UpdateEventError::Invalid(invalid) => invalid.into(),
            UpdateEventError::Unknown => Self::of(NOT_FOUND),
            UpdateEventError::NotYours => Self::of(NOT_YOURS),
            UpdateEventError::ExternalIdTaken => Self::of(EXTERNAL_ID_TAKEN),
            UpdateEventError::WrongState { from, .. } => {
                Self::of(WRONG_EVENT_STATE).detail(error.to_string()).with("state", from)
            }
            UpdateEventError::Unmatched(unmatched) => unmatched.into(),
            UpdateEventError::Store(error) => internal(&error),
        }
    }
}

impl From<DeleteEventError> for Problem {
    fn from(error: DeleteEventError) -> Self {
        match error {
            DeleteEventError::Unknown => Self::of(NOT_FOUND),
            DeleteEventError::NotYours => Self::of(NOT_YOURS),
            DeleteEventError::InUse => Self::of(IN_USE)
                .detail("Tickets of this event were ordered, or it was called off: it stays, and can only be cancelled."),
            DeleteEventError::Unmatched(unmatched) => unmatched.into(),
            DeleteEventError::Store(error) => internal(&error),
        }
    }
}
