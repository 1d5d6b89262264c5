//! The calls about webhooks: all of them an organizer's.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{NoticeId, WebhookId},
    webhook::{KINDS, Secret},
};
use platform::http::{Json, Path, Problem, Query, internal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Endpoint, MOST, ManageError, Written, change, create,
    log::{self, PAGE},
    own, replay, rotate, store,
    store::delivery::State as DeliveryState,
    try_out,
    view::{DeliveryView, EndpointView},
};
use crate::{
    cursor,
    extractors::Organizer,
    problems::{TOO_MANY_WEBHOOKS, UNKNOWN_DELIVERY, UNKNOWN_WEBHOOK, WEBHOOK_EXISTS, WEBHOOK_OFF},
    state::Booking,
};

/// The endpoints of an organizer, and what they may be told.
#[derive(Clone, Debug, Serialize)]
pub struct Endpoints {
    webhooks: Vec<EndpointView>,
    types: [&'static str; KINDS.len()],
}

/// The body of `POST /webhook/{webhookId}/secret`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotate {
    keep_hours: Option<i64>,
}

/// The query of `GET /webhook/{webhookId}/delivery`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    before: Option<NoticeId>,
    state: Option<DeliveryState>,
}

/// Deliveries, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct Deliveries {
    deliveries: Vec<DeliveryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The body of `POST /webhook/{webhookId}/replay`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    since: DateTime<Utc>,
}

/// `GET /webhook`: all endpoints of the organizer.
///
/// # Errors
/// A problem.
pub async fn list(State(app): State<Booking>, organizer: Organizer) -> Result<Json<Endpoints>, Problem> {
    let found = store::all(&app.postgres, organizer.account).await.map_err(|error| internal(&error))?;
    let webhooks = found.into_iter().map(|one| view(&app, one, None)).collect();
    Ok(Json(Endpoints { webhooks, types: KINDS }))
}

/// `POST /webhook`: makes an endpoint; the answer has its secret.
///
/// # Errors
/// `invalid-body`, `webhook-exists`, `too-many-webhooks`.
pub async fn create(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(written): Json<Written>,
) -> Result<Response, Problem> {
    let (made, secret) = create::create(&app, &organizer.actor, &written).await?;
    let place = [(header::LOCATION, format!("/webhook/{}", made.id))];
    Ok((StatusCode::CREATED, place, private(view(&app, made, Some(&secret)))).into_response())
}

/// `GET /webhook/{webhookId}`: one endpoint.
///
/// # Errors
/// `unknown-webhook`.
pub async fn show(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
) -> Result<Json<EndpointView>, Problem> {
    Ok(Json(view(&app, own(&app, organizer.account, id).await?, None)))
}

/// `PUT /webhook/{webhookId}`: says everything about it anew, but its secret.
///
/// # Errors
/// `unknown-webhook`, `invalid-body`, `webhook-exists`.
pub async fn change(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
    Json(written): Json<Written>,
) -> Result<Json<EndpointView>, Problem> {
    Ok(Json(view(&app, change::change(&app, &organizer.actor, id, &written).await?, None)))
}

/// `DELETE /webhook/{webhookId}`: nothing is sent there any more.
///
/// # Errors
/// `unknown-webhook`.
pub async fn remove(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode, Problem> {
    change::remove(&app, &organizer.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /webhook/{webhookId}/secret`: a new secret, which the answer has.
///
/// # Errors
/// `unknown-webhook`, `invalid-body`.
pub async fn rotate(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
    Json(asked): Json<Rotate>,
) -> Result<Response, Problem> {
    let (rotated, secret) = rotate::rotate(&app, &organizer.actor, id, asked.keep_hours).await?;
    Ok(private(view(&app, rotated, Some(&secret))).into_response())
}

/// `POST /webhook/{webhookId}/test`: sends a test there.
///
/// # Errors
/// `unknown-webhook`, `webhook-off`.
pub async fn try_out(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
) -> Result<Response, Problem> {
    let notice = try_out::try_out(&app, &organizer.actor, id).await?;
    let place = format!("/webhook/{id}/delivery/{notice}");
    let answer = json!({"noticeId": notice, "delivery": place});
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// `GET /webhook/{webhookId}/delivery`: what was told there, the newest first, 100 at a time.
///
/// # Errors
/// `unknown-webhook`.
pub async fn deliveries(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
    Query(which): Query<Which>,
) -> Result<Json<Deliveries>, Problem> {
    let found = log::list(&app, organizer.account, id, which.before, which.state).await?;
    let filter = which.state.map(|state| format!("&state={}", state.name())).unwrap_or_default();
    let next = cursor::go_on(&found, PAGE);
    let next = next.map(|last| format!("/webhook/{id}/delivery?before={}{filter}", last.notice));
    let deliveries = found.into_iter().map(|one| DeliveryView::new(one, None)).collect();
    Ok(Json(Deliveries { deliveries, next }))
}

/// `GET /webhook/{webhookId}/delivery/{noticeId}`: one of them, with its body.
///
/// # Errors
/// `unknown-webhook`, `unknown-delivery`.
pub async fn delivery(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((id, notice)): Path<(WebhookId, NoticeId)>,
) -> Result<Json<DeliveryView>, Problem> {
    let (found, body) = log::show(&app, organizer.account, id, notice).await?;
    Ok(Json(DeliveryView::new(found, Some(body))))
}

/// `POST /webhook/{webhookId}/delivery/{noticeId}/replay`: sends it again.
///
/// # Errors
/// `unknown-webhook`, `unknown-delivery`, `webhook-off`.
pub async fn replay(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((id, notice)): Path<(WebhookId, NoticeId)>,
) -> Result<Response, Problem> {
    replay::one(&app, &organizer.actor, id, notice).await?;
    let (found, _) = log::show(&app, organizer.account, id, notice).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryView::new(found, None))).into_response())
}

/// `POST /webhook/{webhookId}/replay`: sends everything again that did not arrive since an instant.
///
/// # Errors
/// `unknown-webhook`, `webhook-off`.
pub async fn replay_all(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(id): Path<WebhookId>,
    Json(asked): Json<Since>,
) -> Result<Response, Problem> {
    let replayed = replay::all(&app, &organizer.actor, id, asked.since).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"replayed": replayed}))).into_response())
}

fn view(app: &Booking, endpoint: Endpoint, secret: Option<&Secret>) -> EndpointView {
    EndpointView::new(endpoint, secret, app.clock.now())
}

/// An answer with a secret in it, which nobody on the way may keep.
fn private(view: EndpointView) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(view))
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Invalid(invalid) => invalid.into(),
            ManageError::Unknown => Self::of(UNKNOWN_WEBHOOK),
            ManageError::Exists => Self::of(WEBHOOK_EXISTS),
            ManageError::TooMany => Self::of(TOO_MANY_WEBHOOKS).with("limit", MOST),
            ManageError::Off => Self::of(WEBHOOK_OFF),
            ManageError::UnknownDelivery => Self::of(UNKNOWN_DELIVERY),
            ManageError::Store(error) => internal(&error),
        }
    }
}
