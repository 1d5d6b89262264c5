//! The calls under `/account`.

use axum::{extract::State, http::StatusCode, response::Response};
use contracts::{id::AccountId, session::Role};
use platform::http::{Json, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    Caller,
    change_password::{self, ChangePasswordError},
    guest::{self, GuestError},
    reach::{self, ReachError},
    register::{self, NewAccount, RegisterError},
    sign_in::{self, SignInError},
    store,
};
use crate::{
    extractors::{Address, Device, SignedIn},
    problems::{BUSY, EMAIL_TAKEN, NOT_A_GUEST, SIGNED_OUT, WRONG_CREDENTIALS},
    session::handler::give,
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

/// The body of `PUT /account/password`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    current: String,
    password: String,
}

/// The body of `POST /account/guest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guest {
    email: Option<String>,
    name: Option<String>,
}

/// The body of `PUT /account`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reach {
    email: String,
    name: Option<String>,
}

/// An account as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    account_id: AccountId,
    /// None of a guest who has told none.
    email: Option<String>,
    name: Option<String>,
    role: Role,
}

/// `POST /account/register`: makes a fan's account.
///
/// # Errors
/// `invalid-body`, `email-taken`, `busy`.
pub async fn register(
    State(app): State<Booking>,
    Device(label): Device,
    Json(asked): Json<Register>,
) -> Result<Response, Problem> {
    let new = NewAccount { email: asked.email, password: asked.password, name: asked.name };
    Ok(give(StatusCode::CREATED, register::register(&app, new, &label).await?))
}

/// `POST /account/sign-in`.
///
/// # Errors
/// `wrong-credentials`, `too-many-tries`, `busy`.
pub async fn sign_in(
    State(app): State<Booking>,
    Device(label): Device,
    address: Address,
    Json(asked): Json<SignIn>,
) -> Result<Response, Problem> {
    let caller = Caller { label: &label, address: address.ip() };
    Ok(give(StatusCode::OK, sign_in::sign_in(&app, &asked.email, &asked.password, &caller).await?))
}

/// `POST /account/guest`: a session with nothing but an address, or not even that.
///
/// # Errors
/// `invalid-body`.
pub async fn guest(
    State(app): State<Booking>,
    Device(label): Device,
    Json(asked): Json<Guest>,
) -> Result<Response, Problem> {
    Ok(give(StatusCode::CREATED, guest::guest(&app, asked.email.as_deref(), asked.name, &label).await?))
}

/// `PUT /account/password`: another password; every other session of the account ends.
///
/// # Errors
/// `wrong-credentials` when the current one is wrong, `too-many-tries`, `invalid-body`, `busy`.
pub async fn change_password(
    State(app): State<Booking>,
    who: SignedIn,
    address: Address,
    Json(asked): Json<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let caller = Caller { label: "", address: address.ip() };
    let (whose, passwords) = ((who.account, who.session), (asked.current.as_str(), asked.password.as_str()));
    change_password::change_password(&app, whose, passwords, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
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
        email: account.email.known().map(str::to_owned),
        name: account.name,
        role: account.role,
    }))
}

/// `PUT /account`: a guest says where the tickets go.
///
/// # Errors
/// `invalid-body`, `not-a-guest`.
pub async fn reach(
    State(app): State<Booking>,
    somebody: SignedIn,
    Json(asked): Json<Reach>,
) -> Result<Json<AccountView>, Problem> {
    reach::reach(&app, somebody.account, &asked.email, asked.name.as_deref()).await?;
    me(State(app), somebody).await
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
            SignInError::Slowed(slowed) => slowed.into(),
            SignInError::Busy(_) => busy(),
            SignInError::Store(error) => internal(&error),
        }
    }
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::Invalid(invalid) => invalid.into(),
            ChangePasswordError::WrongPassword => Self::of(WRONG_CREDENTIALS),
            ChangePasswordError::Slowed(slowed) => slowed.into(),
            ChangePasswordError::Busy(_) => busy(),
            ChangePasswordError::Store(error) => internal(&error),
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

impl From<ReachError> for Problem {
    fn from(error: ReachError) -> Self {
        match error {
            ReachError::Invalid(invalid) => invalid.into(),
            ReachError::NotAGuest => Self::of(NOT_A_GUEST),
            ReachError::Store(error) => internal(&error),
        }
    }
}
