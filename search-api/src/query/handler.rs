//! `GET /search`, for programs and for browsers, and `GET /search/suggest`.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::{
    http::{Json, Problem, Query, kinds},
    telemetry::Chain,
};

use super::{
    BadParameter, EventSearch, SearchView, accept,
    ask::{self, AskError},
    parse::Typed,
    suggest::Suggestions,
};
use crate::{index::IndexError, pages, problems, state::Search};

/// When to try again after a failure, in seconds.
const RETRY_AFTER: u64 = 2;

/// `GET /search`: the events that fit, best first; as a page where the caller prefers one.
pub async fn search(
    State(app): State<Search>,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mut response = if accept::prefers_page(accept) {
        pages::handler::results(&app, &parameters).await
    } else {
        data(&app, &parameters).await.into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

async fn data(
    app: &Search,
    parameters: &[(String, String)],
) -> Result<(StatusCode, Json<SearchView>), Problem> {
    let search = EventSearch::parse(parameters)?;
    let found = ask::ask(app, &search).await.map_err(|error| Problem::from(&*error))?;
    Ok((StatusCode::OK, Json(SearchView::of(&search, &found, app.clock.now()))))
}

/// `GET /search/suggest`: what may be meant by what was typed so far.
///
/// # Errors
/// Answered as [`Problem`]s: a bad parameter, or the index is away.
pub async fn suggest(
    State(app): State<Search>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<(StatusCode, Json<Suggestions>), Problem> {
    let typed = Typed::parse(&parameters)?;
    let suggestions = ask::suggest(&app, &typed).await.map_err(|error| Problem::from(&*error))?;
    Ok((StatusCode::OK, Json((*suggestions).clone())))
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
            AskError::NotConfigured => "This installation runs without a search index.",
            AskError::Away(IndexError::Missing) => "The search index is being built.",
            AskError::Away(IndexError::Away(_) | IndexError::Busy(_)) => "The search index does not answer.",
            AskError::Away(IndexError::Refused { .. }) | AskError::Answer(_) => "The search index failed.",
        };
        tracing::warn!(error = %Chain(error), "a search was not answered");
        Self::of(problems::SEARCH_UNAVAILABLE).detail(reason).retry_after(RETRY_AFTER)
    }
}
