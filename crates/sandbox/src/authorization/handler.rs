//! The calls of a shop.

use axum::{
    extract::State as Extract,
    http::{HeaderMap, StatusCode},
};
use contracts::money::Money;
use platform::http::{Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};

use super::{
    Authorization, State, Step,
    authorize::{self, Asked, AuthorizeError},
    step::{self, StepError},
};
use crate::{
    problems::{
        BAD_AMOUNT, BAD_CALLBACK, FULL, KEY_MISSING, KEY_REUSED, UNKNOWN_AUTHORIZATION, UNKNOWN_TOKEN,
        WRONG_STATE,
    },
    state::Sandbox,
};

/// An authorization as the shop sees it.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    id: String,
    reference: String,
    state: State,
    amount: Money,
}

impl From<Authorization> for View {
    fn from(of: Authorization) -> Self {
        Self { id: of.id, reference: of.reference, state: of.state, amount: of.amount }
    }
}

/// Which authorization is looked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    reference: String,
}

/// `POST /authorization`: asks for an amount.
///
/// # Errors
/// A problem.
pub async fn authorize(
    Extract(sandbox): Extract<Sandbox>,
    headers: HeaderMap,
    Json(asked): Json<Asked>,
) -> Result<(StatusCode, Json<View>), Problem> {
    let made = authorize::authorize(&sandbox, key(&headers)?, asked)?;
    Ok((StatusCode::ACCEPTED, Json(made.into())))
}

/// `GET /authorization?reference=`: the newest with this reference.
///
/// # Errors
/// A problem.
pub async fn find(
    Extract(sandbox): Extract<Sandbox>,
    Query(find): Query<Find>,
) -> Result<Json<View>, Problem> {
    let book = sandbox.ledger.lock();
    let found = book.referred(&find.reference).cloned().ok_or_else(|| Problem::of(UNKNOWN_AUTHORIZATION))?;
    Ok(Json(found.into()))
}

/// `GET /authorization/{id}`.
///
/// # Errors
/// A problem.
pub async fn show(Extract(sandbox): Extract<Sandbox>, Path(id): Path<String>) -> Result<Json<View>, Problem> {
    let book = sandbox.ledger.lock();
    let found = book.authorization(&id).cloned().ok_or_else(|| Problem::of(UNKNOWN_AUTHORIZATION))?;
    Ok(Json(found.into()))
}

/// `POST /authorization/{id}/{capture|void|refund}`.
///
/// # Errors
/// A problem.
pub async fn step(
    Extract(sandbox): Extract<Sandbox>,
    Path((id, step)): Path<(String, Step)>,
    headers: HeaderMap,
) -> Result<Json<View>, Problem> {
    Ok(Json(step::step(&sandbox, key(&headers)?, &id, step)?.into()))
}

/// `GET /ledger`: every authorization, for whoever wants to check the books.
pub async fn ledger(Extract(sandbox): Extract<Sandbox>) -> Json<Vec<View>> {
    let book = sandbox.ledger.lock();
    Json(book.all().cloned().map(View::from).collect())
}

fn key(headers: &HeaderMap) -> Result<&str, Problem> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    key.filter(|key| (1..=200).contains(&key.len())).ok_or_else(|| Problem::of(KEY_MISSING))
}

impl From<AuthorizeError> for Problem {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::UnknownToken(_) => Self::of(UNKNOWN_TOKEN),
            AuthorizeError::BadAmount => Self::of(BAD_AMOUNT),
            AuthorizeError::BadCallback => Self::of(BAD_CALLBACK),
            AuthorizeError::KeyReused(_) => Self::of(KEY_REUSED),
            AuthorizeError::Full => Self::of(FULL).retry_after(1),
            AuthorizeError::Ledger(error) => Self::internal(&error),
        }
    }
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Unknown => Self::of(UNKNOWN_AUTHORIZATION),
            StepError::WrongState(wrong) => Self::of(WRONG_STATE).with("state", wrong.state),
            StepError::KeyReused(_) => Self::of(KEY_REUSED),
            StepError::Ledger(error) => Self::internal(&error),
        }
    }
}
