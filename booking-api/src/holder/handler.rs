//! The pages of a ticket, and what they load.

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, header},
    response::{Html, IntoResponse, Response},
};
use chrono_tz::Tz;
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::Problem;

use crate::{extractors::SignedIn, transfer::handler::HeldView};

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, text) in [
        ("frame.html", include_str!("../pages/frame.html")),
        ("ticket.html", include_str!("ticket.html")),
        ("accept.html", include_str!("accept.html")),
    ] {
        pages.add_template(name, text).expect("a test reads every template");
    }
    pages
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
    let html = PAGES.get_template(name).and_then(|template| template.render(values));
    let html = html.map_err(|error| Problem::internal(&error))?;
    Ok((POLICY, Html(html)).into_response())
}

/// `GET /assets/booking/ticket.js`.
pub async fn ticket_script() -> impl IntoResponse {
    script(include_str!("ticket.js"))
}

/// `GET /assets/booking/accept.js`.
pub async fn accept_script() -> impl IntoResponse {
    script(include_str!("accept.js"))
}

fn script(text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=60"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(PAGES.templates().count(), 3);
    }
}
