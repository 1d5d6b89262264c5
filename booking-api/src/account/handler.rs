//! The calls under `/account`.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::AccountId,
    session::{COOKIE, Role},
};
use platform::http::{Json, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    guest::{self, GuestError},
    register::{self, NewAccount, RegisterError},
    session::Given,
    sign_in::{self, SignInError},
    store,
};
use crate::{
    extractors::SignedIn,
    problems::{BUSY, EMAIL_TAKEN, SIGNED_OUT, WRONG_CREDENTIALS},
    state::Booking,
};

/// The body of `POST /account/register`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    email: String,
    password: String,
    name: Option<String>,
}

/// The body of `POST /account/sign-in`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    email: String,
    password: String,
}

/// The body of `POST /account/guest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guest {
    email: String,
    name: Option<String>,
}

/// A session as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    account_id: AccountId,
    role: Role,
    token: String,
    expires_at: DateTime<Utc>,
}

/// An account as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    account_id: AccountId,
    email: String,
    name: Option<String>,
    role: Role,
}

/// `POST /account/register`: makes a fan's account.
///
/// # Errors
/// `invalid-body`, `email-taken`, `busy`.
pub async fn register(State(app): State<Booking>, Json(asked): Json<Register>) -> Result<Response, Problem> {
    let new = NewAccount { email: asked.email, password: asked.password, name: asked.name };
    Ok(session(StatusCode::CREATED, register::register(&app, new).await?))
}

/// `POST /account/sign-in`.
///
/// # Errors
/// `wrong-credentials`, `busy`.
pub async fn sign_in(State(app): State<Booking>, Json(asked): Json<SignIn>) -> Result<Response, Problem> {
    Ok(session(StatusCode::OK, sign_in::sign_in(&app, &asked.email, &asked.password).await?))
}

/// `POST /account/guest`: a session with nothing but an address.
///
/// # Errors
/// `invalid-body`.
pub async fn guest(State(app): State<Booking>, Json(asked): Json<Guest>) -> Result<Response, Problem> {
    Ok(session(StatusCode::CREATED, guest::guest(&app, &asked.email, asked.name).await?))
}

/// `POST /account/sign-out`: takes the cookie away. A token that somebody kept holds until it ends.
pub async fn sign_out(_: SignedIn) -> impl IntoResponse {
    let gone = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    (StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, gone)]))
}

/// `GET /account`: who one is.
///
/// # Errors
/// `signed-out`, also when the account is gone.
pub async fn me(State(app): State<Booking>, somebody: SignedIn) -> Result<Json<AccountView>, Problem> {
    let account = store::find(&app.catalog, somebody.account).await.map_err(|error| internal(&error))?;
    let account = account.ok_or_else(|| Problem::of(SIGNED_OUT))?;
    Ok(Json(AccountView {
        account_id: account.id,
        email: account.email.as_str().to_owned(),
        name: account.name,
        role: account.role,
    }))
}

fn session(status: StatusCode, given: Given) -> Response {
    let Given { account, role, token, expires_at, lasts } = given;
    let cookie =
        format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}", lasts.num_seconds());
    let headers = AppendHeaders([(header::SET_COOKIE, cookie)]);
    let never_kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let view = SessionView { account_id: account, role, token, expires_at };
    (status, headers, never_kept, Json(view)).into_response()
}

fn busy() -> Problem {
    Problem::of(BUSY).retry_after(2)
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Invalid(invalid) => invalid.into(),
            RegisterError::EmailTaken => Self::of(EMAIL_TAKEN),
            RegisterError::Busy(_) => busy(),
            RegisterError::Store(error) => internal(&error),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::WrongCredentials => Self::of(WRONG_CREDENTIALS),
            SignInError::Busy(_) => busy(),
            SignInError::Store(error) => internal(&error),
        }
    }
}

impl From<GuestError> for Problem {
    fn from(error: GuestError) -> Self {
        match error {
            GuestError::Invalid(invalid) => invalid.into(),
            GuestError::Store(error) => internal(&error),
        }
    }
}
