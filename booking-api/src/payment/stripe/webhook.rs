//! Taking in what Stripe tells.

use serde::Deserialize;
use serde_json::Value;
use tracing::instrument;

use super::{
    intent::{Intent, money},
    signature::is_genuine,
};
use crate::{
    dispute::{self, DisputeState, DisputeTold},
    keys::StripeKeys,
    order::settle,
    payment::{ProviderName, inbox::InboxError},
    state::Booking,
};

/// An event. More members may come: they are Stripe's to add.
#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Value,
}

#[derive(Debug, Deserialize)]
struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    payment_intent: Option<String>,
}

/// Checks the signature over the raw bytes, then settles and remembers the event in one transaction. One that came before
/// changes nothing; one that is about nothing of ours is left alone.
///
/// # Errors
/// [`InboxError`]; then Stripe must not be told that it was taken in, and tells again.
#[instrument(name = "payment.take_in_stripe", skip_all)]
pub async fn take_in(app: &Booking, keys: &StripeKeys, header: &str, body: &[u8]) -> Result<(), InboxError> {
    if !is_genuine(&keys.webhook, header, body, app.clock.now()) {
        return Err(InboxError::Forged);
    }
    let raw: Value = serde_json::from_slice(body).map_err(InboxError::Strange)?;
    let event: Event = serde_json::from_value(raw.clone()).map_err(InboxError::Strange)?;
    let remembered = (event.id.as_str(), &raw);
    if event.kind.starts_with("payment_intent.") {
        let intent: Intent = serde_json::from_value(event.data.object).map_err(InboxError::Strange)?;
        // An account may take payments for others than us: what has no key of ours is not ours to let go.
        let Some(reference) = intent.reference() else { return Ok(()) };
        let told = intent.told(reference);
        settle::settle(app, ProviderName::Stripe, &told, Some(remembered)).await?;
    } else if event.kind.starts_with("charge.dispute.") {
        let dispute: Dispute = serde_json::from_value(event.data.object).map_err(InboxError::Strange)?;
        if let Some(told) = told(dispute) {
            dispute::take_in::take_in(app, ProviderName::Stripe, &told, remembered).await?;
        }
    }
    Ok(())
}

/// The dispute in our words; none where it is about no intent.
fn told(dispute: Dispute) -> Option<DisputeTold> {
    let state = match dispute.status.as_str() {
        "won" | "warning_closed" | "prevented" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        _ => DisputeState::Opened,
    };
    Some(DisputeTold {
        id: dispute.id,
        authorization: dispute.payment_intent?,
        amount: money(dispute.amount, &dispute.currency)?,
        state,
    })
}
