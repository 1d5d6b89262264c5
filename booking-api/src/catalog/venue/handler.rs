//! The calls under `/venue`.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::id::VenueId;
use platform::http::{Json, Path, Problem, Query, internal, kinds::NOT_FOUND};
use serde::{Deserialize, Serialize};

use super::{
    VenueFacts,
    delete::{self, DeleteVenueError},
    put::{self, PutVenueError},
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

/// The most venues in one answer.
const PAGE: i64 = 100;

/// A venue as everybody sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VenueView {
    venue_id: VenueId,
    #[serde(flatten)]
    facts: VenueFacts,
}

/// The query of `GET /venue`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    before: Option<VenueId>,
}

/// What `GET /venue` answers.
#[derive(Debug, Serialize)]
pub struct VenuesView {
    venues: Vec<VenueView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /venue?before=`: the organizer's venues, the newest made first.
///
/// # Errors
/// `invalid-parameter`, `not-permitted`.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Query(Before { before }): Query<Before>,
) -> Result<Json<VenuesView>, Problem> {
    let found = store::of_organizer(&app.postgres, organizer.account, before, PAGE).await;
    let found = found.map_err(|error| internal(&error))?;
    let next = cursor::go_on(&found, PAGE).map(|last| format!("/venue?before={}", last.id));
    let venues = found.into_iter().map(|one| VenueView { venue_id: one.id, facts: one.facts }).collect();
    Ok(Json(VenuesView { venues, next }))
}

/// `POST /venue`: makes a venue, or changes the one with the same `externalId`.
///
/// # Errors
/// `invalid-body`.
pub async fn create(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(facts): Json<VenueFacts>,
) -> Result<Response, Problem> {
    let put = put::create(&app, &organizer.actor, &facts).await?;
    let status = if matches!(put, Put::Created(_)) { StatusCode::CREATED } else { StatusCode::OK };
    let version = matches!(put, Put::Created(_)).then(|| etag(FIRST));
    let mut answer = (status, Json(VenueView { venue_id: put.id(), facts })).into_response();
    if let Some([(name, value)]) = version {
        answer.headers_mut().extend(value.parse().ok().map(|value| (name, value)));
    }
    Ok(answer)
}

/// `GET /venue/{venueId}`.
///
/// # Errors
/// `not-found`.
pub async fn read(State(app): State<Booking>, Path(id): Path<VenueId>) -> Result<Response, Problem> {
    let venue = store::find(&app.catalog, id).await.map_err(|error| internal(&error))?;
    let venue = venue.ok_or_else(|| Problem::of(NOT_FOUND))?;
    let view = VenueView { venue_id: venue.id, facts: venue.facts };
    Ok((etag(venue.version), Json(view)).into_response())
}

/// `PUT /venue/{venueId}`: says everything about it anew.
///
/// # Errors
/// `not-found`, `not-yours`, `invalid-body`, `external-id-taken`, `version-unmatched`.
pub async fn update(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<VenueId>,
    expected: IfMatch,
    Json(facts): Json<VenueFacts>,
) -> Result<Response, Problem> {
    let version = put::update(&app, &organizer.actor, id, &facts, &expected).await?;
    Ok((etag(version), Json(VenueView { venue_id: id, facts })).into_response())
}

/// `DELETE /venue/{venueId}`.
///
/// # Errors
/// `not-found`, `not-yours`, `in-use`, `version-unmatched`.
pub async fn delete(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<VenueId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    delete::delete(&app, &organizer.actor, id, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PutVenueError> for Problem {
    fn from(error: PutVenueError) -> Self {
        match error {
            PutVenueError::Invalid(invalid) => invalid.into(),
            PutVenueError::Unknown => Self::of(NOT_FOUND),
            PutVenueError::NotYours => Self::of(NOT_YOURS),
            PutVenueError::ExternalIdTaken => Self::of(EXTERNAL_ID_TAKEN),
            PutVenueError::Unmatched(unmatched) => unmatched.into(),
            PutVenueError::Store(error) => internal(&error),
        }
    }
}

impl From<DeleteVenueError> for Problem {
    fn from(error: DeleteVenueError) -> Self {
        match error {
            DeleteVenueError::Unknown => Self::of(NOT_FOUND),
            DeleteVenueError::NotYours => Self::of(NOT_YOURS),
            DeleteVenueError::InUse => Self::of(IN_USE).detail("Events take place at this venue."),
            DeleteVenueError::Unmatched(unmatched) => unmatched.into(),
            DeleteVenueError::Store(error) => internal(&error),
        }
    }
}
