//! Pages and their scripts. A page comes whole and works on from there with its script, which is a file of its own:
//! the content security policy allows nothing inline.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use contracts::id::HoldRef;
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::{Path, Problem};

use crate::{
    extractors::SignedIn,
    hold::{find, view::view},
    order::view::OrderView,
    pages::handler::{A_MINUTE, SCRIPT, asset, render, templates},
    state::Booking,
};

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = templates(
        UndefinedBehavior::SemiStrict,
        [
            ("frame.html", include_str!("frame.html")),
            ("checkout.html", include_str!("checkout.html")),
            ("order.html", include_str!("order.html")),
        ],
    );
    pages.add_filter("money", |minor: i64, currency: &str| {
        currency.parse().map_or_else(
            |_| minor.to_string(),
            |currency| contracts::money::Money { minor, currency }.to_string(),
        )
    });
    pages
});

/// What a page may load: our own files, and nothing inline.
const POLICY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// Whether the client would rather have a page than JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let at = |kind: &str| accept.find(kind);
    match (at("text/html"), at("application/json")) {
        (Some(page), Some(json)) => page < json,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// `GET /checkout/{holdId}`: the tickets, the time left, and a choice of payments.
///
/// # Errors
/// A problem.
pub async fn checkout(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(hold): Path<HoldRef>,
) -> Result<Response, Problem> {
    let found = view(&app, find::find(&app, fan.account, hold).await?);
    page("checkout.html", &context! { hold => Value::from(Serde(&found)) })
}

/// The page of an order.
pub(crate) fn order_page(order: &OrderView) -> Result<Response, Problem> {
    page("order.html", &context! { order => Value::from(Serde(order)) })
}

fn page(name: &str, values: &Value) -> Result<Response, Problem> {
    render(&PAGES, POLICY, name, values)
}

/// `GET /assets/booking/checkout.js`.
pub async fn checkout_script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("checkout.js"))
}

/// `GET /assets/booking/order.js`.
pub async fn order_script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("order.js"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_gets_a_page_and_a_program_gets_json() {
        let wants = |accept: &'static str| {
            wants_page(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!wants("application/json"));
        assert!(!wants("application/json, text/html;q=0.5"));
        assert!(!wants("*/*"));
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(PAGES.templates().count(), 3);
    }
}
