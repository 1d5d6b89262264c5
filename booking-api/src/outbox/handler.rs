//! The calls about mails that did not go out.

use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use contracts::id::{EventId, MessageId};
use platform::http::{Json, Path, Problem, Query, internal};
use serde::{Deserialize, Serialize};

use super::letter::{self, Letter, LetterError, PAGE};
use crate::{extractors::Organizer, problems::UNKNOWN_MAIL, state::Booking};

/// A mail that was set aside.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LetterView {
    message_id: MessageId,
    kind: String,
    to: Option<String>,
    created_at: DateTime<Utc>,
    attempts: i32,
    given_up_at: DateTime<Utc>,
    error: Option<String>,
}

impl From<Letter> for LetterView {
    fn from(letter: Letter) -> Self {
        let Letter { id, kind, to, created_at, attempts, given_up_at, error } = letter;
        Self { message_id: id, kind, to, created_at, attempts, given_up_at, error }
    }
}

/// Mails, the oldest first.
#[derive(Clone, Debug, Serialize)]
pub struct Letters {
    mails: Vec<LetterView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The query of `GET /event/{eventId}/mail`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<MessageId>,
}

/// `GET /event/{eventId}/mail`: the mails about the event that were set aside, the oldest first, 100 at a time.
///
/// # Errors
/// A problem.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Query(query): Query<After>,
) -> Result<Json<Letters>, Problem> {
    let found = letter::list(&app, organizer.account, event, query.after).await?;
    let is_full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= PAGE;
    let next = found.last().filter(|_| is_full).map(|last| format!("/event/{event}/mail?after={}", last.id));
    Ok(Json(Letters { mails: found.into_iter().map(LetterView::from).collect(), next }))
}

/// `POST /event/{eventId}/mail/{messageId}/retry`: sends one of them again.
///
/// # Errors
/// A problem.
pub async fn again(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((event, id)): Path<(EventId, MessageId)>,
) -> Result<StatusCode, Problem> {
    letter::again(&app, &organizer.actor, event, id).await?;
    Ok(StatusCode::ACCEPTED)
}

impl From<LetterError> for Problem {
    fn from(error: LetterError) -> Self {
        match error {
            LetterError::Event(error) => error.into(),
            LetterError::Unknown => Self::of(UNKNOWN_MAIL),
            LetterError::Store(error) => internal(&error),
        }
    }
}
