//! `/room/{roomId}/bypass/…` and `/room/{roomId}/staff-token` for organizers, `/queue/{roomId}/staff` for their staff.

use std::net::IpAddr;

use axum::{
    extract::State,
    http::{HeaderValue, Method, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{RoomId, StaffTokenId},
    staff as contract,
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{Attempt, Rule, Staff, change, staff, store as counts};
use crate::{
    extractors::Organizer,
    gateway::route::{self, Subject},
    line::handler::unknown,
    problems::{BAD_STAFF_TOKEN, UNKNOWN_ROOM},
    room::{
        Room,
        handler::{Asked, answer, read_span},
        store,
    },
    state::Gate,
};

/// The body of `PUT /room/{roomId}/bypass/rules`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    rules: Vec<Rule>,
}

/// What passes by the line of a room, and how often each rule let something through.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BypassView {
    rules: Vec<RuleView>,
    staff_tokens: Vec<StaffView>,
}

#[derive(Debug, Serialize)]
struct RuleView {
    #[serde(flatten)]
    rule: Rule,
    requests: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StaffView {
    staff_token_id: StaffTokenId,
    label: String,
    expires_at: DateTime<Utc>,
}

/// The body of `POST /room/{roomId}/bypass/test`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Test {
    path: String,
    address: IpAddr,
    #[serde(default)]
    staff: bool,
}

/// What would become of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tested {
    /// Whether the path takes a pass.
    guarded: bool,
    /// The rule that would let it through.
    rule: Option<String>,
    /// All rules that match, the first of which counts.
    matches: Vec<String>,
}

/// The body of `POST /room/{roomId}/staff-token`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issue {
    label: String,
    lasts: Option<String>,
}

/// A staff token. It is told this once.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issued {
    staff_token_id: StaffTokenId,
    token: String,
    expires_at: DateTime<Utc>,
}

/// The body of `POST /queue/{roomId}/staff`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Show {
    token: String,
}

/// `GET /room/{roomId}/bypass/rules`: the rules, what each let through, and the staff tokens.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn rules(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Json<BypassView>, Problem> {
    let room = own(&gate, &organizer, id).await?;
    let counts = counts::of(&gate.postgres, room.id).await.map_err(|error| internal(&error))?;
    let bypass = room.policy.bypass;
    let of_rule =
        |rule: Rule| RuleView { requests: counts.get(&rule.name).copied().unwrap_or_default(), rule };
    let of_staff =
        |it: Staff| StaffView { staff_token_id: it.id, label: it.label, expires_at: it.expires_at };
    Ok(Json(BypassView {
        rules: bypass.rules.into_iter().map(of_rule).collect(),
        staff_tokens: bypass.staff.into_iter().map(of_staff).collect(),
    }))
}

/// `PUT /room/{roomId}/bypass/rules`: other rules, all at once.
///
/// # Errors
/// 422 for rules that a room may not have.
pub async fn set_rules(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<Rules>,
) -> Result<Response, Problem> {
    answer(&gate, change::set(&gate, &ask, asked.rules).await?).await
}

/// `POST /room/{roomId}/bypass/test`: what would become of a request. Nothing is counted.
///
/// # Errors
/// 404 where the room is none of the caller's.
pub async fn test(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
    Json(asked): Json<Test>,
) -> Result<Json<Tested>, Problem> {
    let room = own(&gate, &organizer, id).await?;
    let attempt = Attempt { path: &asked.path, client: asked.address.to_canonical(), is_staff: asked.staff };
    let rules = room.policy.bypass.rules.iter().filter(|rule| rule.matches(&attempt));
    let matches: Vec<String> = rules.map(|rule| rule.name.clone()).collect();
    let guarded = is_guarded(&room, &asked.path);
    let rule = matches.first().filter(|_| guarded).cloned();
    Ok(Json(Tested { guarded, rule, matches }))
}

/// Whether a request for `path` takes a pass of `room`, whatever its method.
fn is_guarded(room: &Room, path: &str) -> bool {
    let by_event = |method| match route::subject(&method, path) {
        Subject::Guarded(event) => event == room.event,
        Subject::InBody { .. } => true,
        Subject::Nothing | Subject::About(_) | Subject::Nowhere => false,
    };
    match &room.policy.site {
        Some(site) => site.guards(path),
        None => [Method::GET, Method::POST, Method::PUT].into_iter().any(by_event),
    }
}

/// `POST /room/{roomId}/staff-token`: a token for somebody who works there.
///
/// # Errors
/// 422 for a label or a time outside its bounds.
pub async fn issue(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<Issue>,
) -> Result<Response, Problem> {
    let lasts = read_span("lasts", asked.lasts.as_deref().unwrap_or("PT8H"))?;
    let (changed, issued) = staff::issue(&gate, &ask, asked.label, lasts).await?;
    if changed.is_preview {
        return answer(&gate, changed).await;
    }
    let staff::Issued { id, token, expires_at } = issued;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let body = Json(Issued { staff_token_id: id, token, expires_at });
    Ok((StatusCode::CREATED, no_store, body).into_response())
}

/// A staff token in a path.
#[derive(Debug, Deserialize)]
pub struct InPath {
    staff: StaffTokenId,
}

/// `DELETE /room/{roomId}/staff-token/{staffTokenId}`: it holds nowhere after a second.
///
/// # Errors
/// 404 where the room does not list it.
pub async fn revoke(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Path(InPath { staff }): Path<InPath>,
) -> Result<Response, Problem> {
    answer(&gate, staff::revoke(&gate, &ask, staff).await?).await
}

/// `POST /queue/{roomId}/staff`: the token becomes a cookie, so that a browser carries it.
///
/// # Errors
/// 403 where the token does not hold for this room.
pub async fn show(
    State(gate): State<Gate>,
    Path(room): Path<RoomId>,
    Json(asked): Json<Show>,
) -> Result<impl IntoResponse, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let claims = staff::verify(&gate, &room, &asked.token)
        .map_err(|error| Problem::of(BAD_STAFF_TOKEN).detail(error.to_string()))?;
    let (name, lasts) = (contract::cookie(room.id), (claims.exp - gate.clock.now()).num_seconds());
    let cookie = format!("{name}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={lasts}", asked.token);
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}

async fn own(gate: &Gate, organizer: &Organizer, id: RoomId) -> Result<Room, Problem> {
    let found = store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    found.ok_or_else(|| Problem::of(UNKNOWN_ROOM))
}
