//! What the handlers of search-api share.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use platform::clock::SharedClock;

use crate::{
    config::Config,
    index::Index,
    pages::Pages,
    query::{Found, suggest::Suggestions},
};

/// The most answers that are kept for a moment.
const MOST_ANSWERS: u64 = 10_000;

/// The service.
#[derive(Clone)]
pub struct Search {
    /// The index, where there is one.
    pub index: Option<Index>,
    /// What time it is.
    pub clock: SharedClock,
    /// How long one attempt to ask may take.
    pub attempt: Duration,
    /// Answers of the last moment, by what was asked.
    pub answers: Cache<String, Arc<Found>>,
    /// Suggestions of the last moment, by what was typed.
    pub suggestions: Cache<String, Arc<Suggestions>>,
    /// The templates.
    pub pages: Pages,
}

impl Search {
    /// The state of a service that starts.
    pub fn new(config: &Config, index: Option<Index>, clock: SharedClock) -> Self {
        let answers = Cache::builder().max_capacity(MOST_ANSWERS).time_to_live(config.shared).build();
        let suggestions = Cache::builder().max_capacity(MOST_ANSWERS).time_to_live(config.shared).build();
        Self { index, clock, attempt: config.attempt, answers, suggestions, pages: Pages::new() }
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("index", &self.index).finish_non_exhaustive()
    }
}
