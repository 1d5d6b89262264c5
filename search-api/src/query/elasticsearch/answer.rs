//! What Elasticsearch answers, as far as it is read: taken out of its bytes at once, without a tree of all of it in between.

use serde::Deserialize;
use serde_json::Value;

use super::BadAnswer;
use crate::document::EventDocument;

/// An answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    timed_out: bool,
    #[serde(rename = "_shards")]
    shards: Shards,
    pub(super) hits: Hits,
    #[serde(default)]
    pub(super) aggregations: Value,
    #[serde(default)]
    pub(super) suggest: Value,
}

#[derive(Debug, Deserialize)]
struct Shards {
    failed: u64,
}

/// What was found.
#[derive(Debug, Deserialize)]
pub(super) struct Hits {
    /// How many there are on all pages, where that was asked.
    pub(super) total: Option<Total>,
    pub(super) hits: Vec<Hit>,
}

/// How many.
#[derive(Debug, Deserialize)]
pub(super) struct Total {
    pub(super) value: u64,
}

/// One that was found.
#[derive(Debug, Deserialize)]
pub(super) struct Hit {
    #[serde(rename = "_source")]
    source: Source,
    /// By what it is ordered.
    #[serde(default)]
    pub(super) sort: Value,
}

#[derive(Debug, Deserialize)]
struct Source {
    shown: EventDocument,
}

impl Answer {
    /// Reads an answer; half of one is none.
    ///
    /// # Errors
    /// [`BadAnswer`].
    pub(super) fn read(bytes: &[u8]) -> Result<Self, BadAnswer> {
        let answer: Self = serde_json::from_slice(bytes).map_err(|_| BadAnswer("another shape"))?;
        if answer.timed_out || answer.shards.failed > 0 {
            return Err(BadAnswer("a part is missing"));
        }
        Ok(answer)
    }
}

impl Hits {
    /// The events, at most so many.
    pub(super) fn events(self, most: usize) -> Vec<EventDocument> {
        self.hits.into_iter().take(most).map(|hit| hit.source.shown).collect()
    }
}
