//! The calls under `/performer`.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::id::PerformerId;
use platform::http::{Json, Path, Problem, Query, internal, kinds::NOT_FOUND};
use serde::{Deserialize, Serialize};

use super::{
    PerformerFacts,
    delete::{self, DeletePerformerError},
    put::{self, PutPerformerError},
    store,
};
use crate::{
    catalog::{
        Put,
        version::{FIRST, IfMatch},
    },
    cursor,
    extractors::{Organizer, etag},
    problems::{EXTERNAL_ID_TAKEN, IN_USE, NOT_YOURS},
    state::Booking,
};

/// The most performers in one answer.
const PAGE: i64 = 100;

/// A performer as everybody sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PerformerView {
    performer_id: PerformerId,
    #[serde(flatten)]
    facts: PerformerFacts,
}

/// The query of `GET /performer`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    before: Option<PerformerId>,
}

/// What `GET /performer` answers.
#[derive(Debug, Serialize)]
pub struct PerformersView {
    performers: Vec<PerformerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /performer?before=`: the organizer's performers, the newest made first.
///
/// # Errors
/// `invalid-parameter`, `not-permitted`.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Query(Before { before }): Query<Before>,
) -> Result<Json<PerformersView>, Problem> {
    let found = store::of_organizer(&app.postgres, organizer.account, before, PAGE).await;
    let found = found.map_err(|error| internal(&error))?;
    let next = cursor::go_on(&found, PAGE).map(|last| format!("/performer?before={}", last.id));
    let performers =
        found.into_iter().map(|one| PerformerView { performer_id: one.id, facts: one.facts }).collect();
    Ok(Json(PerformersView { performers, next }))
}

/// `POST /performer`: makes a performer, or changes the one with the same `externalId`.
///
/// # Errors
/// `invalid-body`.
pub async fn create(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(facts): Json<PerformerFacts>,
) -> Result<Response, Problem> {
    let put = put::create(&app, &organizer.actor, &facts).await?;
    let status = if matches!(put, Put::Created(_)) { StatusCode::CREATED } else { StatusCode::OK };
    let version = matches!(put, Put::Created(_)).then(|| etag(FIRST));
    let mut answer = (status, Json(PerformerView { performer_id: put.id(), facts })).into_response();
    if let Some([(name, value)]) = version {
        answer.headers_mut().extend(value.parse().ok().map(|value| (name, value)));
    }
    Ok(answer)
}

/// `GET /performer/{performerId}`.
///
/// # Errors
/// `not-found`.
pub async fn read(State(app): State<Booking>, Path(id): Path<PerformerId>) -> Result<Response, Problem> {
    let performer = store::find(&app.catalog, id).await.map_err(|error| internal(&error))?;
    let performer = performer.ok_or_else(|| Problem::of(NOT_FOUND))?;
    let view = PerformerView { performer_id: performer.id, facts: performer.facts };
    Ok((etag(performer.version), Json(view)).into_response())
}

/// `PUT /performer/{performerId}`: says everything about it anew.
///
/// # Errors
/// `not-found`, `not-yours`, `invalid-body`, `external-id-taken`, `version-unmatched`.
pub async fn update(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<PerformerId>,
    expected: IfMatch,
    Json(facts): Json<PerformerFacts>,
) -> Result<Response, Problem> {
    let version = put::update(&app, &organizer.actor, id, &facts, &expected).await?;
    Ok((etag(version), Json(PerformerView { performer_id: id, facts })).into_response())
}

/// `DELETE /performer/{performerId}`.
///
/// # Errors
/// `not-found`, `not-yours`, `in-use`, `version-unmatched`.
pub async fn delete(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<PerformerId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    delete::delete(&app, &organizer.actor, id, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PutPerformerError> for Problem {
    fn from(error: PutPerformerError) -> Self {
        match error {
            PutPerformerError::Invalid(invalid) => invalid.into(),
            PutPerformerError::Unknown => Self::of(NOT_FOUND),
            PutPerformerError::NotYours => Self::of(NOT_YOURS),
            PutPerformerError::ExternalIdTaken => Self::of(EXTERNAL_ID_TAKEN),
            PutPerformerError::Unmatched(unmatched) => unmatched.into(),
            PutPerformerError::Store(error) => internal(&error),
        }
    }
}

impl From<DeletePerformerError> for Problem {
    fn from(error: DeletePerformerError) -> Self {
        match error {
            DeletePerformerError::Unknown => Self::of(NOT_FOUND),
            DeletePerformerError::NotYours => Self::of(NOT_YOURS),
            DeletePerformerError::InUse => Self::of(IN_USE).detail("Events name this performer."),
            DeletePerformerError::Unmatched(unmatched) => unmatched.into(),
            DeletePerformerError::Store(error) => internal(&error),
        }
    }
}
