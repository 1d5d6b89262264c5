//! The pages of a purchase. They come whole and work on from there with a script of their own: the content security policy
//! allows nothing inline.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::Response,
};
use chrono_tz::Tz;
use contracts::id::{EventId, HoldRef, OrderRef};
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::{Path, Problem, internal};

use crate::{
    account,
    catalog::event::overview,
    extractors::{Reader, SignedIn},
    hold::{find, view::view},
    order::{
        self,
        view::{self as orders, OrderView},
    },
    pages::{
        form::Fields,
        handler::{render, templates},
        words::{self, BOTH, moment},
    },
    problems::SIGNED_OUT,
    state::Booking,
};

/// What the sandbox can be made to do, and the sentence that says it.
const TOKENS: [(&str, &str); 7] = [
    ("tok_ok", "token.ok"),
    ("tok_declined", "token.declined"),
    ("tok_late:5", "token.late"),
    ("tok_double", "token.double"),
    ("tok_lost", "token.lost"),
    ("tok_challenge", "token.challenge"),
    ("tok_forged", "token.forged"),
];

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    templates(
        UndefinedBehavior::SemiStrict,
        [
            ("frame.html", include_str!("../pages/frame.html")),
            ("checkout.html", include_str!("checkout.html")),
            ("order.html", include_str!("order.html")),
            ("ended.html", include_str!("ended.html")),
        ],
    )
});

/// What a page may load: our own files, and nothing inline.
const POLICY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
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

/// `GET /checkout/{holdId}`: the tickets, the time left, and how to pay.
///
/// # Errors
/// `unavailable`. What is over says so on a page.
pub async fn checkout(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    reader: Reader,
    Path(hold): Path<HoldRef>,
) -> Result<Response, Problem> {
    match somebody {
        Some(fan) => show(&app, (fan, &reader), hold, &Fields::default(), None).await,
        None => ended(&reader, hold.event, &Problem::of(SIGNED_OUT)),
    }
}

/// The checkout, with what was typed and why that was refused, if it was.
pub(crate) async fn show(
    app: &Booking,
    (fan, reader): (SignedIn, &Reader),
    of: HoldRef,
    typed: &Fields,
    refused: Option<Problem>,
) -> Result<Response, Problem> {
    let found = match find::find(app, fan.account, of).await {
        Ok(found) => view(app, found),
        Err(error) => return ended(reader, of.event, &error.into()),
    };
    let detail = overview::known(app, of.event).await?.value;
    let (facts, venue) = (&detail.event.facts, &detail.venue.facts);
    let zone: Tz = venue.time_zone.parse().unwrap_or(Tz::UTC);
    let whose = account::store::find(&app.postgres, fan.account).await.map_err(|error| internal(&error))?;
    let password = account::store::hash(&app.postgres, fan.account).await;
    let (now, language) = (app.clock.now(), reader.language());
    let left = (found.expires_at - now).num_seconds().max(0);
    let values = context! {
        ends => found.expires_at.timestamp_millis(), longest => found.longest_until.timestamp_millis(),
        now => now.timestamp_millis(), left => format!("{}:{:02}", left / 60, left % 60),
        hold => Value::from(Serde(&found)),
        event => context! {
            title => facts.title.as_str(), starts_at => facts.starts_at.to_rfc3339(), starts => moment(language, facts.starts_at, zone),
            venue => venue.name.as_str(),
        },
        email => whose.as_ref().and_then(|whose| whose.email.known()),
        is_guest => password.map_err(|error| internal(&error))?.is_none(),
        typed => context! {
            email => typed.or_empty("email"), name => typed.or_empty("name"), token => typed.or_empty("token"),
        },
        tokens => TOKENS, problem => refused.as_ref().map(|refused| words::problem(language, refused)),
        words => Value::from_safe_string(words::script(language, &[BOTH], &[])),
    };
    page(reader, "checkout.html", &values, refused.map_or(StatusCode::OK, |problem| problem.status()))
}

/// What a hold that is over looks like.
fn ended(reader: &Reader, event: EventId, problem: &Problem) -> Result<Response, Problem> {
    let is_over = problem.kind() != SIGNED_OUT;
    let values = context! { is_over, link => format!("/e/{event}") };
    page(reader, "ended.html", &values, problem.status())
}

/// The page of an order.
pub(crate) fn order_page(reader: &Reader, order: &OrderView) -> Result<Response, Problem> {
    show_order(reader, order, None)
}

/// The same, with why something was refused.
pub(crate) async fn order_again(
    app: &Booking,
    (fan, reader): (SignedIn, &Reader),
    of: OrderRef,
    problem: &Problem,
) -> Result<Response, Problem> {
    let found = order::find::find(app, fan.account, of).await?;
    show_order(reader, &orders::view(app, found), Some(problem))
}

fn show_order(reader: &Reader, order: &OrderView, problem: Option<&Problem>) -> Result<Response, Problem> {
    let values = context! {
        order => Value::from(Serde(order)),
        problem => problem.map(|problem| words::problem(reader.language(), problem)),
    };
    page(reader, "order.html", &values, problem.map_or(StatusCode::OK, Problem::status))
}

fn page(reader: &Reader, name: &str, values: &Value, status: StatusCode) -> Result<Response, Problem> {
    let mut answer = render(&PAGES, POLICY, reader, name, values)?;
    *answer.status_mut() = status;
    Ok(answer)
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
        assert_eq!(PAGES.templates().count(), 5);
    }
}
