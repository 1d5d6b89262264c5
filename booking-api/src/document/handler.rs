//! `GET /ticket/{ticketId}/ticket.pdf`, `event.ics` and `ticket.pkpass`.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use contracts::{
    id::{OrderRef, TicketRef},
    message::IssuedTicket,
};
use platform::http::{Path, Problem};

use crate::{
    extractors::SignedIn,
    problems::NO_WALLET,
    state::Booking,
    transfer::{handler::held, mine::Held},
    wallet::Pass,
};

/// What is given to its holder to keep, and to nobody between.
fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// `GET /ticket/{ticketId}/ticket.pdf`: the ticket on paper.
///
/// # Errors
/// A problem.
pub async fn pdf(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(ticket): Path<TicketRef>,
) -> Result<Response, Problem> {
    let Held { code, event, place, .. } = held(&app, fan, ticket).await?;
    let order = OrderRef { event: code.event, order: code.order };
    let issued = IssuedTicket { ticket, place, code: code.sign(&app.keys.ticket) };
    let made = paper::pdf::pdf(&event, order, &[issued]).map_err(|error| Problem::internal(&error))?;
    Ok(file("application/pdf", "ticket.pdf", made))
}

/// `GET /ticket/{ticketId}/event.ics`: the event for a calendar.
///
/// # Errors
/// A problem.
pub async fn ics(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(ticket): Path<TicketRef>,
) -> Result<Response, Problem> {
    let Held { code, event, place, .. } = held(&app, fan, ticket).await?;
    let url = app.config.public.public_url.join(&format!("/ticket/{ticket}")).map(String::from);
    let uid = format!("{}@usher", OrderRef { event: code.event, order: code.order });
    let made = paper::ics::ics(&event, &uid, app.clock.now(), &[place], &url.unwrap_or_default());
    Ok(file("text/calendar; charset=utf-8", "event.ics", made.into_bytes()))
}

/// `GET /ticket/{ticketId}/ticket.pkpass`: the ticket for a wallet.
///
/// # Errors
/// A problem.
pub async fn wallet(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(ticket): Path<TicketRef>,
) -> Result<Response, Problem> {
    let Held { code, event, place, .. } = held(&app, fan, ticket).await?;
    let wallet = app.keys.wallet.as_ref().ok_or_else(|| Problem::of(NO_WALLET))?;
    let signed = code.sign(&app.keys.ticket);
    let serial = format!("{ticket}.{}", code.serial);
    let pass = Pass { serial: &serial, event: &event, place: &place, code: &signed };
    let made = wallet.file(&pass, app.clock.now()).map_err(|error| Problem::internal(&error))?;
    Ok(file("application/vnd.apple.pkpass", "ticket.pkpass", made))
}
