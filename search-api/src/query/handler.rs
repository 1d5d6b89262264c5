//! `GET /search`, for programs and for browsers, and `GET /search/suggest`.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::{
    http::{Problem, Query, kinds, names_tag},
    telemetry::Chain,
};
use serde::Serialize;

use super::{
    BadParameter, EventSearch, SearchView, accept,
    ask::{self, AskError},
    elasticsearch::nodes::NodesError,
    engine::EngineError,
    parse::Typed,
    share::Shared,
    tag,
};
use crate::{
    index::IndexError,
    pages::{self, reader::Reader},
    problems,
    state::Search,
};

/// When to try again after a failure, in seconds.
const RETRY_AFTER: u64 = 2;
/// When to try again where too much is being asked, in seconds.
const RETRY_SOON: u64 = 1;
/// Which engine answered.
const ENGINE: HeaderName = HeaderName::from_static("search-engine");

/// `GET /search`: the events that fit, best first; as a page where the caller prefers one.
pub async fn search(
    State(app): State<Search>,
    reader: Reader,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    if accept::prefers_page(text(&headers, &header::ACCEPT)) {
        return pages::handler::results(&app, (&reader, &headers), &parameters).await;
    }
    let mut response = data(&app, &headers, &parameters).await.into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

async fn data(
    app: &Search,
    headers: &HeaderMap,
    parameters: &[(String, String)],
) -> Result<Response, Problem> {
    let search = EventSearch::parse(parameters)?;
    let shared = ask::ask(app, &search).await.map_err(|error| Problem::from(&*error))?;
    Ok(answered(headers, &shared, &SearchView::of(&search, &shared, app.clock.now())))
}

/// `GET /search/suggest`: what may be meant by what was typed so far.
///
/// # Errors
/// Answered as [`Problem`]s: a bad parameter, or nobody can answer.
pub async fn suggest(
    State(app): State<Search>,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let typed = Typed::parse(&parameters)?;
    let shared = ask::suggest(&app, &typed).await.map_err(|error| Problem::from(&*error))?;
    Ok(answered(&headers, &shared, &shared.kept.answer))
}

/// An answer with its tag, or only word that the caller has it already; and who gave it, and how old it is.
fn answered<T>(asked: &HeaderMap, shared: &Shared<T>, view: &impl Serialize) -> Response {
    let body = match serde_json::to_vec(view) {
        Ok(body) => body,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let own = tag::tag(&body);
    let mut response = if names_tag(asked, &own) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
    };
    let headers = response.headers_mut();
    // It may be kept, and is asked for again each time: a change shows within a second.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(own) = own.parse() {
        headers.insert(header::ETAG, own);
    }
    headers.insert(ENGINE, HeaderValue::from_static(shared.kept.engine));
    let age = shared.age().as_secs();
    if age > 0 {
        headers.insert(header::AGE, age.into());
    }
    response
}

/// A field of a request; nothing where it is not there.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl From<BadParameter> for Problem {
    fn from(error: BadParameter) -> Self {
        Self::of(kinds::INVALID_PARAMETER).detail(error.to_string()).with("parameter", error.parameter)
    }
}

impl From<&AskError> for Problem {
    fn from(error: &AskError) -> Self {
        let reason = match error {
            AskError::UnknownCity(like) => {
                let detail = match like {
                    Some(like) => format!("No event was ever announced there. Is {like} meant?"),
                    None => {
                        "No event was ever announced there: check the name, or give coordinates.".to_owned()
                    }
                };
                return Self::of(problems::UNKNOWN_PLACE).detail(detail).with("suggestion", like);
            }
            AskError::Overloaded(_) => {
                let detail = "Too much is being searched for at the moment.";
                return Self::of(problems::SEARCH_UNAVAILABLE).detail(detail).retry_after(RETRY_SOON);
            }
            AskError::Engine(
                EngineError::Filling | EngineError::Nodes(NodesError::Index(IndexError::Missing)),
            ) => "The search index is being built.",
            AskError::Engine(EngineError::Nodes(
                NodesError::Late
                | NodesError::Resting
                | NodesError::Index(IndexError::Away(_) | IndexError::Busy(_)),
            )) => "The search index does not answer.",
            AskError::Engine(
                EngineError::Nodes(NodesError::Index(IndexError::Refused { .. }))
                | EngineError::Answer(_)
                | EngineError::Question(_)
                | EngineError::Embedded(_)
                | EngineError::Interrupted(_),
            ) => "The search index failed.",
        };
        tracing::warn!(error = %Chain(error), "a search was not answered");
        Self::of(problems::SEARCH_UNAVAILABLE).detail(reason).retry_after(RETRY_AFTER)
    }
}
