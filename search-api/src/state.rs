//! What the handlers of search-api share.

use std::time::Duration;

use platform::clock::SharedClock;

use crate::{
    config::Config,
    pages::Pages,
    query::{Found, engine::Engine, share::Share, shield::Shield, suggest::Suggestions},
};

/// The service.
#[derive(Clone)]
pub struct Search {
    /// The engine that is asked.
    pub first: Engine,
    /// The one that answers where the first does not.
    pub stand_in: Option<Engine>,
    /// What time it is.
    pub clock: SharedClock,
    /// How long one attempt to ask may take.
    pub attempt: Duration,
    /// Keeps more questions from the engines than they can answer.
    pub shield: Shield,
    /// Answers, by what was asked.
    pub answers: Share<Found>,
    /// Suggestions, by what was typed.
    pub suggestions: Share<Suggestions>,
    /// The templates.
    pub pages: Pages,
}

impl Search {
    /// The state of a service that asks `first`, and where that fails `stand_in`.
    pub fn new(config: &Config, first: Engine, stand_in: Option<Engine>, clock: SharedClock) -> Self {
        Self {
            first,
            stand_in,
            clock,
            attempt: config.attempt,
            shield: Shield::new(config.at_once),
            answers: Share::new(config.shared, config.stale),
            suggestions: Share::new(config.shared, config.stale),
            pages: Pages::new(),
        }
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("first", &self.first)
            .field("stand_in", &self.stand_in)
            .finish_non_exhaustive()
    }
}
