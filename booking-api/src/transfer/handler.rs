//! The calls about one's tickets, and about sending them.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::id::{EventId, OrderRef, TicketRef};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Transfer,
    accept::{self, AcceptError},
    cancel::{self, CancelError},
    mine::{self, Held},
    rule::{self, RuleError},
    send::{self, SendError},
};
use crate::{
    checkout,
    extractors::{OnPage, Organizer, Reader, SignedIn},
    holder,
    idempotency::{self, Done},
    order::handler::language,
    problems::{
        NO_TRANSFER, NOT_YOUR_BOOKING, NOT_YOURS, SALES_CLOSED, TICKET_USED, TRANSFER_FORBIDDEN,
        TRANSFER_OPEN, TRANSFER_OVER, UNKNOWN_EVENT, UNKNOWN_TICKET,
    },
    state::Booking,
};

/// A ticket as its holder sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldView {
    ticket_id: TicketRef,
    event_id: EventId,
    order_id: OrderRef,
    title: String,
    venue: String,
    city: String,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) time_zone: String,
    place: String,
    code: String,
    /// Whom it was sent to, if it is on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<OnItsWay>,
    transferable: bool,
}

#[derive(Clone, Debug, Serialize)]
struct OnItsWay {
    email: String,
    until: DateTime<Utc>,
}

fn view(app: &Booking, held: Held) -> HeldView {
    let Held { code, event, place, on_its_way, may_be_sent } = held;
    HeldView {
        ticket_id: TicketRef { event: code.event, ticket: code.ticket },
        event_id: code.event,
        order_id: OrderRef { event: code.event, order: code.order },
        title: event.title,
        venue: event.venue,
        city: event.city,
        starts_at: event.starts_at,
        time_zone: event.time_zone,
        place,
        code: code.sign(&app.keys.ticket),
        transferable: may_be_sent && on_its_way.is_none() && event.starts_at > app.clock.now(),
        transfer: on_its_way.map(|(email, until)| OnItsWay { email, until }),
    }
}

const PRIVATE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "private, no-store")];

/// `GET /ticket`: the tickets that one holds, bought or received.
///
/// # Errors
/// A problem.
pub async fn list(State(app): State<Booking>, fan: SignedIn) -> Result<Response, Problem> {
    let held = mine::list(&app, fan.account).await.map_err(|error| internal(&error))?;
    let tickets: Vec<_> = held.into_iter().map(|held| view(&app, held)).collect();
    Ok((PRIVATE, Json(json!({ "tickets": tickets }))).into_response())
}

/// The same as its holder sees it.
pub(crate) async fn held_view(app: &Booking, fan: SignedIn, ticket: TicketRef) -> Result<HeldView, Problem> {
    Ok(view(app, held(app, fan, ticket).await?))
}

/// The ticket, if the fan holds it.
pub(crate) async fn held(app: &Booking, fan: SignedIn, ticket: TicketRef) -> Result<Held, Problem> {
    let found = mine::find(app, fan.account, ticket).await.map_err(|error| internal(&error))?;
    found.ok_or_else(|| Problem::of(UNKNOWN_TICKET))
}

/// `GET /ticket/{ticketId}`: a ticket that one holds, as JSON or as a page.
///
/// # Errors
/// A problem.
pub async fn show(
    State(app): State<Booking>,
    OnPage(fan): OnPage,
    (reader, headers): (Reader, HeaderMap),
    Path(ticket): Path<TicketRef>,
) -> Result<Response, Problem> {
    let view = held_view(&app, fan, ticket).await?;
    if checkout::handler::wants_page(&headers) {
        return holder::handler::ticket_page(&app, &reader, &view);
    }
    Ok((PRIVATE, Json(view)).into_response())
}

/// `GET /ticket/{ticketId}/qr.svg`: the QR code of a ticket that one holds.
///
/// # Errors
/// A problem.
pub async fn code(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(ticket): Path<TicketRef>,
) -> Result<Response, Problem> {
    let held = held(&app, fan, ticket).await?;
    let picture = qr::svg(&held.code.sign(&app.keys.ticket)).map_err(|error| Problem::internal(&error))?;
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    Ok((PRIVATE, kind, picture).into_response())
}

/// The body of `POST /ticket/{ticketId}/transfer`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    email: String,
}

/// `POST /ticket/{ticketId}/transfer`: sends a ticket to an address.
///
/// # Errors
/// A problem.
pub async fn send(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(ticket): Path<TicketRef>,
    headers: HeaderMap,
    Json(body): Json<Send>,
) -> Result<Response, Problem> {
    let key = idempotency::handler::key(&headers, &(ticket, &body))?;
    let done = idempotency::handler::under_key(&app, fan.account, key, |run| {
        let (app, body) = (&app, &body);
        async move { send::send(app, fan.account, ticket, &body.email, run.as_ref(), sent(ticket)).await }
    })
    .await?;
    Ok((StatusCode::CREATED, Json(done.answer)).into_response())
}

/// What is answered when `ticket` was sent.
pub(crate) fn sent(ticket: TicketRef) -> impl Fn(&Transfer) -> Done {
    move |transfer| Done {
        status: 201,
        answer: json!({
            "transferId": transfer.reference(), "ticketId": ticket, "email": transfer.email, "until": transfer.until,
        }),
    }
}

/// `DELETE /ticket/{ticketId}/transfer`: takes a ticket back that nobody has accepted yet.
///
/// # Errors
/// A problem.
pub async fn cancel(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(ticket): Path<TicketRef>,
) -> Result<StatusCode, Problem> {
    cancel::cancel(&app, fan.account, ticket).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The body of `POST /ticket/accept`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    token: String,
}

/// `POST /ticket/accept`: takes the ticket that the mail is about.
///
/// # Errors
/// A problem.
pub async fn accept(
    State(app): State<Booking>,
    fan: SignedIn,
    headers: HeaderMap,
    Json(body): Json<Accept>,
) -> Result<Response, Problem> {
    let ticket = accept::accept(&app, (fan.account, language(&headers)), &body.token).await?;
    let answer = json!({ "ticketId": ticket, "ticket": format!("/ticket/{ticket}") });
    Ok(Json(answer).into_response())
}

/// The body of `PUT /event/{eventId}/transfer`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    allowed: bool,
}

/// `PUT /event/{eventId}/transfer`: whether tickets may be sent to others.
///
/// # Errors
/// A problem.
pub async fn rule(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Json(body): Json<Rule>,
) -> Result<StatusCode, Problem> {
    rule::set(&app, &organizer.actor, event, body.allowed).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Unknown => Self::of(UNKNOWN_TICKET),
            SendError::NotYours => Self::of(NOT_YOUR_BOOKING),
            SendError::Invalid(invalid) => invalid.into(),
            SendError::Forbidden => Self::of(TRANSFER_FORBIDDEN),
            SendError::Begun => Self::of(SALES_CLOSED),
            SendError::Used => Self::of(TICKET_USED),
            SendError::Open => Self::of(TRANSFER_OPEN),
            SendError::Store(error) => internal(&error),
        }
    }
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Unknown => Self::of(NO_TRANSFER),
            AcceptError::Over => Self::of(TRANSFER_OVER),
            AcceptError::Used => Self::of(TICKET_USED),
            AcceptError::Store(error) => internal(&error),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::None => Self::of(NO_TRANSFER),
            CancelError::Store(error) => internal(&error),
        }
    }
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            RuleError::NotYours => Self::of(NOT_YOURS),
            RuleError::Store(error) => internal(&error),
        }
    }
}
