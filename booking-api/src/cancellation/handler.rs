//! The calls about calling an event off.

use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId},
    money::Money,
};
use platform::http::{Json, Path, Problem, internal, kinds::NOT_FOUND};
use serde::{Deserialize, Serialize};

use super::{
    find,
    start::{self, CancelEventError},
};
use crate::{extractors::Organizer, invalid::Checks, problems::NOT_YOURS, state::Booking};

/// The body of `POST /event/{eventId}/cancel`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    /// Why, in words for the fans.
    reason: String,
}

/// How far the refunds are.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancellationView {
    event_id: EventId,
    reason: String,
    cancelled_at: DateTime<Utc>,
    is_done: bool,
    open: i64,
    disputed: i64,
    pending: i64,
    refunded: i64,
    refused: i64,
    given_back: Money,
    owed: Money,
}

/// `POST /event/{eventId}/cancel`: calls the event off and refunds everybody.
///
/// # Errors
/// A problem.
pub async fn cancel(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Json(body): Json<CancelBody>,
) -> Result<(StatusCode, Json<CancellationView>), Problem> {
    let mut checks = Checks::default();
    checks.text(&body.reason, 400, "/reason");
    checks.done()?;
    start::start(&app, &organizer.actor, event, &body.reason).await?;
    Ok((StatusCode::ACCEPTED, Json(look(&app, organizer.account, event).await?)))
}

/// `GET /event/{eventId}/cancel`: how far the refunds are.
///
/// # Errors
/// A problem.
pub async fn progress(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<CancellationView>, Problem> {
    Ok(Json(look(&app, organizer.account, event).await?))
}

async fn look(app: &Booking, organizer: AccountId, event: EventId) -> Result<CancellationView, Problem> {
    let (of, progress) = find::find(app, organizer, event).await?;
    Ok(CancellationView {
        event_id: event,
        reason: of.reason,
        cancelled_at: of.at,
        is_done: progress.is_done(),
        open: progress.open,
        disputed: progress.disputed,
        pending: progress.pending,
        refunded: progress.done,
        refused: progress.refused,
        given_back: progress.given_back,
        owed: progress.owed,
    })
}

impl From<CancelEventError> for Problem {
    fn from(error: CancelEventError) -> Self {
        match error {
            CancelEventError::Unknown => Self::of(NOT_FOUND),
            CancelEventError::NotYours => Self::of(NOT_YOURS),
            CancelEventError::Store(error) => internal(&error),
        }
    }
}
