//! What a key is exchanged for: a token that holds a minute.

use contracts::{
    organizer_key::{LASTS, OrganizerKey, parse},
    token,
};
use platform::postgres::StoreError;
use tracing::instrument;

use super::store;
use crate::state::Booking;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// There is no such key, or it ended or was revoked.
    #[error("the key is not good")]
    BadKey,
    /// The database failed.
    #[error("exchanging a key failed")]
    Store(#[from] StoreError),
}

/// A token for the key `text`. That it was used is written down at most once a minute.
///
/// # Errors
/// [`ExchangeError`].
#[instrument(name = "key.exchange", skip_all, fields(key.id))]
pub async fn exchange(app: &Booking, text: &str) -> Result<String, ExchangeError> {
    let (prefix, secret) = parse(text).ok_or(ExchangeError::BadKey)?;
    let (kept, now) = (store::find(&app.postgres, prefix).await?, app.clock.now());
    let kept = kept.filter(|kept| kept.opens(secret, now)).ok_or(ExchangeError::BadKey)?;
    tracing::Span::current().record("key.id", tracing::field::display(kept.id));
    store::used(&app.postgres, kept.id, now).await?;
    let exp = (now + LASTS).min(kept.terms.ends_at);
    let claims = OrganizerKey {
        jti: kept.id,
        sub: kept.organizer,
        by: kept.by,
        may: kept.terms.may,
        scope: kept.terms.scope,
        iat: now,
        exp,
    };
    Ok(token::sign(&claims, &app.keys.session))
}
