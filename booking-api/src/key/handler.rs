//! The calls of an owner about keys, and the gate's own call that exchanges one.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrganizerKeyId},
    team::{Permission, Scope},
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    Kept, LONGEST, Terms,
    exchange::{self, ExchangeError},
    make::{self, MakeError},
    revoke, store,
};
use crate::{
    extractors::Organizer,
    invalid::Checks,
    problems::{BAD_KEY, TOO_MANY_KEYS, UNKNOWN_EVENT, UNKNOWN_KEY},
    state::Booking,
    team::EVENTS_MAX,
};

/// The body of `POST /team/key`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Make {
    name: String,
    permissions: Vec<Permission>,
    event_ids: Option<Vec<EventId>>,
    ends_at: DateTime<Utc>,
}

/// The body of the gate's call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    key: String,
}

/// What a key is exchanged for.
#[derive(Debug, Serialize)]
pub struct Exchanged {
    token: String,
}

/// A key as its owner sees it: without its secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    key_id: OrganizerKeyId,
    prefix: String,
    name: String,
    permissions: Vec<Permission>,
    event_ids: Option<Vec<EventId>>,
    made_by: AccountId,
    made_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    /// The whole key, in the answer that makes it and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// The keys of an organizer.
#[derive(Debug, Serialize)]
pub struct Keys {
    keys: Vec<KeyView>,
}

/// `POST /team/key`: a new key, which is told in this answer only.
///
/// # Errors
/// `invalid-body`, `unknown-event`, `too-many-keys`.
pub async fn make(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(asked): Json<Make>,
) -> Result<Response, Problem> {
    let terms = terms(asked, app.clock.now())?;
    let (kept, key) = make::make(&app, &organizer.actor, terms).await?;
    let view = KeyView { key: Some(key), ..kept.into() };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// `GET /team/key`: the keys, without their secrets.
///
/// # Errors
/// A problem.
pub async fn list(State(app): State<Booking>, organizer: Organizer) -> Result<Json<Keys>, Problem> {
    let keys = store::list(&app.postgres, organizer.account).await.map_err(|error| internal(&error))?;
    Ok(Json(Keys { keys: keys.into_iter().map(Into::into).collect() }))
}

/// `DELETE /team/key/{keyId}`: it is good no longer.
///
/// # Errors
/// `unknown-key`.
pub async fn revoke(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(key): Path<OrganizerKeyId>,
) -> Result<StatusCode, Problem> {
    let revoked = revoke::revoke(&app, &organizer.actor, key).await.map_err(|error| internal(&error))?;
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::of(UNKNOWN_KEY)) }
}

/// `POST /internal/key`, which only the gate can ask: a token for a key.
///
/// # Errors
/// `bad-key`.
pub async fn exchange(
    State(app): State<Booking>,
    Json(asked): Json<Exchange>,
) -> Result<Json<Exchanged>, Problem> {
    Ok(Json(Exchanged { token: exchange::exchange(&app, &asked.key).await? }))
}

fn terms(asked: Make, now: DateTime<Utc>) -> Result<Terms, Problem> {
    let mut checks = Checks::default();
    let name = asked.name.trim().to_owned();
    let length = name.chars().count();
    checks.that(
        (1..=100).contains(&length) && !name.contains(char::is_control),
        "/name",
        "has 1 to 100 characters",
    );
    let mut may = asked.permissions;
    may.sort_unstable();
    may.dedup();
    let is_good = !may.is_empty() && !may.contains(&Permission::Team);
    checks.that(is_good, "/permissions", "names some, and not team: no key makes keys");
    let events = asked.event_ids.as_ref().is_none_or(|events| (1..=EVENTS_MAX).contains(&events.len()));
    checks.that(events, "/eventIds", "names 1 to 200 events");
    let ends_at = asked.ends_at;
    checks.that(ends_at > now && ends_at <= now + LONGEST, "/endsAt", "lies within the next 400 days");
    checks.done()?;
    Ok(Terms { name, may, scope: asked.event_ids.map_or(Scope::All, Scope::Events), ends_at })
}

impl From<Kept> for KeyView {
    fn from(kept: Kept) -> Self {
        let event_ids = match kept.terms.scope {
            Scope::All => None,
            Scope::Events(events) => Some(events),
        };
        Self {
            key_id: kept.id,
            prefix: kept.prefix,
            name: kept.terms.name,
            permissions: kept.terms.may,
            event_ids,
            made_by: kept.by,
            made_at: kept.made_at,
            ends_at: kept.terms.ends_at,
            used_at: kept.used_at,
            revoked_at: kept.revoked_at,
            key: None,
        }
    }
}

impl From<MakeError> for Problem {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            MakeError::TooMany => Self::of(TOO_MANY_KEYS),
            MakeError::Store(error) => internal(&error),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::BadKey => Self::of(BAD_KEY),
            ExchangeError::Store(error) => internal(&error),
        }
    }
}
