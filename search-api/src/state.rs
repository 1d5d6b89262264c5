//! What the handlers of search-api share.

use std::{sync::Arc, time::Duration};

use platform::clock::SharedClock;

use crate::{
    config::Config,
    embedded::Embedded,
    index::Index,
    pages::Pages,
    query::{
        Found, elasticsearch::nodes::Nodes, engine::Engine, share::Share, shield::Shield,
        suggest::Suggestions,
    },
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
    /// The state of a service that starts with an index of Elasticsearch a node, an embedded one, or both.
    pub fn new(
        config: &Config,
        indices: Vec<Index>,
        embedded: Option<Embedded>,
        clock: SharedClock,
    ) -> Option<Self> {
        let elasticsearch = (!indices.is_empty())
            .then(|| Engine::Elasticsearch(Arc::new(Nodes::new(indices, config.attempt))));
        let mut engines = elasticsearch.into_iter().chain(embedded.map(Engine::Embedded));
        Some(Self {
            first: engines.next()?,
            stand_in: engines.next(),
            clock,
            attempt: config.attempt,
            shield: Shield::new(config.at_once),
            answers: Share::new(config.shared, config.stale),
            suggestions: Share::new(config.shared, config.stale),
            pages: Pages::new(),
        })
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
