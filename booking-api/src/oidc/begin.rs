//! Somebody is sent to a provider.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::{ids::secret, postgres::StoreError};
use tracing::instrument;

use super::{Attempt, Browser, discover::Away, store, way_back};
use crate::{
    account::tries::{self, Slowed},
    state::Booking,
};

/// Why nobody is sent anywhere.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// There is no such provider.
    #[error("there is no such provider")]
    Unknown,
    /// Too many began from there.
    #[error("too many began to sign in")]
    Slowed(#[from] Slowed),
    /// The provider is of no use now.
    #[error("the provider cannot be used")]
    Away(#[from] Away),
    /// A store failed.
    #[error("beginning to sign in failed")]
    Store(#[from] StoreError),
}

/// Where the browser goes, and what it keeps.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The address.
    pub location: String,
    /// Its secret.
    pub browser: Browser,
}

/// Where whoever comes back from `provider` arrives, to the letter.
pub(super) fn redirect_uri(app: &Booking, provider: &str) -> String {
    let public = app.config.public.public_url.as_str().trim_end_matches('/');
    format!("{public}/account/oidc/{provider}/callback")
}

/// Sends somebody to `provider`, who goes on to `to` when they are back. A `browser` that is signing in elsewhere keeps its secret, so
/// that two tabs do.
///
/// # Errors
/// [`BeginError`].
#[instrument(name = "oidc.begin", skip_all, fields(provider = provider))]
pub async fn begin(
    app: &Booking,
    provider: &str,
    to: Option<&str>,
    browser: Option<Browser>,
    address: Option<IpAddr>,
) -> Result<Begun, BeginError> {
    let source = app.providers.find(provider).ok_or(BeginError::Unknown)?;
    tries::begin(app, address).await??;
    let now = app.clock.now();
    let document = source.document(now).await?;
    let browser = browser.unwrap_or_else(Browser::make);
    let state = URL_SAFE_NO_PAD.encode(secret::<32>());
    let attempt = Attempt { provider: provider.to_owned(), to: way_back(to), since: now };
    store::keep(&mut app.redis.clone(), &browser.place(&state), &attempt).await?;
    let mut location = document.authorization_endpoint.clone();
    location.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", &source.provider.client),
        ("redirect_uri", &redirect_uri(app, provider)),
        ("scope", "openid email profile"),
        ("state", &state),
        ("nonce", &browser.nonce(&state)),
        ("code_challenge", &browser.challenge(&state)),
        ("code_challenge_method", "S256"),
    ]);
    Ok(Begun { location: location.into(), browser })
}
