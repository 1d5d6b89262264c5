//! The two calls of a browser that signs in by a provider.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use platform::http::{
    Kind, Path, Problem, Query, internal,
    kinds::{INTERNAL, UNAVAILABLE},
};
use serde::Deserialize;

use super::{
    Browser, COOKIE, LASTS,
    begin::{self, BeginError},
    discover::Away,
    finish::{self, FinishError, Returned},
};
use crate::{
    extractors::{Address, Device, cookie},
    problems::{
        BUSY, EMAIL_NOT_VERIFIED, SIGN_IN_AWAY, SIGN_IN_OVER, SIGN_IN_REFUSED, TOO_MANY_TRIES,
        UNKNOWN_SIGN_IN_PROVIDER,
    },
    session::handler::cookies,
    state::Booking,
};

/// The query of `GET /account/oidc/{providerId}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    next: Option<String>,
}

/// What a provider sends a browser back with. It may say more.
#[derive(Clone, Deserialize)]
pub struct Answer {
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /account/oidc/{providerId}`: sends a browser to the provider.
///
/// # Errors
/// `unknown-sign-in-provider`, `too-many-tries`, `sign-in-away`.
pub async fn begin(
    State(app): State<Booking>,
    headers: HeaderMap,
    address: Address,
    Path(provider): Path<String>,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Response> {
    let browser = cookie(&headers, COOKIE).and_then(Browser::read);
    let begun = begin::begin(&app, &provider, next.as_deref(), browser, address.ip()).await;
    let begun = begun.map_err(|error| told(&headers, error.into()))?;
    let kept = kept(&begun.browser.text(), LASTS.num_seconds());
    Ok(go(&begun.location, &[kept]))
}

/// `GET /account/oidc/{providerId}/callback`: a browser comes back, and goes on signed in.
///
/// # Errors
/// `unknown-sign-in-provider`, `sign-in-over`, `sign-in-refused`, `email-not-verified`, `sign-in-away`, `busy`.
pub async fn finish(
    State(app): State<Booking>,
    headers: HeaderMap,
    Device(label): Device,
    Path(provider): Path<String>,
    Query(Answer { state, code, iss, error }): Query<Answer>,
) -> Result<Response, Response> {
    let refused = |error: FinishError| told(&headers, error.into());
    let browser = cookie(&headers, COOKIE).and_then(Browser::read);
    let browser = browser.ok_or_else(|| refused(FinishError::Over))?;
    let returned = Returned { state, code, iss, error };
    let done = finish::finish(&app, &provider, returned, &browser, &label).await;
    let (given, to) = done.map_err(refused)?;
    let [session, refresh] = cookies(&given);
    Ok(go(&to, &[session, refresh, kept("", 0)]))
}

/// Sends a browser on. The address that it comes from holds what nobody else shall read.
fn go(location: &str, cookies: &[String]) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return Problem::of(SIGN_IN_AWAY).into_response();
    };
    let cookies = cookies.iter().map(|cookie| (header::SET_COOKIE, cookie.clone()));
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, AppendHeaders(cookies.collect::<Vec<_>>()), headers).into_response()
}

/// Whoever reads pages is told on the page for signing in, where they go on; a program is told the problem.
fn told(headers: &HeaderMap, problem: Problem) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/html") {
        return problem.into_response();
    }
    go(&format!("/account/sign-in?problem={}", problem.kind().name), &[])
}

/// Of which kind of problem a person is told who comes back with nothing; of none for any other word.
pub(crate) fn explained(problem: &str) -> Option<Kind> {
    const ALL: [Kind; 9] = [
        SIGN_IN_OVER,
        SIGN_IN_REFUSED,
        EMAIL_NOT_VERIFIED,
        SIGN_IN_AWAY,
        UNKNOWN_SIGN_IN_PROVIDER,
        TOO_MANY_TRIES,
        BUSY,
        UNAVAILABLE,
        INTERNAL,
    ];
    ALL.into_iter().find(|kind| kind.name == problem)
}

fn kept(value: &str, seconds: i64) -> String {
    // Lax: the browser comes back from another site.
    format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

fn away(error: &Away) -> Problem {
    tracing::warn!(error = %platform::telemetry::Chain(error), "a provider of sign-ins cannot be used");
    Problem::of(SIGN_IN_AWAY).retry_after(5)
}

impl From<BeginError> for Problem {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Unknown => Self::of(UNKNOWN_SIGN_IN_PROVIDER),
            BeginError::Slowed(slowed) => slowed.into(),
            BeginError::Away(error) => away(&error),
            BeginError::Store(error) => internal(&error),
        }
    }
}

impl From<FinishError> for Problem {
    fn from(error: FinishError) -> Self {
        match error {
            FinishError::Unknown => Self::of(UNKNOWN_SIGN_IN_PROVIDER),
            FinishError::Over => Self::of(SIGN_IN_OVER),
            FinishError::Mixed | FinishError::Refused(_) | FinishError::BadToken(_) => {
                tracing::warn!(error = %platform::telemetry::Chain(&error), "somebody came back from a provider with nothing");
                Self::of(SIGN_IN_REFUSED)
            }
            FinishError::NotVerified => Self::of(EMAIL_NOT_VERIFIED),
            FinishError::Away(error) => away(&error),
            FinishError::Busy(_) => Self::of(BUSY).retry_after(2),
            FinishError::Store(error) => internal(&error),
        }
    }
}
