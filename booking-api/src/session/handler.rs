//! The calls about sessions, and how an answer gives one.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, SessionId},
    session::{COOKIE, REFRESH_COOKIE, Role},
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    Given, Why, end,
    refresh::{self, RefreshError},
    store,
};
use crate::{
    extractors::{SignedIn, cookie},
    problems::{SESSION_EXPIRED, SIGNED_OUT, UNKNOWN_SESSION},
    state::Booking,
};

/// The body of `POST /account/session/refresh`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    refresh_token: Option<String>,
}

/// A session as its owner is given it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    account_id: AccountId,
    role: Role,
    token: String,
    expires_at: DateTime<Utc>,
    refresh_token: String,
    refresh_until: DateTime<Utc>,
}

/// The sessions of an account.
#[derive(Debug, Serialize)]
pub struct Sessions {
    sessions: Vec<Listed>,
}

/// One of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    session_id: SessionId,
    label: String,
    created_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    current: bool,
}

/// `POST /account/session/refresh`: the next pair of tokens, for the refresh token in the body or in the cookie.
///
/// # Errors
/// `signed-out` for a token that we did not give, `session-expired` for one of a session that is over or that it ends.
pub async fn refresh(
    State(app): State<Booking>,
    headers: HeaderMap,
    Json(asked): Json<Refresh>,
) -> Result<Response, Response> {
    let token = asked.refresh_token.as_deref().or_else(|| cookie(&headers, REFRESH_COOKIE));
    let token = token.ok_or_else(|| Problem::of(SIGNED_OUT).into_response())?;
    match refresh::refresh(&app, token).await {
        Ok(given) => Ok(give(StatusCode::OK, given)),
        // A browser keeps no cookies that are worth nothing.
        Err(error @ (RefreshError::Unknown | RefreshError::Over | RefreshError::Spent(_))) => {
            Err((taken_away(), Problem::from(error)).into_response())
        }
        Err(error @ RefreshError::Store(_)) => Err(Problem::from(error).into_response()),
    }
}

/// `POST /account/sign-out`: ends the session, and takes the cookies away.
///
/// # Errors
/// `signed-out`, `session-expired`.
pub async fn sign_out(State(app): State<Booking>, who: SignedIn) -> Result<impl IntoResponse, Problem> {
    let ended = end::one(&app, who.account, who.session, Why::SignedOut).await;
    ended.map_err(|error| internal(&error))?;
    Ok((StatusCode::NO_CONTENT, taken_away()))
}

/// `POST /account/sign-out-everywhere`: ends all sessions of the account.
///
/// # Errors
/// As [`sign_out`].
pub async fn sign_out_everywhere(
    State(app): State<Booking>,
    who: SignedIn,
) -> Result<impl IntoResponse, Problem> {
    end::everywhere(&app, who.account).await.map_err(|error| internal(&error))?;
    Ok((StatusCode::NO_CONTENT, taken_away()))
}

/// `GET /account/session`: where one is signed in.
///
/// # Errors
/// `signed-out`, `session-expired`.
pub async fn list(State(app): State<Booking>, who: SignedIn) -> Result<Json<Sessions>, Problem> {
    let now = app.clock.now();
    let idle_since = now - app.config.sessions.lasting().idle;
    let listed = store::list(&app.postgres, who.account, now, idle_since).await;
    let sessions = listed.map_err(|error| internal(&error))?.into_iter().map(|listed| Listed {
        session_id: listed.id,
        label: listed.label,
        created_at: listed.created_at,
        used_at: listed.used_at,
        ends_at: listed.ends_at,
        current: listed.id == who.session,
    });
    Ok(Json(Sessions { sessions: sessions.collect() }))
}

/// `DELETE /account/session/{sessionId}`: signs out there.
///
/// # Errors
/// `unknown-session`, `signed-out`, `session-expired`.
pub async fn end(
    State(app): State<Booking>,
    who: SignedIn,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    let ended = end::one(&app, who.account, id, Why::Ended).await.map_err(|error| internal(&error))?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::of(UNKNOWN_SESSION)) }
}

/// The answer that gives a session: its tokens, and the cookies that keep them.
pub fn give(status: StatusCode, given: Given) -> Response {
    let refresh = given.refresh.text();
    let kept = keep(&given);
    let never_kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let view = SessionView {
        account_id: given.account,
        role: given.role,
        token: given.token,
        expires_at: given.expires_at,
        refresh_token: refresh,
        refresh_until: given.refresh_until,
    };
    (status, kept, never_kept, Json(view)).into_response()
}

/// The cookies that keep a session.
pub fn cookies(given: &Given) -> [String; 2] {
    [
        kept(COOKIE, &given.token, given.lasts.num_seconds()),
        kept(REFRESH_COOKIE, &given.refresh.text(), given.refresh_lasts.num_seconds()),
    ]
}

/// The same as fields of an answer.
pub fn keep(given: &Given) -> AppendHeaders<[(header::HeaderName, String); 2]> {
    AppendHeaders(cookies(given).map(|cookie| (header::SET_COOKIE, cookie)))
}

fn taken_away() -> AppendHeaders<[(header::HeaderName, String); 2]> {
    AppendHeaders([COOKIE, REFRESH_COOKIE].map(|name| (header::SET_COOKIE, kept(name, "", 0))))
}

fn kept(name: &str, value: &str, seconds: i64) -> String {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Unknown => Self::of(SIGNED_OUT),
            RefreshError::Over | RefreshError::Spent(_) => Self::of(SESSION_EXPIRED),
            RefreshError::Store(error) => internal(&error),
        }
    }
}
