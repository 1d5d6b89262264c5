//! `GET /e/{eventId}`, `GET /account/sign-in`, and what they load.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{Html, IntoResponse, Response},
};
use contracts::id::EventId;
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::{Path, Problem, Query};
use serde::Deserialize;
use url::form_urlencoded;

use super::{EventPage, linked_data};
use crate::{
    admission::{self, Purpose},
    catalog::event::overview,
    extractors::{SignedIn, Visitor, stale_header},
    oidc::{self, Provider},
    state::Booking,
};

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    templates(
        UndefinedBehavior::Strict,
        [
            ("frame.html", include_str!("frame.html")),
            ("event.html", include_str!("event.html")),
            ("sign-in.html", include_str!("sign-in.html")),
        ],
    )
});

/// What a page may load: our own files, and nothing inline. A browser keeps no page: what is left changes.
const POLICY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' https:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// `GET /e/{eventId}`: the event, and what can be had of it.
///
/// # Errors
/// `queue-required`, `not-found`, `unavailable`.
pub async fn event(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    visitor: Visitor,
    Path(event): Path<EventId>,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    let seen = overview::overview(&app, event, somebody.as_ref().map(|fan| fan.account)).await?;
    let address = app.config.public.public_url.join(&format!("/e/{event}"));
    let data = linked_data(&seen, &address.map(String::from).unwrap_or_default());
    let mut answer = page(
        "event.html",
        &context! {
            event => Value::from(Serde(EventPage::new(&seen))),
            signed_in => somebody.is_some(),
            data => Value::from_safe_string(data),
        },
    )?;
    answer.headers_mut().extend(stale_header(seen.stale));
    Ok(answer)
}

/// The query of `GET /account/sign-in`.
#[derive(Clone, Debug, Deserialize)]
pub struct SignInPage {
    next: Option<String>,
    problem: Option<String>,
}

/// `GET /account/sign-in`: the form, and the providers who sign people in.
///
/// # Errors
/// `invalid-parameter`.
pub async fn sign_in(
    State(app): State<Booking>,
    Query(asked): Query<SignInPage>,
) -> Result<Response, Problem> {
    let next = oidc::way_back(asked.next.as_deref());
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let of = |provider: &Provider| {
        let href = format!("/account/oidc/{}?next={next}", provider.id);
        context! { id => &provider.id, name => &provider.name, href => Value::from_safe_string(href) }
    };
    let providers: Vec<Value> = app.providers.all().map(of).collect();
    let problem = asked.problem.as_deref().and_then(oidc::handler::explained);
    page("sign-in.html", &context! { providers => providers, problem => problem })
}

/// `GET /assets/booking/usher.css`: the look of all pages of this service.
pub async fn style() -> impl IntoResponse {
    asset(STYLE, A_MINUTE, include_str!("usher.css"))
}

/// `GET /assets/booking/event.js`.
pub async fn event_script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("event.js"))
}

/// `GET /assets/booking/sign-in.js`.
pub async fn sign_in_script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("sign-in.js"))
}

fn page(name: &str, values: &Value) -> Result<Response, Problem> {
    render(&PAGES, POLICY, name, values)
}

/// The media types of what pages load.
pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";
pub(crate) const STYLE: &str = "text/css; charset=utf-8";
/// For how long browsers keep it: a page that was just brought up to date loads what belongs to it soon.
pub(crate) const A_MINUTE: &str = "public, max-age=60";

/// Templates by their names; what a page is not given is treated as `missing` says.
///
/// # Panics
/// On a text that is no template: every module with pages has a test that reads its own.
pub(crate) fn templates<const N: usize>(
    missing: UndefinedBehavior,
    files: [(&'static str, &'static str); N],
) -> Environment<'static> {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(missing);
    for (name, text) in files {
        pages.add_template(name, text).expect("a test reads every template");
    }
    pages
}

/// The page `name` with `values`, under a policy.
///
/// # Errors
/// When the template cannot be filled: a bug.
pub(crate) fn render<const N: usize>(
    pages: &Environment<'_>,
    policy: [(HeaderName, &'static str); N],
    name: &str,
    values: &Value,
) -> Result<Response, Problem> {
    let html = pages.get_template(name).and_then(|template| template.render(values));
    let html = html.map_err(|error| Problem::internal(&error))?;
    Ok((policy, Html(html)).into_response())
}

/// Something that pages load, with its media type and for how long browsers keep it.
pub(crate) fn asset(kind: &'static str, keep: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, keep),
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
