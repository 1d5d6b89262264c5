//! The calls of an organizer about who works for them.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId},
    team::{Permission, Scope, TeamRole},
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    Listed, Place, known,
    put::{self, PutError},
    remove, store,
};
use crate::{
    extractors::{Organizer, RequestId, SignedIn},
    invalid::Checks,
    problems::{TEAM_FULL, UNKNOWN_ACCOUNT, UNKNOWN_EVENT, UNKNOWN_MEMBER},
    state::Booking,
};

/// The body of `POST /team/member`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Add {
    email: String,
    role: TeamRole,
    event_ids: Option<Vec<EventId>>,
}

/// The body of `PUT /team/member/{accountId}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    role: TeamRole,
    event_ids: Option<Vec<EventId>>,
}

/// Somebody who works for the organizer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberView {
    account_id: AccountId,
    email: String,
    role: TeamRole,
    event_ids: Option<Vec<EventId>>,
    added_at: DateTime<Utc>,
}

/// Everybody who does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamView {
    organizer_id: AccountId,
    members: Vec<MemberView>,
}

/// For whom somebody works.
#[derive(Debug, Serialize)]
pub struct Teams {
    teams: Vec<Mine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Mine {
    organizer_id: AccountId,
    role: TeamRole,
    permissions: &'static [Permission],
    event_ids: Option<Vec<EventId>>,
}

/// `GET /team`: who works for the organizer.
///
/// # Errors
/// A problem.
pub async fn list(State(app): State<Booking>, organizer: Organizer) -> Result<Json<TeamView>, Problem> {
    let members = store::list(&app.postgres, organizer.account).await.map_err(|error| internal(&error))?;
    let members = members.into_iter().map(Into::into).collect();
    Ok(Json(TeamView { organizer_id: organizer.account, members }))
}

/// `POST /team/member`: somebody with an account comes to work for the organizer.
///
/// # Errors
/// `unknown-account`, `unknown-event`, `team-full`, `invalid-body`.
pub async fn add(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(asked): Json<Add>,
) -> Result<Response, Problem> {
    let place = place(asked.role, asked.event_ids)?;
    let (member, is_new) = put::add(&app, &organizer.actor, &asked.email, &place).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(MemberView::from(member))).into_response())
}

/// `PUT /team/member/{accountId}`: they work as something else from now on.
///
/// # Errors
/// `unknown-member`, `unknown-event`, `invalid-body`.
pub async fn change(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(member): Path<AccountId>,
    Json(asked): Json<Change>,
) -> Result<StatusCode, Problem> {
    let place = place(asked.role, asked.event_ids)?;
    put::change(&app, &organizer.actor, member, &place).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /team/member/{accountId}`: they work for the organizer no longer.
///
/// # Errors
/// `unknown-member`.
pub async fn remove(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(member): Path<AccountId>,
) -> Result<StatusCode, Problem> {
    let removed = remove::remove(&app, &organizer.actor, member).await.map_err(|error| internal(&error))?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::of(UNKNOWN_MEMBER)) }
}

/// `GET /account/team`: for whom one works, and what one may do there.
///
/// # Errors
/// `signed-out`, `session-expired`.
pub async fn mine(State(app): State<Booking>, who: SignedIn) -> Result<Json<Teams>, Problem> {
    let teams = known::teams(&app, who.account).await.map_err(|error| internal(&error))?;
    let teams = teams.iter().map(|member| Mine {
        organizer_id: member.organizer,
        role: member.role,
        permissions: member.role.permissions(),
        event_ids: named(&member.scope),
    });
    Ok(Json(Teams { teams: teams.collect() }))
}

/// `DELETE /account/team/{organizerId}`: one works for the organizer no longer.
///
/// # Errors
/// `unknown-member`, `signed-out`, `session-expired`.
pub async fn leave(
    State(app): State<Booking>,
    who: SignedIn,
    RequestId(request): RequestId,
    Path(organizer): Path<AccountId>,
) -> Result<StatusCode, Problem> {
    let left = remove::leave(&app, organizer, who.account, request).await;
    let left = left.map_err(|error| internal(&error))?;
    if left { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::of(UNKNOWN_MEMBER)) }
}

fn place(role: TeamRole, events: Option<Vec<EventId>>) -> Result<Place, Problem> {
    let place = Place { role, scope: events.map_or(Scope::All, Scope::Events) };
    let mut checks = Checks::default();
    checks.that(place.is_whole(), "/eventIds", "names 1 to 200 events, and none for an owner");
    checks.done()?;
    Ok(place)
}

fn named(scope: &Scope) -> Option<Vec<EventId>> {
    match scope {
        Scope::All => None,
        Scope::Events(events) => Some(events.clone()),
    }
}

impl From<Listed> for MemberView {
    fn from(member: Listed) -> Self {
        Self {
            account_id: member.account,
            email: member.email,
            role: member.role,
            event_ids: named(&member.scope),
            added_at: member.added_at,
        }
    }
}

impl From<PutError> for Problem {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Invalid(invalid) => invalid.into(),
            PutError::UnknownAccount => Self::of(UNKNOWN_ACCOUNT),
            PutError::UnknownMember => Self::of(UNKNOWN_MEMBER),
            PutError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            PutError::TooMany => Self::of(TEAM_FULL),
            PutError::Store(error) => internal(&error),
        }
    }
}
