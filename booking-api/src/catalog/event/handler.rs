//! The calls under `/event`, but those about seats.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::id::EventId;
use platform::http::{Json, Path, Problem, Query, internal, kinds::NOT_FOUND};
use serde::{Deserialize, Serialize};

use super::{
    ChangedEvent, NewEvent,
    create::{self, CreateEventError},
    delete::{self, DeleteEventError},
    import::{self, ImportRow, Outcome, RefusedRow},
    overview,
    update::{self, UpdateEventError},
    view::EventView,
};
use crate::{
    extractors::Organizer,
    problems::{EXTERNAL_ID_TAKEN, IN_USE, NOT_YOURS},
    state::Booking,
};

/// The query of `GET /event/{eventId}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FromTicket {
    ticket_cursor: Option<u32>,
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
    let event = create::create(&app, organizer.account, &new).await?;
    let view = EventView::new(&overview::overview(&app, event).await?, 0);
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/event/{event}"))], Json(view)).into_response())
}

/// `GET /event/{eventId}`: the event, and tickets of it that can be had.
///
/// # Errors
/// `not-found`, `unavailable`.
pub async fn read(
    State(app): State<Booking>,
    Path(event): Path<EventId>,
    Query(query): Query<FromTicket>,
) -> Result<Response, Problem> {
    let overview = overview::overview(&app, event).await?;
    let view = EventView::new(&overview, query.ticket_cursor.unwrap_or_default());
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// `PUT /event/{eventId}`: says everything about it anew, but its tickets.
///
/// # Errors
/// `not-found`, `not-yours`, `invalid-body`, `external-id-taken`.
pub async fn update(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Json(changed): Json<ChangedEvent>,
) -> Result<Json<EventView>, Problem> {
    update::update(&app, organizer.account, event, &changed).await?;
    Ok(Json(EventView::new(&overview::overview(&app, event).await?, 0)))
}

/// `DELETE /event/{eventId}`.
///
/// # Errors
/// `not-found`, `not-yours`, `in-use`.
pub async fn delete(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<StatusCode, Problem> {
    delete::delete(&app, organizer.account, event).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /event/import`: events with their venues and performers, by their external ids. A row that is refused stops
/// no other.
///
/// # Errors
/// `invalid-body` for more rows than one call takes. What is wrong with a row stands in the answer.
pub async fn import(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(asked): Json<Import>,
) -> Result<Json<ImportView>, Problem> {
    let rows =
        asked.rows.into_iter().map(|row| ImportRow::deserialize(row).map_err(|error| error.to_string()));
    let done = import::import(&app, organizer.account, rows.collect()).await?;
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
                .detail("Tickets of this event were ordered: cancel it instead, with its state."),
            DeleteEventError::Store(error) => internal(&error),
        }
    }
}
