//! The calls about presales.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    access_code::import::Report,
    id::{EventId, PresaleCodeId},
};
use platform::http::{Json, Path, Problem, Query, Raw, internal};
use serde::{Deserialize, Serialize};

use super::{
    Presale, Shut, Written,
    code::{self, WrittenCode},
    plan::{self, ManageError},
    store::Kept,
};
use crate::{
    code::{
        EXPORT, PAGE,
        handler::{instant, next, table_head, wants_table, written},
    },
    extractors::Organizer,
    offer::NotOnSale,
    problems::{PRESALE_ONLY, SALES_CLOSED, SALES_NOT_OPEN, UNKNOWN_PRESALE_CODE},
    report::csv,
    state::Booking,
};

/// The windows of an event, all at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    presales: Vec<Written>,
}

/// A code, as its organizer sees it. What it reads nobody knows but who made it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeView {
    code_id: PresaleCodeId,
    hint: String,
    label: Option<String>,
    class: String,
    seats: i64,
    seats_max: Option<i32>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// Codes, in the order of their ids.
#[derive(Clone, Debug, Serialize)]
pub struct Codes {
    codes: Vec<CodeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The query of `GET /event/{eventId}/presale/code`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<PresaleCodeId>,
}

/// `GET /event/{eventId}/presale`: the windows with the classes that open them.
///
/// # Errors
/// A problem.
pub async fn read(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<Windows>, Problem> {
    let found = plan::find(&app, organizer.account, event).await?;
    Ok(Json(Windows { presales: found.into_iter().map(Presale::written).collect() }))
}

/// `PUT /event/{eventId}/presale`: all windows at once.
///
/// # Errors
/// A problem.
pub async fn put(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Json(body): Json<Windows>,
) -> Result<Json<Windows>, Problem> {
    plan::put(&app, &organizer.actor, event, &body.presales).await?;
    Ok(Json(body))
}

/// `POST /event/{eventId}/presale/code`: imports codes, as JSON or as `text/csv`, and reports on each row.
///
/// # Errors
/// A problem.
pub async fn import(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Report>, Problem> {
    let written: Vec<WrittenCode> = written(&headers, &body, "codes")?;
    Ok(Json(Report::new(code::import(&app, &organizer.actor, event, &written).await?)))
}

/// `GET /event/{eventId}/presale/code`: the codes with the seats that were bought by each, 1,000 at a time; with
/// `Accept: text/csv` all.
///
/// # Errors
/// A problem.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_table = wants_table(&headers);
    let most = if is_table { EXPORT } else { PAGE };
    let kept = code::list(&app, organizer.account, event, after, most).await?;
    if is_table {
        return Ok((table_head("presale-codes"), table(&kept)).into_response());
    }
    let next = next(&kept, |last| format!("/event/{event}/presale/code?after={}", last.id));
    let view = |kept: Kept| CodeView {
        code_id: kept.id,
        hint: kept.hint,
        label: kept.label,
        class: kept.class,
        seats: kept.seats,
        seats_max: kept.seats_max,
        created_at: kept.created_at,
        revoked_at: kept.revoked_at,
    };
    Ok(Json(Codes { codes: kept.into_iter().map(view).collect(), next }).into_response())
}

fn table(kept: &[Kept]) -> String {
    let head = ["codeId", "hint", "label", "class", "seats", "seatsMax", "createdAt", "revokedAt"];
    csv::table(head, kept, |kept| {
        vec![
            kept.id.to_string(),
            kept.hint.clone(),
            kept.label.clone().unwrap_or_default(),
            kept.class.clone(),
            kept.seats.to_string(),
            kept.seats_max.map_or("many".to_owned(), |most| most.to_string()),
            instant(Some(kept.created_at)),
            instant(kept.revoked_at),
        ]
    })
}

/// `DELETE /event/{eventId}/presale/code/{codeId}`: nothing more is reserved with the code.
///
/// # Errors
/// A problem.
pub async fn revoke(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((event, code)): Path<(EventId, PresaleCodeId)>,
) -> Result<StatusCode, Problem> {
    code::revoke(&app, &organizer.actor, event, code).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Shut> for Problem {
    fn from(shut: Shut) -> Self {
        match shut {
            Shut::NotOnSale(NotOnSale::NotYet(from)) => Self::of(SALES_NOT_OPEN).with("salesStart", from),
            Shut::NotOnSale(NotOnSale::Closed) => Self::of(SALES_CLOSED),
            Shut::CodeNeeded { name, until } => {
                Self::of(PRESALE_ONLY).with("presale", name).with("until", until)
            }
        }
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Event(error) => error.into(),
            ManageError::Invalid(invalid) => invalid.into(),
            ManageError::UnknownCode => Self::of(UNKNOWN_PRESALE_CODE),
            ManageError::Store(error) => internal(&error),
        }
    }
}
