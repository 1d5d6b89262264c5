//! `GET /`, and the results for a browser.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::http::{Problem, names_tag};

use super::{Form, SearchPage, narrow, reader::Reader, words};
use crate::{
    query::{EventSearch, PARAMETERS, ask, tag},
    state::Search,
};

/// How many events the home page shows.
const ON_HOME: u16 = 12;
/// What the pages may load and do: our own files, asking us for suggestions, and sending the form to us.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What a page depends on. `/search` has an answer for programs, too.
const VARY: HeaderValue = HeaderValue::from_static("accept, accept-language, cookie");

/// `GET /`: the home page. It comes also when the index is away.
pub async fn home(State(app): State<Search>, reader: Reader, headers: HeaderMap) -> Response {
    let language = reader.language();
    let search = EventSearch { limit: ON_HOME, ..EventSearch::default() };
    let page = match ask::ask(&app, &search).await {
        Ok(found) => SearchPage::found(language, true, Form::of(&[]), &found, app.clock.now()),
        Err(error) => {
            let trouble = words::problem(language, &Problem::from(&*error));
            SearchPage::trouble(language, true, Form::of(&[]), trouble)
        }
    };
    html(&app, (&reader, &headers), StatusCode::OK, &page)
}

/// `GET /search` for a browser: the form as it was filled, and the results.
pub async fn results(
    app: &Search,
    (reader, headers): (&Reader, &HeaderMap),
    parameters: &[(String, String)],
) -> Response {
    let (language, asker) = (reader.language(), (reader, headers));
    let form = Form::of(parameters);
    // A link to a page may carry more, from a newsletter, say.
    let known = |(name, _): &&(String, String)| PARAMETERS.contains(&name.as_str());
    let parameters: Vec<(String, String)> = parameters.iter().filter(known).cloned().collect();
    let search = match EventSearch::parse(&parameters) {
        // What could narrow it down is shown with its counts; a page that was turned has been there before.
        Ok(search) if search.cursor.is_none() => EventSearch { facets: narrow::COUNTED.to_vec(), ..search },
        Ok(search) => search,
        Err(error) => {
            let trouble = words::mistaken(language, &error);
            return html(
                app,
                asker,
                StatusCode::BAD_REQUEST,
                &SearchPage::trouble(language, false, form, trouble),
            );
        }
    };
    match ask::ask(app, &search).await {
        Ok(found) => {
            let page = SearchPage::found(language, false, form, &found, app.clock.now());
            html(app, asker, StatusCode::OK, &page)
        }
        Err(error) => away(app, asker, form, &Problem::from(&*error)),
    }
}

fn away(app: &Search, asker: (&Reader, &HeaderMap), form: Form, problem: &Problem) -> Response {
    let language = asker.0.language();
    let page = SearchPage::trouble(language, false, form, words::problem(language, problem));
    let mut response = html(app, asker, problem.status(), &page);
    if let Some(seconds) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// A page with its tag, or only word that the caller has it already. It may be kept, and is asked for again each time.
fn html(
    app: &Search,
    (reader, asked): (&Reader, &HeaderMap),
    status: StatusCode,
    page: &SearchPage,
) -> Response {
    match app.pages.search(reader, page) {
        Ok(html) => {
            let own = tag::tag(html.as_bytes());
            let head = [
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                (header::CONTENT_LANGUAGE, HeaderValue::from_static(reader.language().code())),
                (header::VARY, VARY),
            ];
            if status == StatusCode::OK && names_tag(asked, &own) {
                return (StatusCode::NOT_MODIFIED, head, reader.keep(), [(header::ETAG, own)])
                    .into_response();
            }
            let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned());
            (status, head, reader.keep(), [kind, (header::ETAG, own)], html).into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}
