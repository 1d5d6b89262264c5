//! Asks the index, within a deadline and not twice for the same.

use std::sync::Arc;

use platform::telemetry::Chain;
use tracing::instrument;

use super::{
    EventSearch, Found,
    elasticsearch::{self, BadAnswer},
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
    let answer = app.answers.try_get_with(key, fetch(app, index, search)).await;
    metrics::asked(began.elapsed(), answer.is_ok());
    answer
}

async fn fetch(app: &Search, index: &Index, search: &EventSearch) -> Result<Arc<Found>, AskError> {
    let now = app.clock.now();
    let body = elasticsearch::body(search, now);
    let mut attempt = 1;
    let answer = loop {
        match index.search(&body, app.attempt).await {
            Ok(answer) => break answer,
            Err(IndexError::Away(error)) if attempt < ATTEMPTS => {
                tracing::debug!(error = %Chain(&error), attempt, "Elasticsearch is asked again");
                attempt += 1;
            }
            Err(error) => return Err(AskError::Away(error)),
        }
    };
    Ok(Arc::new(elasticsearch::found(search, now, &answer).map_err(AskError::Answer)?))
}
