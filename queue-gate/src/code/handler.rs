//! `/room/{roomId}/code`: an organizer's access codes.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    access_code::import::Report,
    id::{CodeId, RoomId},
};
use platform::http::{Json, Path, Problem, Query, Raw, internal, kinds};
use serde::{Deserialize, Serialize};

use super::{
    IMPORT_MAX, Written,
    import::{self, ImportError},
    list::{self, EXPORT, ListError, PAGE},
    redeem::RedeemError,
    revoke::{self, RevokeError},
    store::Kept,
    table,
};
use crate::{
    extractors::Organizer,
    problems::{CODE_USED, TOO_MANY_REQUESTS, UNKNOWN_CODE, UNKNOWN_ROOM},
    room::Room,
    state::Gate,
};

/// The body of `POST /room/{roomId}/code`, where it is JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Import {
    codes: Vec<CodeWritten>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CodeWritten {
    code: String,
    lane: Option<String>,
    uses: Option<Uses>,
    label: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Uses {
    Number(i64),
    Word(String),
}

/// Codes, in the order of their ids.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Codes {
    codes: Vec<CodeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A code, as JSON. What it reads nobody knows but who made it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeView {
    code_id: CodeId,
    hint: String,
    label: Option<String>,
    lane: String,
    uses: i64,
    uses_max: Option<i32>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// The query of `GET /room/{roomId}/code`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    after: Option<CodeId>,
}

/// `POST /room/{roomId}/code`: imports codes, as JSON or as `text/csv`, and reports on each row.
///
/// # Errors
/// 404 where the room is none of the caller's, 422 where the body is no list of codes.
pub async fn import(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Report>, Problem> {
    let written = read(&headers, &body)?;
    Ok(Json(Report::new(import::import(&gate, room, organizer.acting(), &written).await?)))
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Written>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "text/csv" => {
            let text = std::str::from_utf8(body)
                .map_err(|_| Problem::of(kinds::MALFORMED_BODY).detail("The table is not in UTF-8."))?;
            table::read(text).map_err(|error| Problem::of(kinds::INVALID_BODY).detail(error.to_string()))
        }
        "application/json" => {
            let import: Import = serde_json::from_slice(body).map_err(|error| {
                let kind = if error.is_data() { kinds::INVALID_BODY } else { kinds::MALFORMED_BODY };
                Problem::of(kind).detail(error.to_string())
            })?;
            if import.codes.len() > IMPORT_MAX {
                let error = table::BadTable::TooLong;
                return Err(Problem::of(kinds::INVALID_BODY).detail(error.to_string()));
            }
            Ok(import.codes.into_iter().map(Written::from).collect())
        }
        _ => Err(Problem::of(kinds::NOT_JSON).detail("Send application/json or text/csv.")),
    }
}

impl From<CodeWritten> for Written {
    fn from(written: CodeWritten) -> Self {
        let uses = written.uses.map(|uses| match uses {
            Uses::Number(number) => number.to_string(),
            Uses::Word(word) => word,
        });
        Self { code: written.code, lane: written.lane, uses, label: written.label }
    }
}

/// `GET /room/{roomId}/code`: the codes with how many have used each, 1,000 at a time; with `Accept: text/csv` all.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn list(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let is_table = accepts.contains("text/csv");
    let most = if is_table { EXPORT } else { PAGE };
    let (room, codes) = list::list(&gate, room, organizer.id, after, most).await?;
    if is_table {
        let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
        return Ok((kind, export(&room, &codes)).into_response());
    }
    let is_full = i64::try_from(codes.len()).unwrap_or(i64::MAX) >= PAGE;
    let last = codes.last().filter(|_| is_full);
    let next = last.map(|code| format!("/room/{}/code?after={}", room.id, code.id));
    let view = |code: Kept| CodeView {
        code_id: code.id,
        hint: code.hint,
        label: code.label,
        lane: room.policy.lanes.name(code.lane).to_owned(),
        uses: code.uses,
        uses_max: code.uses_max,
        created_at: code.created_at,
        revoked_at: code.revoked_at,
    };
    Ok(Json(Codes { codes: codes.into_iter().map(view).collect(), next }).into_response())
}

fn export(room: &Room, codes: &[Kept]) -> String {
    let head = table::line(&["codeId", "hint", "label", "lane", "uses", "usesMax", "createdAt", "revokedAt"]);
    let line = |code: &Kept| {
        table::line(&[
            &code.id.to_string(),
            &code.hint,
            code.label.as_deref().unwrap_or_default(),
            room.policy.lanes.name(code.lane),
            &code.uses.to_string(),
            &code.uses_max.map_or("many".to_owned(), |most| most.to_string()),
            &code.created_at.to_rfc3339(),
            &code.revoked_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
        ])
    };
    head + &codes.iter().map(line).collect::<String>()
}

/// `DELETE /room/{roomId}/code/{codeId}`: the code is good no longer.
///
/// # Errors
/// 404 where the room is none of the caller's, or has no such code.
pub async fn revoke(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path((room, code)): Path<(RoomId, CodeId)>,
) -> Result<StatusCode, Problem> {
    revoke::revoke(&gate, room, organizer.acting(), code).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::UnknownRoom(_) => Self::of(UNKNOWN_ROOM),
            ImportError::Store(error) => internal(&error),
        }
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::UnknownRoom(_) => Self::of(UNKNOWN_ROOM),
            ListError::Store(error) => internal(&error),
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::UnknownRoom(_) => Self::of(UNKNOWN_ROOM),
            RevokeError::UnknownCode(_) => Self::of(UNKNOWN_CODE),
            RevokeError::Store(error) => internal(&error),
        }
    }
}

impl From<RedeemError> for Problem {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Unknown => Self::of(UNKNOWN_CODE),
            RedeemError::Used => Self::of(CODE_USED),
            RedeemError::TooMany(wait) => {
                Self::of(TOO_MANY_REQUESTS).detail("Too many codes were tried from here.").retry_after(wait)
            }
            RedeemError::Store(error) => internal(&error),
        }
    }
}
