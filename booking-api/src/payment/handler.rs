//! The call of the provider.

use axum::{extract::State, http::HeaderMap, http::StatusCode};
use platform::http::{Problem, Raw, kinds};

use super::{
    inbox::{self, InboxError},
    sandbox::SIGNATURE,
    stripe::{signature, webhook},
};
use crate::{problems::BAD_SIGNATURE, state::Booking};

/// `POST /payment/callback/sandbox`: 204 only once it is committed.
///
/// # Errors
/// A problem; the provider calls again.
pub async fn sandbox(
    State(app): State<Booking>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<StatusCode, Problem> {
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    inbox::take_in(&app, signature, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /payment/callback/stripe`: 204 only once it is committed.
///
/// # Errors
/// A problem; Stripe calls again.
pub async fn stripe(
    State(app): State<Booking>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<StatusCode, Problem> {
    let keys = app.keys.stripe.as_ref().ok_or_else(|| Problem::of(kinds::NOT_FOUND))?;
    let header = headers.get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    webhook::take_in(&app, keys, header, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<InboxError> for Problem {
    fn from(error: InboxError) -> Self {
        match error {
            InboxError::Forged => {
                tracing::warn!("a callback with a wrong signature was refused");
                Self::of(BAD_SIGNATURE)
            }
            InboxError::Strange(error) => Self::of(kinds::INVALID_BODY).detail(error.to_string()),
            InboxError::Settle(error) => error.into(),
        }
    }
}
