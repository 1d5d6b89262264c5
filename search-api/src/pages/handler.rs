//! `GET /`, the results for a browser, and their stylesheet.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::http::Problem;

use super::{Form, STYLESHEET, SearchPage};
use crate::{
    query::{BadParameter, EventSearch, PARAMETERS, ask},
    state::Search,
};

/// How many events the home page shows.
const ON_HOME: u16 = 12;
/// What the pages may load and do: our own styles, and sending the form to us.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// `GET /`: the home page. It comes also when the index is away.
pub async fn home(State(app): State<Search>) -> Response {
    let search = EventSearch { limit: ON_HOME, ..EventSearch::default() };
    let page = match ask::ask(&app, &search).await {
        Ok(found) => SearchPage::found(true, Form::of(&[]), &found, app.clock.now()),
        Err(error) => {
            let trouble = words(&Problem::from(&*error));
            SearchPage::trouble(true, Form::of(&[]), trouble)
        }
    };
    html(&app, StatusCode::OK, &page)
}

/// `GET /search` for a browser: the form as it was filled, and the results.
pub async fn results(app: &Search, parameters: &[(String, String)]) -> Response {
    let form = Form::of(parameters);
    // A link to a page may carry more, from a newsletter, say.
    let known = |(name, _): &&(String, String)| PARAMETERS.contains(&name.as_str());
    let parameters: Vec<(String, String)> = parameters.iter().filter(known).cloned().collect();
    let search = match EventSearch::parse(&parameters) {
        Ok(search) => search,
        Err(error) => {
            let trouble = mistaken(&error);
            return html(app, StatusCode::BAD_REQUEST, &SearchPage::trouble(false, form, trouble));
        }
    };
    match ask::ask(app, &search).await {
        Ok(found) => html(app, StatusCode::OK, &SearchPage::found(false, form, &found, app.clock.now())),
        Err(error) => away(app, form, &Problem::from(&*error)),
    }
}

/// `GET /assets/search/usher.css`.
pub async fn stylesheet() -> Response {
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (kind, STYLESHEET).into_response()
}

fn away(app: &Search, form: Form, problem: &Problem) -> Response {
    let mut response = html(app, problem.status(), &SearchPage::trouble(false, form, words(problem)));
    if let Some(seconds) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// A field that we do not understand, in words for a fan.
fn mistaken(error: &BadParameter) -> String {
    let field = match error.parameter.as_str() {
        "token" => "text",
        "location" => "place",
        other => other,
    };
    format!("We do not understand the {field}. Please give {}.", error.reason)
}

/// A problem in words for a fan.
fn words(problem: &Problem) -> String {
    let body = problem.body();
    let part = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}", part("title"), part("detail")).trim_end().to_owned()
}

fn html(app: &Search, status: StatusCode, page: &SearchPage) -> Response {
    match app.pages.search(page) {
        Ok(html) => {
            let head = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ];
            (status, head, html).into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}
