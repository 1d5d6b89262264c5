//! Reading the header.

use std::future::Future;

use axum::http::HeaderMap;
use contracts::id::AccountId;
use platform::http::{Problem, internal, kinds};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    Done, KEY_REUSED_DETAIL, Key, Run,
    begin::{self, BeginError, Begun},
};
use crate::{
    problems::{KEY_REUSED, KEY_RUNNING},
    state::Booking,
};

/// The longest key.
const LONGEST: usize = 200;

/// The key of the request, if it has one.
///
/// # Errors
/// When it is empty, too long, or no text.
pub(crate) fn key(headers: &HeaderMap, body: &impl Serialize) -> Result<Option<Key>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    named(value.to_str().unwrap_or_default(), body).map(Some)
}

/// The key that is called so.
///
/// # Errors
/// When it is empty or too long.
pub(crate) fn named(text: &str, body: &impl Serialize) -> Result<Key, Problem> {
    if !(1..=LONGEST).contains(&text.len()) {
        return Err(Problem::of(kinds::INVALID_PARAMETER)
            .detail("An Idempotency-Key is 1 to 200 characters of ASCII."));
    }
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let body = serde_json::to_vec(body).map_err(|_| Problem::of(kinds::INVALID_BODY))?;
    Ok(Key { text: text.to_owned(), hash: hash(text.as_bytes()), body: hash(&body) })
}

/// Does `work` once for each key that comes with the request; a request without a key is simply done. The work writes
/// its answer in its own transaction.
///
/// # Errors
/// Those of the key, and of the work: a run that came to nothing may be tried again under its key.
pub(crate) async fn under_key<E, F>(
    app: &Booking,
    account: AccountId,
    key: Option<Key>,
    work: impl FnOnce(Option<Run>) -> F + Send,
) -> Result<Done, Problem>
where
    E: Into<Problem>,
    F: Future<Output = Result<Done, E>> + Send,
{
    let Some(key) = key else { return work(None).await.map_err(Into::into) };
    match begin::begin(app, account, key).await? {
        Begun::Done(done) => Ok(done),
        Begun::Run(run) => match work(Some(run.clone())).await {
            Ok(done) => Ok(done),
            Err(error) => {
                begin::forget(app, account, &run).await;
                Err(error.into())
            }
        },
    }
}

impl From<BeginError> for Problem {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Reused => Self::of(KEY_REUSED).detail(KEY_REUSED_DETAIL),
            BeginError::Running => Self::of(KEY_RUNNING).retry_after(1),
            BeginError::Store(error) => internal(&error),
        }
    }
}
