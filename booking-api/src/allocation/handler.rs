//! The calls about what the organizer takes out of the sale.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use contracts::id::{EventId, OrderRef, TicketRef, TierId};
use platform::http::{Json, Path, Problem, internal, kinds};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Kind, PaidBy,
    release::{self, ReleaseError},
    store,
    take::{self, Take, TakeError},
};
use crate::{
    extractors::Organizer,
    hold::{handler::taken, reserve::Reserve},
    idempotency::{self, Done},
    order::Order,
    problems::{
        NOT_YOURS, SALES_CLOSED, SOLD_OUT, TOO_LATE_TO_CANCEL, UNKNOWN_EVENT, UNKNOWN_ORDER, UNKNOWN_TICKET,
        UNKNOWN_TIER,
    },
    state::Booking,
    ticket,
};

/// The most that a list shows.
const LISTED: i64 = 500;

/// The body of `POST /event/{eventId}/allocation`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allocate {
    kind: Kind,
    label: String,
    #[serde(default)]
    ticket_ids: Option<Vec<TicketRef>>,
    #[serde(default)]
    tier: Option<TierId>,
    #[serde(default)]
    quantity: Option<u32>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    paid_by: Option<PaidBy>,
}

/// `POST /event/{eventId}/allocation`: holds seats back, gives tickets away, or sells them at the counter.
///
/// # Errors
/// A problem.
pub async fn create(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    headers: HeaderMap,
    Json(body): Json<Allocate>,
) -> Result<Response, Problem> {
    let key = idempotency::handler::key(&headers, &(event, &body))?;
    let reserve = Reserve {
        ticket_ids: body.ticket_ids.clone(),
        event_id: body.tier.map(|_| event),
        tier: body.tier,
        quantity: body.quantity,
        ..Reserve::default()
    };
    let (of, asked) =
        reserve.asked().map_err(|bad| Problem::of(kinds::INVALID_BODY).detail(bad.to_string()))?;
    if of != event {
        return Err(Problem::of(kinds::INVALID_BODY).detail("The tickets are those of another event."));
    }
    let asked =
        Take { event, asked, kind: body.kind, label: body.label, paid_by: body.paid_by, email: body.email };
    let answer = |order: &Order| Done {
        status: 201,
        answer: json!({"orderId": order.reference(), "state": order.state, "total": order.total}),
    };
    let done = idempotency::handler::under_key(&app, organizer.account, key, |run| {
        let (app, by, asked) = (&app, &organizer.actor, &asked);
        async move { take::take(app, by, asked, run.as_ref(), answer).await }
    })
    .await?;
    Ok((StatusCode::CREATED, Json(done.answer)).into_response())
}

/// `GET /event/{eventId}/allocation`: what was taken out of the sale.
///
/// # Errors
/// A problem.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<Value>, Problem> {
    let owner = ticket::store::owner(&app.catalog, event).await.map_err(|error| internal(&error))?;
    if owner.ok_or_else(|| Problem::of(UNKNOWN_EVENT))? != organizer.account {
        return Err(Problem::of(NOT_YOURS));
    }
    let all = store::list(&app.catalog, event, LISTED).await.map_err(|error| internal(&error))?;
    Ok(Json(json!({ "allocations": all })))
}

/// `DELETE /event/{eventId}/allocation/{orderId}`: puts seats back into the sale that were held back.
///
/// # Errors
/// A problem.
pub async fn release(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((event, order)): Path<(EventId, OrderRef)>,
) -> Result<StatusCode, Problem> {
    if order.event != event {
        return Err(Problem::of(UNKNOWN_ORDER));
    }
    release::release(&app, &organizer.actor, order).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<TakeError> for Problem {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            TakeError::NotYours => Self::of(NOT_YOURS),
            TakeError::UnknownTickets(tickets) => Self::of(UNKNOWN_TICKET)
                .with("unknown", tickets.iter().map(|one| one.number()).collect::<Vec<_>>()),
            TakeError::UnknownTier => Self::of(UNKNOWN_TIER),
            TakeError::Invalid(invalid) => invalid.into(),
            TakeError::Over => Self::of(SALES_CLOSED),
            TakeError::Taken(event, tickets) => taken(event, &tickets),
            TakeError::SoldOut(left) => Self::of(SOLD_OUT).with("left", left),
            TakeError::Rebuilding(_) => Self::of(kinds::UNAVAILABLE).retry_after(1),
            TakeError::Illegal(error) => Self::internal(&error),
            TakeError::Store(error) => internal(&error),
        }
    }
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NotYours => Self::of(NOT_YOURS),
            ReleaseError::Unknown => Self::of(UNKNOWN_ORDER),
            ReleaseError::Sold(step) => Self::of(TOO_LATE_TO_CANCEL).with("state", step.from),
            ReleaseError::Store(error) => internal(&error),
        }
    }
}
