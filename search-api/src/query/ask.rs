//! Asks an engine, within a deadline and not twice for the same; another one where it fails; and where none answers,
//! the last answer stands in.

use std::{sync::Arc, time::Duration};

use platform::telemetry::Chain;
use tokio::time::Instant;
use tracing::instrument;

use super::{
    EventSearch, Found,
    engine::{Engine, EngineError, Patience},
    parse::Typed,
    share::{Kept, Shared},
    shield::Overloaded,
    suggest::{self, Suggestions},
    wider::{self, Wider},
};
use crate::{metrics, state::Search};

/// How many attempts fit into the time of one question: two to ask, two to look more widely.
const ATTEMPTS: u32 = 4;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No engine answered; this is what the last of them said.
    #[error("no engine answered")]
    Engine(#[from] EngineError),
    /// Too much is being asked.
    #[error("the question was not asked")]
    Overloaded(#[from] Overloaded),
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

/// The events that `search` finds. Those who ask the same at the same time, or a moment later, share one answer.
///
/// # Errors
/// [`AskError`]: try again later.
#[instrument(name = "query.ask", skip_all)]
pub async fn ask(app: &Search, search: &EventSearch) -> Result<Shared<Found>, Arc<AskError>> {
    let began = Instant::now();
    let work = by_any(app, |engine, patience| fetch(app, engine, search, patience));
    let answer = app.answers.get(format!("{search:?}"), work, AskError::is_mistake).await;
    metrics::asked(began.elapsed(), answer.as_ref().map_or_else(|error| error.is_mistake(), |_| true));
    answer
}

/// What may be meant by what was typed so far. Shared as the answers of [`ask`] are.
///
/// # Errors
/// [`AskError`]: try again later.
#[instrument(name = "query.suggest", skip_all)]
pub async fn suggest(app: &Search, typed: &Typed) -> Result<Shared<Suggestions>, Arc<AskError>> {
    let look = |engine: Engine, patience| async move {
        let candidates = engine.candidates(typed, app.clock.now(), patience).await?;
        Ok((suggest::best(typed, &candidates), false))
    };
    app.suggestions.get(format!("{typed:?}"), by_any(app, look), AskError::is_mistake).await
}

/// What the first engine says, or, where it fails, the one that stands in. `work` also says whether its answer is less
/// than it could be.
async fn by_any<T, F: Future<Output = Result<(T, bool), AskError>>>(
    app: &Search,
    work: impl Fn(Engine, Patience) -> F,
) -> Result<Kept<T>, AskError> {
    let _place = app.shield.enter()?;
    let until = Instant::now() + app.attempt * ATTEMPTS;
    let (engine, stand_in) = match &app.stand_in {
        // As long as it is behind, the other one goes first.
        Some(other) if app.first.is_old() => (other, Some(&app.first)),
        other => (&app.first, other.as_ref()),
    };
    let stand_in = stand_in.filter(|engine| engine.is_ready());
    let first = work(engine.clone(), Patience { until, last: stand_in.is_none() }).await;
    match (first, stand_in) {
        (Ok((answer, degraded)), _) => Ok(kept(engine, answer, degraded)),
        (Err(AskError::Engine(error)), Some(engine)) => {
            tracing::debug!(error = %Chain(&error), "another engine stands in");
            metrics::stood_in();
            // It gets what an attempt may take, whatever is left.
            let until = until.max(Instant::now() + app.attempt);
            let (answer, degraded) = work(engine.clone(), Patience { until, last: true }).await?;
            Ok(kept(engine, answer, degraded || engine.is_makeshift()))
        }
        (Err(error), _) => Err(error),
    }
}

fn kept<T>(engine: &Engine, answer: T, degraded: bool) -> Kept<T> {
    let now = Instant::now();
    let true_at = now.checked_sub(engine.age().unwrap_or(Duration::ZERO)).unwrap_or(now);
    Kept { answer, engine: engine.name(), degraded: degraded || engine.is_old(), true_at }
}

/// Asks once, and where nothing is found as it was asked, more widely, step by step; and whether there was no time for
/// a step.
async fn fetch(
    app: &Search,
    engine: Engine,
    search: &EventSearch,
    patience: Patience,
) -> Result<(Found, bool), AskError> {
    let as_before = search.cursor.as_ref().map(|cursor| cursor.wider.clone());
    let first = once(app, &engine, search, &as_before.clone().unwrap_or_default(), patience).await?;
    // A later page is as wide as the first one was.
    if as_before.is_some() || first.total > 0 {
        return Ok((first, false));
    }
    match widened(app, &engine, search, &first, patience).await {
        Ok(found) => Ok((found, false)),
        Err(mistake) if mistake.is_mistake() => Err(mistake),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "a search could not be widened");
            Ok((first, true))
        }
    }
}

/// The narrowest wider search that finds something; the empty answer when none does.
async fn widened(
    app: &Search,
    engine: &Engine,
    search: &EventSearch,
    nothing: &Found,
    patience: Patience,
) -> Result<Found, AskError> {
    let learned = engine.learn(search, patience).await?;
    if learned.unknown_city {
        return Err(AskError::UnknownCity(learned.city_like));
    }
    for step in wider::steps(search, &learned.known) {
        let found = once(app, engine, search, &step, patience).await?;
        if found.total > 0 {
            return Ok(found);
        }
    }
    Ok(nothing.clone())
}

async fn once(
    app: &Search,
    engine: &Engine,
    search: &EventSearch,
    wider: &Wider,
    patience: Patience,
) -> Result<Found, AskError> {
    Ok(engine.search(search, wider, app.clock.now(), patience).await?)
}
