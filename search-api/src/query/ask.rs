//! Asks the index, within a deadline and not twice for the same.

use std::{sync::Arc, time::Duration};

use platform::telemetry::Chain;
use serde_json::Value;
use tracing::instrument;

use super::{
    EventSearch, Found,
    elasticsearch::{self, BadAnswer, lookup},
    parse::Typed,
    suggest::{self, Suggestions},
    wider::{self, Wider},
};
use crate::{
    index::{Index, IndexError},
    metrics,
    state::Search,
};

/// How often the index is asked before we give up: reading is safe to repeat.
const ATTEMPTS: u32 = 2;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// This installation has no Elasticsearch.
    #[error("no Elasticsearch is configured")]
    NotConfigured,
    /// Elasticsearch is away, or has no index yet.
    #[error("the index cannot be asked")]
    Away(#[source] IndexError),
    /// It answered with something that we do not understand.
    #[error("the index was asked in vain")]
    Answer(#[source] BadAnswer),
    /// The city that was asked for never had an event; perhaps this one was meant.
    #[error("no event was ever in the city that was asked for")]
    UnknownCity(Option<String>),
}

impl AskError {
    /// Whether the fault is in what was asked.
    pub const fn is_mistake(&self) -> bool {
        matches!(self, Self::UnknownCity(_))
    }
}

/// The events that `search` finds. Those who ask the same at the same time, or a moment later, share one answer; a
/// failure is shared only by those who waited for it.
///
/// # Errors
/// [`AskError`]: try again later.
#[instrument(name = "query.ask", skip_all)]
pub async fn ask(app: &Search, search: &EventSearch) -> Result<Arc<Found>, Arc<AskError>> {
    let Some(index) = &app.index else { return Err(Arc::new(AskError::NotConfigured)) };
    let began = tokio::time::Instant::now();
    let key = format!("{search:?}");
    let answer = app.answers.try_get_with(key, async { fetch(app, index, search).await.map(Arc::new) }).await;
    metrics::asked(
        began.elapsed(),
        answer.as_ref().map_or_else(|error: &Arc<AskError>| error.is_mistake(), |_| true),
    );
    answer
}

/// What may be meant by what was typed so far. Shared as the answers of [`ask`] are.
///
/// # Errors
/// [`AskError`]: try again later.
#[instrument(name = "query.suggest", skip_all)]
pub async fn suggest(app: &Search, typed: &Typed) -> Result<Arc<Suggestions>, Arc<AskError>> {
    let Some(index) = &app.index else { return Err(Arc::new(AskError::NotConfigured)) };
    let look = async { look_up(app, index, typed).await.map(Arc::new) };
    app.suggestions.try_get_with(format!("{typed:?}"), look).await
}

async fn look_up(app: &Search, index: &Index, typed: &Typed) -> Result<Suggestions, AskError> {
    let body = elasticsearch::suggest::body(typed, app.clock.now(), app.attempt);
    let answer = patiently(index, &body, app.attempt).await?;
    let candidates = elasticsearch::suggest::candidates(&answer).map_err(AskError::Answer)?;
    Ok(suggest::best(typed, &candidates))
}

/// Asks once, and where nothing is found as it was asked, more widely, step by step.
async fn fetch(app: &Search, index: &Index, search: &EventSearch) -> Result<Found, AskError> {
    let as_before = search.cursor.as_ref().map(|cursor| cursor.wider.clone());
    let first = once(app, index, search, &as_before.clone().unwrap_or_default()).await?;
    // A later page is as wide as the first one was.
    if as_before.is_some() || first.total > 0 {
        return Ok(first);
    }
    // The steps together may take as long as the first question: nobody waits for ever for nothing.
    let wider = tokio::time::timeout(app.attempt * ATTEMPTS, widened(app, index, search, &first)).await;
    match wider {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(mistake)) if mistake.is_mistake() => Err(mistake),
        Ok(Err(error)) => {
            tracing::warn!(error = %Chain(&error), "a search could not be widened");
            Ok(Found { degraded: true, ..first })
        }
        Err(_) => Ok(Found { degraded: true, ..first }),
    }
}

/// The narrowest wider search that finds something; the empty answer when none does.
async fn widened(
    app: &Search,
    index: &Index,
    search: &EventSearch,
    nothing: &Found,
) -> Result<Found, AskError> {
    let mut known = wider::Known::default();
    if let Some(body) = lookup::body(search, &elasticsearch::timeout(app.attempt)) {
        let answer = patiently(index, &body, app.attempt).await?;
        let learned = lookup::learned(search, &answer).map_err(AskError::Answer)?;
        if learned.unknown_city {
            return Err(AskError::UnknownCity(learned.city_like));
        }
        known = learned.known;
    }
    for step in wider::steps(search, &known) {
        let found = once(app, index, search, &step).await?;
        if found.total > 0 {
            return Ok(found);
        }
    }
    Ok(nothing.clone())
}

async fn once(app: &Search, index: &Index, search: &EventSearch, wider: &Wider) -> Result<Found, AskError> {
    let now = app.clock.now();
    let answer = patiently(index, &elasticsearch::body(search, wider, now, app.attempt), app.attempt).await?;
    elasticsearch::found(search, wider, now, &answer).map_err(AskError::Answer)
}

/// Asks again where no answer came.
async fn patiently(index: &Index, body: &Value, deadline: Duration) -> Result<Value, AskError> {
    let mut attempt = 1;
    loop {
        match index.search(body, deadline).await {
            Ok(answer) => return Ok(answer),
            Err(IndexError::Away(error)) if attempt < ATTEMPTS => {
                tracing::debug!(error = %Chain(&error), attempt, "Elasticsearch is asked again");
                attempt += 1;
            }
            Err(error) => return Err(AskError::Away(error)),
        }
    }
}
