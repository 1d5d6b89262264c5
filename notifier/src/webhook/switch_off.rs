//! An endpoint is told nothing more, and its organizer is told so by mail.

use contracts::{
    id::MessageId,
    message::{Message, WebhookOff},
};
use platform::postgres::{StoreError, Tx};

use super::{
    Delivery,
    store::{self, Health},
};
use crate::{metrics, state::Notifier};

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It said itself that it is gone: 410.
    Gone,
    /// It failed for days.
    Failing,
}

impl Why {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// Switches the endpoint of `delivery` off, in the caller's transaction; once, however many of its attempts fail at once.
///
/// # Errors
/// When the database fails.
pub async fn switch_off(
    app: &Notifier,
    tx: &mut Tx,
    delivery: &Delivery,
    why: Why,
    health: &Health,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let Some(to) = store::switch_off(tx, delivery.endpoint, why, now).await? else { return Ok(()) };
    let message = Message::WebhookOff(WebhookOff {
        to,
        url: delivery.url.clone(),
        gone: why == Why::Gone,
        since: health.since,
        at: now,
    });
    let body = serde_json::to_value(&message).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let cause = format!("{} {}", delivery.endpoint, now.timestamp_micros());
    store::append_mail(tx, app.ids.next::<MessageId>(), message.kind(), &cause, &body, now).await?;
    metrics::webhook_switched_off(why.name());
    tracing::warn!(webhook.id = %delivery.endpoint, cause = why.name(), "an endpoint was switched off");
    Ok(())
}
