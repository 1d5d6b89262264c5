//! Taking a provider's callback in.

use contracts::money::Money;
use serde::Deserialize;
use serde_json::Value;
use tracing::instrument;

use super::{ProviderName, Standing, Told, sandbox::is_genuine};
use crate::{
    dispute::{self, DisputeState, DisputeTold},
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
    kind: Kind,
    authorization: String,
    reference: String,
    amount: Money,
    dispute: Option<String>,
}

/// What it tells of.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    DisputeOpened,
    DisputeWon,
    DisputeLost,
    #[serde(untagged)]
    Payment(Standing),
}

impl Kind {
    /// What it says of a payment, or of a dispute.
    const fn told(self) -> Result<Standing, DisputeState> {
        match self {
            Self::Payment(standing) => Ok(standing),
            Self::DisputeOpened => Err(DisputeState::Opened),
            Self::DisputeWon => Err(DisputeState::Won),
            Self::DisputeLost => Err(DisputeState::Lost),
        }
    }
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
    let Callback { id, kind, authorization, reference, amount, dispute } = callback;
    match kind.told() {
        Ok(state) => {
            let told = Told { id: authorization, reference, state, amount, challenge: None };
            settle::settle(app, ProviderName::Sandbox, &told, Some((&id, &raw))).await?;
        }
        Err(state) => {
            let named = || serde::de::Error::missing_field("dispute");
            let dispute = dispute.ok_or_else(named).map_err(InboxError::Strange)?;
            let told = DisputeTold { id: dispute, authorization, amount, state };
            dispute::take_in::take_in(app, ProviderName::Sandbox, &told, (&id, &raw)).await?;
        }
    }
    Ok(())
}
