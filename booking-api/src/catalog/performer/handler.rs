//! The calls under `/performer`.

use axum::{extract::State, http::StatusCode};
use contracts::id::PerformerId;
use platform::http::{Json, Path, Problem, internal, kinds::NOT_FOUND};
use serde::Serialize;

use super::{
    PerformerFacts,
    delete::{self, DeletePerformerError},
    put::{self, PutPerformerError},
    store,
};
use crate::{
    catalog::Put,
    extractors::Organizer,
    problems::{EXTERNAL_ID_TAKEN, IN_USE, NOT_YOURS},
    state::Booking,
};

/// A performer as everybody sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PerformerView {
    performer_id: PerformerId,
    #[serde(flatten)]
    facts: PerformerFacts,
}

/// `POST /performer`: makes a performer, or changes the one with the same `externalId`.
///
/// # Errors
/// `invalid-body`.
pub async fn create(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(facts): Json<PerformerFacts>,
) -> Result<(StatusCode, Json<PerformerView>), Problem> {
    let put = put::create(&app, organizer.account, &facts).await?;
    let status = if matches!(put, Put::Created(_)) { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(PerformerView { performer_id: put.id(), facts })))
}

/// `GET /performer/{performerId}`.
///
/// # Errors
/// `not-found`.
pub async fn read(
    State(app): State<Booking>,
    Path(id): Path<PerformerId>,
) -> Result<Json<PerformerView>, Problem> {
    let performer = store::find(&app.catalog, id).await.map_err(|error| internal(&error))?;
    let performer = performer.ok_or_else(|| Problem::of(NOT_FOUND))?;
    Ok(Json(PerformerView { performer_id: performer.id, facts: performer.facts }))
}

/// `PUT /performer/{performerId}`: says everything about it anew.
///
/// # Errors
/// `not-found`, `not-yours`, `invalid-body`, `external-id-taken`.
pub async fn update(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<PerformerId>,
    Json(facts): Json<PerformerFacts>,
) -> Result<Json<PerformerView>, Problem> {
    put::update(&app, organizer.account, id, &facts).await?;
    Ok(Json(PerformerView { performer_id: id, facts }))
}

/// `DELETE /performer/{performerId}`.
///
/// # Errors
/// `not-found`, `not-yours`, `in-use`.
pub async fn delete(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<PerformerId>,
) -> Result<StatusCode, Problem> {
    delete::delete(&app, organizer.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PutPerformerError> for Problem {
    fn from(error: PutPerformerError) -> Self {
        match error {
            PutPerformerError::Invalid(invalid) => invalid.into(),
            PutPerformerError::Unknown => Self::of(NOT_FOUND),
            PutPerformerError::NotYours => Self::of(NOT_YOURS),
            PutPerformerError::ExternalIdTaken => Self::of(EXTERNAL_ID_TAKEN),
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
            DeletePerformerError::Store(error) => internal(&error),
        }
    }
}
