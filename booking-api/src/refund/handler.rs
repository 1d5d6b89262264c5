//! The calls about refunds.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::{OrderRef, RefundId, TicketId, TicketRef},
    money::Money,
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{
    Cause, NotThese, Refund, RefundState,
    ask::{self, AskRefund, RefundError},
    retry::{self, RetryError},
};
use crate::{
    extractors::Organizer,
    idempotency::{
        self,
        begin::{self as run, Begun},
    },
    invalid::Checks,
    problems::{
        ALREADY_REFUNDED, DISPUTED, NOT_REFUSED, NOT_YOURS, NOTHING_TO_REFUND, UNKNOWN_ORDER, UNKNOWN_REFUND,
        UNKNOWN_TICKET,
    },
    state::Booking,
};

/// The body of `POST /order/{orderId}/refund`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefundBody {
    /// These tickets, or all that are left.
    #[serde(default)]
    ticket_ids: Option<Vec<TicketRef>>,
    /// Why, in words for the fan.
    reason: String,
}

/// A refund as the public sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundView {
    /// Which one.
    pub refund_id: RefundId,
    /// What it came of.
    pub cause: Cause,
    /// Why.
    pub reason: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// The refund as the public sees it.
pub fn view(refund: &Refund) -> RefundView {
    RefundView {
        refund_id: refund.id,
        cause: refund.cause,
        reason: refund.reason.clone(),
        amount: refund.amount,
        state: refund.state,
        created_at: refund.created_at,
    }
}

/// `POST /order/{orderId}/refund`: the organizer gives money back for an order, or for some of its tickets.
///
/// # Errors
/// A problem.
pub async fn refund(
    State(app): State<Booking>,
    organizer: Organizer,
    headers: HeaderMap,
    Path(order): Path<OrderRef>,
    Json(body): Json<RefundBody>,
) -> Result<Response, Problem> {
    let asked = asked(order, &body)?;
    let (who, by) = (organizer.account, &organizer.actor);
    let Some(key) = idempotency::handler::key(&headers, &(order, &body))? else {
        let refund = ask::ask(&app, by, &asked, None).await?;
        return Ok((StatusCode::ACCEPTED, Json(view(&refund))).into_response());
    };
    match run::begin(&app, who, key).await? {
        Begun::Done(done) => {
            let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::ACCEPTED);
            Ok((status, Json(done.answer)).into_response())
        }
        Begun::Run(begun) => match ask::ask(&app, by, &asked, Some(&begun)).await {
            Ok(refund) => Ok((StatusCode::ACCEPTED, Json(view(&refund))).into_response()),
            Err(error) => {
                run::forget(&app, who, &begun).await;
                Err(error.into())
            }
        },
    }
}

/// `POST /order/{orderId}/refund/{refundId}/retry`: the provider refused it, and is asked again.
///
/// # Errors
/// A problem.
pub async fn again(
    State(app): State<Booking>,
    organizer: Organizer,
    headers: HeaderMap,
    Path((order, refund)): Path<(OrderRef, RefundId)>,
) -> Result<Response, Problem> {
    let key = idempotency::handler::key(&headers, &(order, refund))?;
    let done = idempotency::handler::under_key(&app, organizer.account, key, |run| {
        let (app, by) = (&app, &organizer.actor);
        async move { retry::retry(app, by, order, refund, run.as_ref()).await }
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(done.answer)).into_response())
}

fn asked(order: OrderRef, body: &RefundBody) -> Result<AskRefund, Problem> {
    let mut checks = Checks::default();
    checks.text(&body.reason, 500, "/reason");
    if let Some(tickets) = &body.ticket_ids {
        checks.that((1..=100).contains(&tickets.len()), "/ticketIds", "names 1 to 100 tickets");
        checks.that(
            tickets.iter().all(|ticket| ticket.event == order.event),
            "/ticketIds",
            "are of the order's event",
        );
        let mut once = tickets.clone();
        once.sort_unstable();
        once.dedup();
        checks.that(once.len() == tickets.len(), "/ticketIds", "names no ticket twice");
    }
    checks.done()?;
    let tickets = body.ticket_ids.as_ref().map(|all| all.iter().map(|ticket| ticket.ticket).collect());
    Ok(AskRefund { order, tickets, reason: body.reason.clone() })
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::Unknown => Self::of(UNKNOWN_REFUND),
            RetryError::NotYours => Self::of(NOT_YOURS),
            RetryError::NotRefused(state) => Self::of(NOT_REFUSED).with("state", state),
            RetryError::Disputed => Self::of(DISPUTED),
            RetryError::Store(error) => internal(&error),
        }
    }
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Self {
        let public = |event, tickets: Vec<TicketId>| -> Vec<TicketRef> {
            tickets.into_iter().map(|ticket| TicketRef { event, ticket }).collect()
        };
        match error {
            RefundError::Unknown => Self::of(UNKNOWN_ORDER),
            RefundError::NotYours => Self::of(NOT_YOURS),
            RefundError::NotPaid(state) => Self::of(NOTHING_TO_REFUND).with("state", state),
            RefundError::Disputed => Self::of(DISPUTED),
            RefundError::NotThese(event, NotThese::Unknown(tickets)) => {
                Self::of(UNKNOWN_TICKET).with("ticketIds", public(event, tickets))
            }
            RefundError::NotThese(event, NotThese::Again(tickets)) => {
                Self::of(ALREADY_REFUNDED).with("ticketIds", public(event, tickets))
            }
            RefundError::Illegal(error) => Self::internal(&error),
            RefundError::Store(error) => internal(&error),
        }
    }
}
