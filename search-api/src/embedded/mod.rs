//! An index of this process's own (tantivy, in memory): the same documents, fed from PostgreSQL by asking now and then
//! which versions changed. It answers where no Elasticsearch is configured, and where Elasticsearch is away.
//!
//! | module | |
//! |---|---|
//! | [`schema`] | which of a document's folded words and numbers it holds, and how |
//! | [`tokenizer`] | words are taken apart as Elasticsearch's standard tokenizer does |
//! | [`follow`] | filled at the start, then brought up to what changed, five times a second |
//!
//! How it is asked is told in [`crate::query::embedded`], next to Elasticsearch.

pub mod follow;
pub mod schema;
pub mod store;
pub mod tokenizer;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument};
use tokio::{sync::watch, time::Instant};

use crate::document::Entry;
use schema::Fields;

/// How much memory documents may take before they are written into a segment, in bytes.
const WRITER_BUDGET: usize = 64 << 20;

/// The embedded index failed: a bug, or no memory.
#[derive(Debug, thiserror::Error)]
#[error("the embedded index failed")]
pub struct EmbeddedError(#[from] tantivy::TantivyError);

/// The index. Clones share it.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

struct Inner {
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    /// When it was last known to hold all that PostgreSQL had; none until it was filled.
    true_at: watch::Sender<Option<Instant>>,
}

impl Embedded {
    /// An empty index.
    ///
    /// # Errors
    /// [`EmbeddedError`]: no memory, or no thread.
    pub fn new() -> Result<Self, EmbeddedError> {
        let (schema, fields) = schema::schema();
        let index = Index::create_in_ram(schema);
        index.tokenizers().register(tokenizer::NAME, tokenizer::Standard::default());
        let writer = index.writer_with_num_threads(1, WRITER_BUDGET)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = Mutex::new(writer);
        Ok(Self(Arc::new(Inner { fields, reader, writer, true_at: watch::Sender::new(None) })))
    }

    /// Takes entries, each in place of what was held of its event. They show with [`Self::show`]. Blocks.
    ///
    /// # Errors
    /// [`EmbeddedError`].
    pub fn take(&self, entries: &[Entry]) -> Result<(), EmbeddedError> {
        let fields = &self.0.fields;
        // Nothing in here panics while it holds the lock, and a writer that failed says so again.
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            writer.delete_term(fields.key(entry.event));
            if let Some(document) = &entry.document {
                let document: TantivyDocument = fields.document(document);
                writer.add_document(document)?;
            }
        }
        Ok(())
    }

    /// Makes all that was taken found. Blocks.
    ///
    /// # Errors
    /// [`EmbeddedError`].
    pub fn show(&self) -> Result<(), EmbeddedError> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).commit()?;
        Ok(self.0.reader.reload()?)
    }

    /// It holds all that PostgreSQL had at `moment`.
    pub fn is_true_at(&self, moment: Instant) {
        self.0.true_at.send_replace(Some(moment));
    }

    /// How long ago it was known to hold all; none while it is being filled for the first time.
    pub fn age(&self) -> Option<Duration> {
        let true_at = *self.0.true_at.borrow();
        true_at.map(|moment| moment.elapsed())
    }

    /// What is found at this moment, unmoved by later changes.
    pub(crate) fn searcher(&self) -> Searcher {
        self.0.reader.searcher()
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.0.fields
    }
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("age", &self.age()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::document;

    fn entry(number: u128, version: i64, title: Option<&str>) -> Entry {
        let event = uuid::Uuid::from_u128(number).into();
        let mut shown = document();
        shown.event_id = event;
        let document = title.map(|title| {
            title.clone_into(&mut shown.title);
            shown
        });
        Entry { event, version, document }
    }

    #[test]
    fn an_entry_takes_the_place_of_the_one_before_it() {
        let embedded = Embedded::new().unwrap();
        let shown = || embedded.searcher().num_docs();
        embedded.take(&[entry(1, 1, Some("One")), entry(2, 1, Some("Two"))]).unwrap();
        assert_eq!(shown(), 0, "nothing shows before it is told to");
        embedded.show().unwrap();
        assert_eq!(shown(), 2);
        embedded.take(&[entry(1, 2, Some("Other")), entry(2, 2, None)]).unwrap();
        embedded.show().unwrap();
        assert_eq!(shown(), 1);
        assert_eq!(embedded.age(), None, "nobody said that it is whole");
    }
}
