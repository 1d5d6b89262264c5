//! The calls that send a code and take it.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::id::MailCodeId;
use platform::http::{Json, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    request::{self, RequestError},
    sign_in::{self, CodeSignInError},
};
use crate::{
    account::{Caller, tries::Slowed},
    extractors::{Address, Device},
    order::handler::language,
    problems::{TOO_MANY_TRIES, WRONG_CODE},
    session::handler::give,
    state::Booking,
};

/// The body of `POST /account/code`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ask {
    email: String,
}

/// The body of `POST /account/code/sign-in`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    code_id: MailCodeId,
    code: String,
}

/// A code that is on its way.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeView {
    code_id: MailCodeId,
    until: DateTime<Utc>,
}

/// `POST /account/code`: mails a code that signs in.
///
/// # Errors
/// `invalid-body`, `too-many-tries`.
pub async fn ask(
    State(app): State<Booking>,
    Device(label): Device,
    address: Address,
    headers: HeaderMap,
    Json(asked): Json<Ask>,
) -> Result<Response, Problem> {
    let caller = Caller { label: &label, address: address.ip() };
    let language = language(&headers).unwrap_or_default();
    let requested = request::request(&app, &asked.email, &caller, language).await?;
    let view = CodeView { code_id: requested.id, until: requested.until };
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

/// `POST /account/code/sign-in`: a session for the code.
///
/// # Errors
/// `wrong-code`, `too-many-tries`.
pub async fn sign_in(
    State(app): State<Booking>,
    Device(label): Device,
    address: Address,
    Json(asked): Json<SignIn>,
) -> Result<Response, Problem> {
    let caller = Caller { label: &label, address: address.ip() };
    Ok(give(StatusCode::OK, sign_in::sign_in(&app, asked.code_id, &asked.code, &caller).await?))
}

impl From<Slowed> for Problem {
    fn from(Slowed(seconds): Slowed) -> Self {
        Self::of(TOO_MANY_TRIES).retry_after(seconds)
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Invalid(invalid) => invalid.into(),
            RequestError::Slowed(slowed) => slowed.into(),
            RequestError::Store(error) => internal(&error),
        }
    }
}

impl From<CodeSignInError> for Problem {
    fn from(error: CodeSignInError) -> Self {
        match error {
            CodeSignInError::WrongCode => Self::of(WRONG_CODE),
            CodeSignInError::Slowed(slowed) => slowed.into(),
            CodeSignInError::Store(error) => internal(&error),
        }
    }
}
