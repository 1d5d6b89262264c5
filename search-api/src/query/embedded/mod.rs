//! A search asked of the embedded index: the same plan as for Elasticsearch, and an answer of the same shape. All of it
//! blocks for as long as it takes, within the deadline that it is given.

mod clause;
mod columns;
mod gather;
pub mod lookup;
mod nearest;
pub mod suggest;
mod tally;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tantivy::{DocAddress, Searcher, TantivyDocument, TantivyError, schema::Value};
use tokio::time::Instant;

use super::{EventSearch, Found, cursor::Cursor, plan::Plan, spelling, text::Words, wider::Wider};
use crate::{
    document::EventDocument,
    embedded::{Embedded, EmbeddedError},
};
use gather::{Gather, Order};

/// Why the embedded index has no answer.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// It failed.
    #[error("the embedded index was asked in vain")]
    Failed(#[from] EmbeddedError),
    /// The time was over before all was looked at.
    #[error("the embedded index was not ready in time")]
    Late,
    /// A document does not read as it was written.
    #[error("the embedded index holds a document of another shape")]
    Shape(#[from] serde_json::Error),
}

impl From<TantivyError> for LookError {
    fn from(error: TantivyError) -> Self {
        Self::Failed(error.into())
    }
}

/// The events that `search` finds.
///
/// # Errors
/// [`LookError`].
pub fn found(
    embedded: &Embedded,
    search: &EventSearch,
    wider: &Wider,
    now: DateTime<Utc>,
    until: Instant,
) -> Result<Found, LookError> {
    let searcher = embedded.searcher();
    let plan = Plan::of(search, wider, now);
    let limit = usize::from(search.limit);
    let query = clause::Translator::new(&searcher, embedded.fields()).plan(&plan)?;
    let order = Order::of(&plan);
    let gather = Gather {
        conditions: plan.conditions,
        bonuses: plan.bonuses,
        // One more than asked for tells whether there is a next page.
        limit: limit + 1,
        after: search.cursor.as_ref().map(|cursor| order.key_of(cursor)),
        facets: search.facets.clone(),
        order,
        until,
    };
    let gathered = searcher.search(&query, &gather)?;
    if gathered.cut {
        return Err(LookError::Late);
    }
    let page = &gathered.best[..gathered.best.len().min(limit)];
    let events =
        page.iter().map(|hit| shown(embedded, &searcher, hit.1)).collect::<Result<Vec<_>, LookError>>()?;
    let cursor = match (page.last(), events.last()) {
        (Some(last), Some(event)) if gathered.best.len() > limit => {
            Some(Cursor::after(search, wider, now, (order.rank_of(&last.0), last.0.starts, event.event_id)))
        }
        _ => None,
    };
    let facets = (!search.facets.is_empty()).then(|| gathered.tally.facets(&search.facets));
    let mut found =
        Found { events, total: gathered.total, cursor, facets, wider: wider.clone(), ..Found::default() };
    if let (Some(words), None) = (&search.words, &search.cursor) {
        let better = || better(embedded, &searcher, words);
        found.suggestion = spelling::suggestion(search, &found.events, better)?;
    }
    Ok(found)
}

/// What the index would write instead of those words that it does not have.
fn better(
    embedded: &Embedded,
    searcher: &Searcher,
    words: &Words,
) -> Result<BTreeMap<String, String>, LookError> {
    let mut better = BTreeMap::new();
    for word in words.telling() {
        if let Some(meant) = nearest::nearest(searcher, embedded.fields().word, word, spelling::SHORTEST)? {
            better.insert(word.clone(), meant);
        }
    }
    Ok(better)
}

/// What is shown of the document there.
fn shown(embedded: &Embedded, searcher: &Searcher, at: DocAddress) -> Result<EventDocument, LookError> {
    let document: TantivyDocument = searcher.doc(at)?;
    let bytes = document.get_first(embedded.fields().shown).and_then(|value| value.as_bytes());
    Ok(serde_json::from_slice(bytes.unwrap_or_default())?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        document::{Entry, tests::document},
        query::parse::Typed,
    };

    fn held() -> Embedded {
        let embedded = Embedded::new().unwrap();
        let entry = Entry { event: document().event_id, version: 1, document: Some(document()) };
        embedded.take(&[entry]).unwrap();
        embedded.show().unwrap();
        embedded
    }

    #[test]
    fn it_gives_up_when_its_time_is_over() {
        let (embedded, now) = (held(), DateTime::UNIX_EPOCH);
        let search = EventSearch { limit: 1, ..EventSearch::default() };
        let asked = |until| found(&embedded, &search, &Wider::default(), now, until);
        let soon = Instant::now() + Duration::from_mins(1);
        assert_eq!(asked(soon).unwrap().total, 1);
        assert!(matches!(asked(Instant::now()), Err(LookError::Late)));
        let typed = Typed { words: Words::parse("ac").unwrap(), limit: 1 };
        assert_eq!(suggest::candidates(&embedded, &typed, now, soon).unwrap().events.len(), 1);
        let late = suggest::candidates(&embedded, &typed, now, Instant::now());
        assert!(matches!(late, Err(LookError::Late)), "{late:?}");
    }
}
