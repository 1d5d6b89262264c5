//! Reading the header.

use axum::http::HeaderMap;
use platform::http::{Problem, internal, kinds};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{KEY_REUSED_DETAIL, Key, begin::BeginError};
use crate::problems::{KEY_REUSED, KEY_RUNNING};

/// The longest key.
const LONGEST: usize = 200;

/// The key of the request, if it has one.
///
/// # Errors
/// When it is empty, too long, or no text.
pub(crate) fn key(headers: &HeaderMap, body: &impl Serialize) -> Result<Option<Key>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=LONGEST).contains(&text.len()));
    let text = text.ok_or_else(|| {
        Problem::of(kinds::INVALID_PARAMETER).detail("An Idempotency-Key is 1 to 200 characters of ASCII.")
    })?;
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let body = serde_json::to_vec(body).map_err(|_| Problem::of(kinds::INVALID_BODY))?;
    Ok(Some(Key { text: text.to_owned(), hash: hash(text.as_bytes()), body: hash(&body) }))
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
