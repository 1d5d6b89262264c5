//! The engines that can answer a search: one seam, two sides. What a search means is planned before ([`super::plan`]);
//! what is made of an answer comes after. In between either engine will do.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{
    EventSearch, Found,
    elasticsearch::{
        self, BadAnswer, lookup,
        nodes::{Nodes, NodesError},
    },
    embedded::{self, LookError},
    parse::Typed,
    suggest::Candidates,
    wider::{Learned, Wider},
};
use crate::embedded::Embedded;

/// Beyond this age the embedded index is told to be older than usual.
const OLD: Duration = Duration::from_secs(5);

/// An engine.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Elasticsearch, by its nodes.
    Elasticsearch(Arc<Nodes>),
    /// The index of this process.
    Embedded(Embedded),
}

/// Why an engine has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No node of Elasticsearch answered.
    #[error("Elasticsearch did not answer")]
    Nodes(#[from] NodesError),
    /// It answered with something that we do not understand.
    #[error("Elasticsearch was asked in vain")]
    Answer(#[from] BadAnswer),
    /// The question could not be written down.
    #[error("Elasticsearch could not be asked")]
    Question(#[from] serde_json::Error),
    /// The embedded index is being filled for the first time.
    #[error("the embedded index is being filled")]
    Filling,
    /// The embedded index failed, or was too slow.
    #[error("the embedded index did not answer")]
    Embedded(#[from] LookError),
    /// The thread that looked was lost.
    #[error("looking at the embedded index was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Until when to ask, and how hard.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// When to give up.
    pub until: Instant,
    /// Whether nobody else can answer: then those are asked too that failed a moment ago.
    pub last: bool,
}

impl Engine {
    /// Its name, for answers, logs and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Elasticsearch(_) => "elasticsearch",
            Self::Embedded(_) => "embedded",
        }
    }

    /// Whether an answer of it in the place of another engine's may be older or coarser: not that of Elasticsearch, which
    /// all copies share.
    pub const fn is_makeshift(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    /// Whether it can be asked at all.
    pub fn is_ready(&self) -> bool {
        match self {
            Self::Elasticsearch(_) => true,
            Self::Embedded(embedded) => embedded.age().is_some(),
        }
    }

    /// How long ago it was known to hold all that PostgreSQL had; none where it is not known.
    pub fn age(&self) -> Option<Duration> {
        match self {
            Self::Elasticsearch(_) => None,
            Self::Embedded(embedded) => embedded.age(),
        }
    }

    /// Whether what it says may be older than usual.
    pub fn is_old(&self) -> bool {
        self.age().is_some_and(|age| age > OLD)
    }

    /// The events that `search` finds, widened as told.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn search(
        &self,
        search: &EventSearch,
        wider: &Wider,
        now: DateTime<Utc>,
        patience: Patience,
    ) -> Result<Found, EngineError> {
        match self {
            Self::Elasticsearch(nodes) => {
                let body = elasticsearch::body(search, wider, now, nodes.attempt(patience.until))?;
                let answer = asked(nodes, &body, patience).await?;
                Ok(elasticsearch::found(search, wider, now, &answer)?)
            }
            Self::Embedded(index) => {
                let (search, wider, until) = (search.clone(), wider.clone(), patience.until);
                look(index, move |index| embedded::found(index, &search, &wider, now, until)).await
            }
        }
    }

    /// What it knows of a search that found nothing.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn learn(&self, search: &EventSearch, patience: Patience) -> Result<Learned, EngineError> {
        match self {
            Self::Elasticsearch(nodes) => {
                let deadline = elasticsearch::timeout(nodes.attempt(patience.until));
                let Some(body) = lookup::body(search, &deadline) else { return Ok(Learned::default()) };
                let answer = asked(nodes, &body.to_string().into(), patience).await?;
                Ok(lookup::learned(search, &answer)?)
            }
            Self::Embedded(index) => {
                let search = search.clone();
                look(index, move |index| embedded::lookup::learned(index, &search)).await
            }
        }
    }

    /// What it holds that may be meant by what was typed so far.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn candidates(
        &self,
        typed: &Typed,
        now: DateTime<Utc>,
        patience: Patience,
    ) -> Result<Candidates, EngineError> {
        match self {
            Self::Elasticsearch(nodes) => {
                let body = elasticsearch::suggest::body(typed, now, nodes.attempt(patience.until))?;
                Ok(elasticsearch::suggest::candidates(&asked(nodes, &body, patience).await?)?)
            }
            Self::Embedded(index) => {
                let (typed, until) = (typed.clone(), patience.until);
                look(index, move |index| embedded::suggest::candidates(index, &typed, now, until)).await
            }
        }
    }
}

async fn asked(nodes: &Nodes, body: &Bytes, patience: Patience) -> Result<Bytes, EngineError> {
    Ok(nodes.search(body, patience.until, patience.last).await?)
}

/// Looks at the embedded index, beside the tasks that wait for sockets.
async fn look<T: Send + 'static>(
    index: &Embedded,
    work: impl FnOnce(&Embedded) -> Result<T, LookError> + Send + 'static,
) -> Result<T, EngineError> {
    if index.age().is_none() {
        return Err(EngineError::Filling);
    }
    let index = index.clone();
    Ok(tokio::task::spawn_blocking(move || work(&index)).await??)
}
