//! The pages of a ticket, and what they load.

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use chrono_tz::Tz;
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::Problem;

use crate::{
    extractors::SignedIn,
    pages::handler::{A_MINUTE, SCRIPT, asset, render, templates},
    transfer::handler::HeldView,
};

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    templates(
        UndefinedBehavior::SemiStrict,
        [
            ("frame.html", include_str!("../pages/frame.html")),
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

/// The page of a ticket.
pub(crate) fn ticket_page(ticket: &HeldView, has_wallet: bool) -> Result<Response, Problem> {
    let zone: Tz = ticket.time_zone.parse().unwrap_or(Tz::UTC);
    let starts = ticket.starts_at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M %Z").to_string();
    page("ticket.html", &context! { ticket => Value::from(Serde(ticket)), starts, wallet => has_wallet })
}

/// `GET /ticket/accept`: where the mail of a transfer leads to.
///
/// # Errors
/// None that a visitor can cause.
pub async fn accept(somebody: Option<SignedIn>) -> Result<Response, Problem> {
    page("accept.html", &context! { signed_in => somebody.is_some() })
}

fn page(name: &str, values: &Value) -> Result<Response, Problem> {
    render(&PAGES, POLICY, name, values)
}

/// `GET /assets/booking/ticket.js`.
pub async fn ticket_script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("ticket.js"))
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
        assert_eq!(PAGES.templates().count(), 3);
    }
}
