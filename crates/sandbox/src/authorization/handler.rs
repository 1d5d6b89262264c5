//! The calls of a shop.

use axum::{
    extract::State as Extract,
    http::{HeaderMap, StatusCode},
};
use contracts::money::Money;
use platform::http::{Json, Path, Problem, Query, Raw, kinds};
use serde::{Deserialize, Serialize};

use super::{
    Authorization, Behaviour, Dispute, DisputeState, State, Step,
    authorize::{self, Asked, AuthorizeError, First},
    dispute,
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
#[serde(rename_all = "camelCase")]
pub struct View {
    id: String,
    reference: String,
    state: State,
    amount: Money,
    refunded: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute: Option<Dispute>,
}

/// The authorization as the shop sees it, which reaches us at `host`.
fn view(sandbox: &Sandbox, headers: &HeaderMap, of: Authorization) -> View {
    let challenge_url = (of.challenged && of.state == State::Pending).then(|| {
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        let base = sandbox.config.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
        format!("{}/challenge/{}", base.trim_end_matches('/'), of.id)
    });
    let Authorization { id, reference, state, amount, refunded, dispute, .. } = of;
    View { id, reference, state, amount, refunded, challenge_url, dispute }
}

/// The body of a refund.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    amount: Money,
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
    let hangs = asked.token.parse() == Ok(Behaviour::TimeOut);
    let (made, First(is_first)) = authorize::authorize(&sandbox, key(&headers)?, asked)?;
    if hangs && is_first {
        tokio::time::sleep(sandbox.config.time_out).await;
    }
    Ok((StatusCode::ACCEPTED, Json(view(&sandbox, &headers, made))))
}

/// `GET /authorization?reference=`: the newest with this reference.
///
/// # Errors
/// A problem.
pub async fn find(
    Extract(sandbox): Extract<Sandbox>,
    headers: HeaderMap,
    Query(find): Query<Find>,
) -> Result<Json<View>, Problem> {
    let book = sandbox.ledger.lock();
    let found = book.referred(&find.reference).cloned().ok_or_else(|| Problem::of(UNKNOWN_AUTHORIZATION))?;
    Ok(Json(view(&sandbox, &headers, found)))
}

/// `GET /authorization/{id}`.
///
/// # Errors
/// A problem.
pub async fn show(
    Extract(sandbox): Extract<Sandbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<View>, Problem> {
    let book = sandbox.ledger.lock();
    let found = book.authorization(&id).cloned().ok_or_else(|| Problem::of(UNKNOWN_AUTHORIZATION))?;
    Ok(Json(view(&sandbox, &headers, found)))
}

/// `POST /authorization/{id}/{capture|void|refund}`; a refund of a part says its `amount` in a body.
///
/// # Errors
/// A problem.
pub async fn step(
    Extract(sandbox): Extract<Sandbox>,
    Path((id, step)): Path<(String, Step)>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<View>, Problem> {
    let part = match (step, body.is_empty()) {
        (_, true) => None,
        (Step::Refund, false) => Some(
            serde_json::from_slice::<Part>(&body)
                .map_err(|error| Problem::of(kinds::INVALID_BODY).detail(error.to_string()))?,
        ),
        (Step::Capture | Step::Void, false) => {
            return Err(Problem::of(kinds::INVALID_BODY).detail("Only a refund may say an amount."));
        }
    };
    let after = step::step(&sandbox, key(&headers)?, &id, step, part.map(|part| part.amount))?;
    Ok(Json(view(&sandbox, &headers, after)))
}

/// `POST /authorization/{id}/dispute`: the payer takes it up with their bank.
///
/// # Errors
/// A problem.
pub async fn dispute(
    Extract(sandbox): Extract<Sandbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<View>, Problem> {
    Ok(Json(view(&sandbox, &headers, dispute::open(&sandbox, &id)?)))
}

/// `POST /authorization/{id}/dispute/{won|lost}`: the bank has decided.
///
/// # Errors
/// A problem.
pub async fn close_dispute(
    Extract(sandbox): Extract<Sandbox>,
    headers: HeaderMap,
    Path((id, outcome)): Path<(String, Outcome)>,
) -> Result<Json<View>, Problem> {
    let state = match outcome {
        Outcome::Won => DisputeState::Won,
        Outcome::Lost => DisputeState::Lost,
    };
    Ok(Json(view(&sandbox, &headers, dispute::close(&sandbox, &id, state)?)))
}

/// What a bank decides.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// For the shop.
    Won,
    /// For the payer.
    Lost,
}

/// `GET /ledger`: every authorization, for whoever wants to check the books.
pub async fn ledger(Extract(sandbox): Extract<Sandbox>, headers: HeaderMap) -> Json<Vec<View>> {
    let book = sandbox.ledger.lock();
    Json(book.all().cloned().map(|one| view(&sandbox, &headers, one)).collect())
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
            StepError::BadAmount => Self::of(BAD_AMOUNT),
            StepError::WrongState(wrong) => Self::of(WRONG_STATE).with("state", wrong.state),
            StepError::KeyReused(_) => Self::of(KEY_REUSED),
            StepError::Ledger(error) => Self::internal(&error),
        }
    }
}
