//! `/e/{eventId}`, and what pages are made of.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    id::EventId,
    language::Language,
    money::{Currency, Money},
};
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use platform::http::{Path, Problem};

use super::{
    EventPage,
    choose::Asked,
    form::Fields,
    linked_data,
    words::{self, BOTH, LIVE, SHOPPING, WORDS},
};
use crate::{
    account,
    admission::{self, Purpose},
    catalog::event::overview,
    code::guess::Guesser,
    extractors::{Address, Device, Reader, SignedIn, Visitor, stale_header},
    hold::place::{self, Asker},
    idempotency,
    seat::compact,
    session::handler::keep,
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
    (visitor, reader): (Visitor, Reader),
    Path(event): Path<EventId>,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    show(&app, event, (somebody, &reader), None).await
}

/// `POST /e/{eventId}`: the form of the page. It holds tickets and leads to the checkout; where that is refused the page says
/// why, and keeps what was asked.
///
/// # Errors
/// `queue-required`, `not-found`, `unavailable`.
pub async fn choose(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    (visitor, address, Device(label), reader): (Visitor, Address, Device, Reader),
    Path(event): Path<EventId>,
    fields: Fields,
) -> Result<Response, Problem> {
    // Before somebody is made a guest: nobody is who may not even look.
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    let asked = Asked::of(&fields);
    let (account, given) = if let Some(fan) = somebody {
        (fan.account, None)
    } else {
        let given = account::guest::guest(&app, None, None, &label).await?;
        (given.account, Some(given))
    };
    let buyer = Asker { guesser: Guesser { account, address: address.ip() }, visitor };
    let reserve = asked.reserve(event);
    let key =
        fields.text("key").map(|text| idempotency::handler::named(&asked.key(text), &reserve)).transpose()?;
    let answer = match Box::pin(place::place(&app, &buyer, &reserve, key.as_ref())).await {
        Ok(held) => Redirect::to(&format!("/checkout/{}", held.hold.reference())).into_response(),
        Err(error) => show(&app, event, (somebody, &reader), Some((&asked, error.into()))).await?,
    };
    Ok((given.as_ref().map(keep), answer).into_response())
}

/// The page, with what was asked and why it was refused, if it was.
async fn show(
    app: &Booking,
    event: EventId,
    (somebody, reader): (Option<SignedIn>, &Reader),
    refused: Option<(&Asked, Problem)>,
) -> Result<Response, Problem> {
    let (account, language) = (somebody.map(|fan| fan.account), reader.language());
    let seen = overview::overview(app, event, account).await?;
    let plan = compact::plan(app, event).await?;
    let known = match account {
        Some(account) => account::store::find(&app.catalog, account).await.ok().flatten(),
        None => None,
    };
    let address = app.config.public.public_url.join(&format!("/e/{event}"));
    let data = linked_data(&seen, &address.map(String::from).unwrap_or_default());
    let (asked, problem) = match refused {
        Some((asked, problem)) => (asked.clone(), Some(problem)),
        None => (Asked::usual(seen.detail.event.facts.ticket_limit), None),
    };
    let mut answer = page(
        reader,
        "event.html",
        &context! {
            event => Value::from(Serde(EventPage::new(language, &seen, &plan.hash))),
            has_address => known.is_some_and(|account| account.email.known().is_some()),
            asked => Value::from(Serde(asked)),
            // The form sent twice holds once.
            key => app.ids.next::<contracts::id::HoldId>().to_string(),
            problem => problem.as_ref().map(|problem| words::problem(language, problem)),
            data => Value::from_safe_string(data),
            words => Value::from_safe_string(words::script(language, &[BOTH, LIVE], &SHOPPING)),
        },
    )?;
    answer.headers_mut().extend(stale_header(seen.stale));
    *answer.status_mut() = problem.map_or(StatusCode::OK, |problem| problem.status());
    Ok(answer)
}

/// `GET /assets/booking/usher.css`: the look of all pages of this service.
pub async fn style() -> impl IntoResponse {
    asset(STYLE, A_MINUTE, include_str!("usher.css"))
}

/// One of our pages, with what it shows.
///
/// # Errors
/// When the template cannot be filled: a bug.
pub(super) fn page(reader: &Reader, name: &str, values: &Value) -> Result<Response, Problem> {
    render(&PAGES, POLICY, reader, name, values)
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
    // Addresses of ours need no escaping.
    pages.add_function("asset", |name: &str| {
        Value::from_safe_string(web_assets::path(name).unwrap_or_default())
    });
    ::words::template::install(&mut pages, &WORDS);
    let language = |state: &minijinja::State<'_, '_>| {
        let named = state.lookup("language").and_then(|name| Language::of(name.as_str()?));
        named.unwrap_or_default()
    };
    pages.add_filter("amount", move |state: &minijinja::State<'_, '_>, money: &Value| {
        amount(language(state), money)
    });
    pages.add_filter("place", move |state: &minijinja::State<'_, '_>, place: &str| {
        words::place(language(state), place)
    });
    pages.add_filter("cause", move |state: &minijinja::State<'_, '_>, cause: &str| {
        words::cause(language(state), cause)
    });
    pages.add_filter("moment", move |state: &minijinja::State<'_, '_>, at: &str| {
        let at =
            at.parse().map(|at: DateTime<Utc>| ::words::time::date_and_clock_short(language(state), &at));
        words::say(language(state), "order.utc", &[("time", at.unwrap_or_default().into())])
    });
    for (name, text) in files {
        pages.add_template(name, text).expect("a test reads every template");
    }
    pages
}

/// A price that came as `{minor, currency}`.
fn amount(language: Language, money: &Value) -> String {
    let part = |name: &str| money.get_attr(name).unwrap_or_default();
    let currency: Option<Currency> = part("currency").as_str().and_then(|code| code.parse().ok());
    let minor = i64::try_from(part("minor")).unwrap_or_default();
    currency.map_or_else(|| minor.to_string(), |currency| ::words::money(language, Money { minor, currency }))
}

/// The page `name` with `values`, under a policy, in the language of its reader.
///
/// # Errors
/// When the template cannot be filled: a bug.
pub(crate) fn render<const N: usize>(
    pages: &Environment<'_>,
    policy: [(HeaderName, &'static str); N],
    reader: &Reader,
    name: &str,
    values: &Value,
) -> Result<Response, Problem> {
    let values = context! {
        language => reader.language().code(), languages => Value::from(Serde(reader.links())), ..values.clone()
    };
    let html = pages.get_template(name).and_then(|template| template.render(values));
    let html = html.map_err(|error| Problem::internal(&error))?;
    let language = [
        (header::CONTENT_LANGUAGE, reader.language().code()),
        // Many of these paths have an answer for programs, too.
        (header::VARY, "accept, accept-language, cookie"),
    ];
    Ok((policy, language, reader.keep(), Html(html)).into_response())
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
        assert_eq!(PAGES.templates().count(), 4);
    }
}
