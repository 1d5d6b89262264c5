//! The calls about tickets.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use contracts::id::{EventId, OrderRef, TicketRef};
use platform::http::{Json, Path, Problem, Query, internal};
use serde::{Deserialize, Serialize};

use super::{
    check::{self, CheckError},
    revoke,
};
use crate::{
    extractors::{Organizer, SignedIn},
    order::find,
    problems::{NOT_GENUINE, UNKNOWN_TICKET},
    state::Booking,
};

/// The body of `POST /ticket/check`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    code: String,
}

/// Its answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    event_id: EventId,
    ticket_id: TicketRef,
    place: String,
    genuine: bool,
}

/// `POST /ticket/check`: whether a code opens the door.
///
/// # Errors
/// A problem.
pub async fn check(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(body): Json<Check>,
) -> Result<Json<Checked>, Problem> {
    let (code, place) = check::check(&app, organizer.account, &organizer.scope, &body.code).await?;
    let ticket_id = TicketRef { event: code.event, ticket: code.ticket };
    Ok(Json(Checked { event_id: code.event, ticket_id, place, genuine: true }))
}

/// `GET /order/{orderId}/ticket/{ticketId}/qr.svg`: the QR code of one's own ticket.
///
/// # Errors
/// A problem.
pub async fn qr(
    State(app): State<Booking>,
    fan: SignedIn,
    Path((order, ticket)): Path<(OrderRef, TicketRef)>,
) -> Result<Response, Problem> {
    let whole = find::find(&app, fan.account, order).await?;
    let code = whole.codes.get(&ticket.ticket).filter(|code| code.event == ticket.event);
    let code = code.ok_or_else(|| Problem::of(UNKNOWN_TICKET))?;
    let picture = qr::svg(&code.sign(&app.keys.ticket)).map_err(|error| Problem::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, picture).into_response())
}

/// `GET /ticket/key`: the keys that codes are checked with (a JWK set), for whoever checks without asking us.
pub async fn keys(State(app): State<Booking>) -> impl IntoResponse {
    let headers = [(header::CACHE_CONTROL, "public, max-age=60")];
    (headers, Json(app.keys.tickets.current().to_jwks()))
}

/// Which part of the list.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    #[serde(default)]
    since: u64,
}

/// A part of the list of revoked codes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevocationsView {
    event_id: EventId,
    since: u64,
    version: u64,
    revoked: Vec<(u32, u32)>,
    more: bool,
    token: String,
}

/// `GET /event/{eventId}/revocation?since=`: the codes that are worth nothing any more, signed.
///
/// # Errors
/// A problem.
pub async fn revocations(
    State(app): State<Booking>,
    Path(event): Path<EventId>,
    Query(asked): Query<Since>,
) -> Result<impl IntoResponse, Problem> {
    let part = revoke::revocations(&app, event, asked.since).await.map_err(|error| internal(&error))?;
    let revoke::Part { said, token, more } = part;
    let view = RevocationsView {
        event_id: event,
        since: said.since,
        version: said.version,
        revoked: said.revoked,
        more,
        token,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)))
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::NotGenuine => Self::of(NOT_GENUINE),
            CheckError::Revoked(because) => Self::of(NOT_GENUINE).with("revoked", because),
            CheckError::Store(error) => internal(&error),
        }
    }
}
