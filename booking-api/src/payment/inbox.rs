//! Taking a provider's callback in.

use contracts::money::Money;
use serde::Deserialize;
use serde_json::Value;
use tracing::instrument;

use super::{
    Provider, Standing, Told,
    sandbox::{Sandbox, is_genuine},
};
use crate::{
    order::settle::{self, SettleError},
    state::Booking,
};

/// Why a callback was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// Not signed by the provider.
    #[error("the callback is not genuine")]
    Forged,
    /// Signed, and yet not what we understand.
    #[error("the callback cannot be understood")]
    Strange(#[source] serde_json::Error),
    /// It could not be settled; the provider will call again.
    #[error("taking a callback in failed")]
    Settle(#[from] SettleError),
}

/// A callback of the sandbox. More members may come: they are the provider's to add.
#[derive(Clone, Debug, Deserialize)]
struct Callback {
    id: String,
    #[serde(rename = "type")]
    kind: Standing,
    authorization: String,
    reference: String,
    amount: Money,
}

/// Checks the signature over the raw bytes, then settles and remembers the callback in one transaction. One that came
/// before changes nothing.
///
/// # Errors
/// [`InboxError`]; then the provider must not be told that it was taken in.
#[instrument(name = "payment.take_in", skip_all)]
pub async fn take_in(app: &Booking, signature: &str, body: &[u8]) -> Result<(), InboxError> {
    if !is_genuine(&app.keys.sandbox_secret, signature, body) {
        return Err(InboxError::Forged);
    }
    let raw: Value = serde_json::from_slice(body).map_err(InboxError::Strange)?;
    let callback: Callback = serde_json::from_value(raw.clone()).map_err(InboxError::Strange)?;
    let Callback { id, kind: state, authorization, reference, amount } = callback;
    let told = Told { id: authorization, reference, state, amount };
    settle::settle(app, Sandbox::NAME, &told, Some((&id, &raw))).await?;
    Ok(())
}
