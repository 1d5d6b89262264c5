//! How endpoints and deliveries look to their organizer.

use chrono::{DateTime, Utc};
use contracts::{
    id::{NoticeId, WebhookId},
    webhook::{Secret, message_id},
};
use serde::Serialize;

use super::{
    Endpoint, OffCause,
    store::delivery::{Attempt, Delivery, State},
};

/// An endpoint.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointView {
    webhook_id: WebhookId,
    url: String,
    description: Option<String>,
    types: Vec<String>,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    off: Option<OffView>,
    failures: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct OffView {
    cause: OffCause,
    at: DateTime<Utc>,
}

impl EndpointView {
    /// The endpoint as it is at `now`, with its secret where that is told.
    pub fn new(endpoint: Endpoint, secret: Option<&Secret>, now: DateTime<Utc>) -> Self {
        Self {
            webhook_id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            types: endpoint.kinds,
            enabled: endpoint.off.is_none(),
            off: endpoint.off.map(|(cause, at)| OffView { cause, at }),
            failures: endpoint.failures,
            failing_since: endpoint.failing_since,
            previous_secret_until: endpoint.previous_until.filter(|until| *until > now),
            created_at: endpoint.created_at,
            secret: secret.map(Secret::text),
        }
    }
}

/// A delivery.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    notice_id: NoticeId,
    /// What the header `webhook-id` says.
    message_id: String,
    r#type: String,
    state: State,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<DateTime<Utc>>,
    attempts: Vec<AttemptView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptView {
    at: DateTime<Utc>,
    duration_ms: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let Attempt { at, duration_ms, status, error, .. } = attempt;
        Self { at, duration_ms, status, error }
    }
}

impl DeliveryView {
    /// The delivery, with its body where that is shown.
    pub fn new(delivery: Delivery, body: Option<String>) -> Self {
        let is_due = delivery.state == State::Due;
        Self {
            notice_id: delivery.notice,
            message_id: message_id(delivery.notice),
            r#type: delivery.kind,
            state: delivery.state,
            created_at: delivery.created_at,
            next_attempt_at: is_due.then_some(delivery.next_attempt_at),
            done_at: delivery.done_at,
            attempts: delivery.log.into_iter().map(AttemptView::from).collect(),
            body,
        }
    }
}
