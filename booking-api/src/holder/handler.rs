//! The pages of tickets, the form of one, and what they load.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chrono_tz::Tz;
use contracts::id::TicketRef;
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::{Path, Problem};

use super::mine::Mine;
use crate::{
    extractors::{Reader, SignedIn},
    pages::{
        form::Fields,
        handler::{A_MINUTE, SCRIPT, asset, render, templates},
        words::{self, ACCEPTING, BOTH, moment},
    },
    state::Booking,
    transfer::{
        cancel,
        handler::{HeldView, held_view, sent},
        send,
    },
};

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    templates(
        UndefinedBehavior::SemiStrict,
        [
            ("frame.html", include_str!("../pages/frame.html")),
            ("mine.html", include_str!("mine.html")),
            ("ticket.html", include_str!("ticket.html")),
            ("accept.html", include_str!("accept.html")),
        ],
    )
});

/// What a page may load: our own files, and nothing inline. Nobody else hears the address of a ticket.
const POLICY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The page of all that one has.
pub(crate) fn mine_page(reader: &Reader, mine: &Mine) -> Result<Response, Problem> {
    page(reader, "mine.html", &Value::from(Serde(mine)))
}

/// The page of a ticket.
pub(crate) fn ticket_page(app: &Booking, reader: &Reader, ticket: &HeldView) -> Result<Response, Problem> {
    show(app, reader, ticket, &Fields::default(), None)
}

/// The same, with whom it was to be sent to and why that was refused, if it was.
fn show(
    app: &Booking,
    reader: &Reader,
    ticket: &HeldView,
    typed: &Fields,
    refused: Option<&Problem>,
) -> Result<Response, Problem> {
    let (language, zone) = (reader.language(), ticket.time_zone.parse().unwrap_or(Tz::UTC));
    let values = context! {
        ticket => Value::from(Serde(ticket)), starts => moment(language, ticket.starts_at, zone),
        wallet => app.keys.wallet.is_some(), typed => typed.or_empty("email"),
        problem => refused.map(|refused| words::problem(language, refused)),
    };
    let mut answer = page(reader, "ticket.html", &values)?;
    *answer.status_mut() = refused.map_or(StatusCode::OK, Problem::status);
    Ok(answer)
}

/// `POST /ticket/{ticketId}`: the form of its page. It sends the ticket to `email`, or takes it `back`.
///
/// # Errors
/// `unknown-ticket`, `signed-out`. All else is said on the page.
pub async fn pass_on(
    State(app): State<Booking>,
    (fan, reader): (SignedIn, Reader),
    Path(ticket): Path<TicketRef>,
    fields: Fields,
) -> Result<Response, Problem> {
    let done = if fields.text("back").is_some() {
        cancel::cancel(&app, fan.account, ticket).await.map_err(Problem::from)
    } else {
        let to = fields.or_empty("email");
        let done = send::send(&app, fan.account, ticket, to, None, sent(ticket)).await;
        done.map(drop).map_err(Problem::from)
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/ticket/{ticket}")).into_response()),
        Err(problem) => show(&app, &reader, &held_view(&app, fan, ticket).await?, &fields, Some(&problem)),
    }
}

/// `GET /ticket/accept`: where the mail of a transfer leads to.
///
/// # Errors
/// None that a visitor can cause.
pub async fn accept(somebody: Option<SignedIn>, reader: Reader) -> Result<Response, Problem> {
    let words = Value::from_safe_string(words::script(reader.language(), &[BOTH], &ACCEPTING));
    page(&reader, "accept.html", &context! { signed_in => somebody.is_some(), words })
}

fn page(reader: &Reader, name: &str, values: &Value) -> Result<Response, Problem> {
    render(&PAGES, POLICY, reader, name, values)
}

/// `GET /assets/booking/accept.js`.
pub async fn accept_script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("accept.js"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(PAGES.templates().count(), 5);
    }
}
