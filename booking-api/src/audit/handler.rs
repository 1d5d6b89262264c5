//! The call that reads the log.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, OrganizerKeyId};
use platform::http::{Json, Problem, Query, internal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Entry, Wanted, find};
use crate::{
    code::handler::{instant, table_head, wants_table},
    cursor,
    extractors::Organizer,
    invalid::Checks,
    report::csv,
    state::Booking,
};

/// How many entries a call shows where it does not say, and how many at most.
const PAGE: i64 = 100;
const PAGE_MAX: i64 = 1_000;
/// How many a table has at most.
const TABLE_MAX: i64 = 10_000;

/// The query of `GET /audit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    event: Option<EventId>,
    actor: Option<Uuid>,
    operation: Option<String>,
    before: Option<i64>,
    limit: Option<i64>,
}

/// Entries, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct Entries {
    entries: Vec<EntryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One entry.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    entry: i64,
    at: DateTime<Utc>,
    actor: ActorView,
    operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    subject: String,
    changes: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// Who it was: a person with a role, or a key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActorView {
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<OrganizerKeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let Entry { entry, at, is_key, actor, role, operation, event, subject, changes, request } = entry;
        let (account_id, key_id) =
            if is_key { (None, Some(actor.into())) } else { (Some(actor.into()), None) };
        Self {
            entry,
            at,
            actor: ActorView { account_id, key_id, role },
            operation,
            event_id: event.map(Into::into),
            subject,
            changes,
            request_id: request,
        }
    }
}

/// `GET /audit`: what was changed for the organizer, and by whom, the newest first; with `Accept: text/csv` as a table.
///
/// # Errors
/// `invalid-parameter`, `not-permitted`.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_table = wants_table(&headers);
    let (most, usual) = if is_table { (TABLE_MAX, TABLE_MAX) } else { (PAGE_MAX, PAGE) };
    let limit = asked.limit.unwrap_or(usual);
    let mut checks = Checks::default();
    checks.that((1..=most).contains(&limit), "/limit", format!("lies between 1 and {most}"));
    checks.done()?;
    let Asked { event, actor, operation, before, .. } = asked.clone();
    let wanted = Wanted { event, actor, operation, before, limit };
    let found = find::find(&app, organizer.account, &organizer.scope, &wanted).await;
    let found = found.map_err(|error| internal(&error))?;
    if is_table {
        return Ok((table_head("audit"), table(&found)).into_response());
    }
    let next = cursor::go_on(&found, limit).map(|last| address(&asked, last.entry));
    Ok(Json(Entries { entries: found.into_iter().map(EntryView::from).collect(), next }).into_response())
}

/// Where those before `before` are.
fn address(asked: &Asked, before: i64) -> String {
    let mut address = format!("/audit?before={before}");
    let said = [
        ("event", asked.event.map(|event| event.to_string())),
        ("actor", asked.actor.map(|actor| actor.to_string())),
        ("operation", asked.operation.clone()),
        ("limit", asked.limit.map(|limit| limit.to_string())),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            address = format!("{address}&{name}={value}");
        }
    }
    address
}

fn table(entries: &[Entry]) -> String {
    let head = [
        "entry",
        "at",
        "actorKind",
        "actorId",
        "role",
        "operation",
        "eventId",
        "subject",
        "changes",
        "requestId",
    ];
    csv::table(head, entries, |entry| {
        vec![
            entry.entry.to_string(),
            instant(Some(entry.at)),
            if entry.is_key { "key" } else { "account" }.to_owned(),
            entry.actor.to_string(),
            entry.role.clone().unwrap_or_default(),
            entry.operation.clone(),
            entry.event.map(|event| event.to_string()).unwrap_or_default(),
            entry.subject.clone(),
            entry.changes.to_string(),
            entry.request.clone().unwrap_or_default(),
        ]
    })
}
