//! `GET /`, and the results for a browser.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::http::Problem;

use super::{Form, SearchPage, narrow};
use crate::{
    query::{BadParameter, EventSearch, PARAMETERS, ask, handler::text, tag},
    state::Search,
};

/// How many events the home page shows.
const ON_HOME: u16 = 12;
/// What the pages may load and do: our own files, asking us for suggestions, and sending the form to us.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// `GET /`: the home page. It comes also when the index is away.
pub async fn home(State(app): State<Search>, headers: HeaderMap) -> Response {
    let search = EventSearch { limit: ON_HOME, ..EventSearch::default() };
    let page = match ask::ask(&app, &search).await {
        Ok(found) => SearchPage::found(true, Form::of(&[]), &found, app.clock.now()),
        Err(error) => {
            let trouble = words(&Problem::from(&*error));
            SearchPage::trouble(true, Form::of(&[]), trouble)
        }
    };
    html(&app, &headers, StatusCode::OK, &page)
}

/// `GET /search` for a browser: the form as it was filled, and the results.
pub async fn results(app: &Search, headers: &HeaderMap, parameters: &[(String, String)]) -> Response {
    let form = Form::of(parameters);
    // A link to a page may carry more, from a newsletter, say.
    let known = |(name, _): &&(String, String)| PARAMETERS.contains(&name.as_str());
    let parameters: Vec<(String, String)> = parameters.iter().filter(known).cloned().collect();
    let search = match EventSearch::parse(&parameters) {
        // What could narrow it down is shown with its counts; a page that was turned has been there before.
        Ok(search) if search.cursor.is_none() => EventSearch { facets: narrow::COUNTED.to_vec(), ..search },
        Ok(search) => search,
        Err(error) => {
            let trouble = mistaken(&error);
            return html(app, headers, StatusCode::BAD_REQUEST, &SearchPage::trouble(false, form, trouble));
        }
    };
    match ask::ask(app, &search).await {
        Ok(found) => {
            html(app, headers, StatusCode::OK, &SearchPage::found(false, form, &found, app.clock.now()))
        }
        Err(error) => away(app, headers, form, &Problem::from(&*error)),
    }
}

fn away(app: &Search, headers: &HeaderMap, form: Form, problem: &Problem) -> Response {
    let mut response =
        html(app, headers, problem.status(), &SearchPage::trouble(false, form, words(problem)));
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

/// A page with its tag, or only word that the caller has it already. It may be kept, and is asked for again each time.
fn html(app: &Search, asked: &HeaderMap, status: StatusCode, page: &SearchPage) -> Response {
    match app.pages.search(page) {
        Ok(html) => {
            let own = tag::tag(html.as_bytes());
            let head = [
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ];
            if status == StatusCode::OK && tag::names(text(asked, &header::IF_NONE_MATCH), &own) {
                return (StatusCode::NOT_MODIFIED, head, [(header::ETAG, own)]).into_response();
            }
            let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned());
            (status, head, [kind, (header::ETAG, own)], html).into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}
