//! What may be meant by a text that is still being typed, asked of the embedded index.

use chrono::{DateTime, Utc};
use tantivy::{
    DocId, Score, SegmentReader,
    collector::{Collector, SegmentCollector},
};
use tokio::time::Instant;

use super::{
    LookError,
    clause::Translator,
    columns::{self, Test},
    gather::{Gather, Order},
    shown,
    tally::{self, Counts, Ordinals, most},
};
use crate::{
    embedded::{
        Embedded,
        schema::{CITY_NAME, PERFORMER_NAME, VENUE_NAME},
    },
    query::{
        parse::Typed,
        plan::{
            self, Clause, Condition,
            typed::{LOOKED_AT, Ways},
        },
        suggest::Candidates,
    },
};

/// What the index holds that may be meant.
///
/// # Errors
/// [`LookError`].
pub fn candidates(
    embedded: &Embedded,
    typed: &Typed,
    now: DateTime<Utc>,
    until: Instant,
) -> Result<Candidates, LookError> {
    let searcher = embedded.searcher();
    let ways = Ways::of(typed);
    let to_come = Condition::After(plan::Instant::StartsAt, now.timestamp() * 1000);
    let mut translator = Translator::new(&searcher, embedded.fields());
    let gather = Gather {
        conditions: vec![to_come.clone()],
        bonuses: Vec::new(),
        order: Order::ScoreThenPopularity,
        limit: typed.limit.into(),
        after: None,
        facets: Vec::new(),
        until,
    };
    let gathered = searcher.search(&translator.clause(&ways.name)?, &gather)?;
    let events =
        gathered.best.iter().map(|hit| shown(embedded, &searcher, hit.1)).collect::<Result<_, _>>()?;
    let mut cut = gathered.cut;
    let mut names = |way: &Clause, column| -> Result<Vec<(String, u64)>, LookError> {
        let asked = Names { column, to_come: to_come.clone(), until };
        // Only whether it is found matters.
        let found = searcher.search(&translator.clause(way)?, &asked)?;
        cut |= found.cut;
        Ok(most(found.counts).into_iter().take(LOOKED_AT).map(|one| (one.value, one.count)).collect())
    };
    let candidates = Candidates {
        events,
        performers: names(&ways.performer, PERFORMER_NAME)?,
        venues: names(&ways.venue, VENUE_NAME)?,
        cities: names(&ways.place, CITY_NAME)?,
    };
    if cut { Err(LookError::Late) } else { Ok(candidates) }
}

/// Counts the names in a column.
struct Names {
    column: &'static str,
    to_come: Condition,
    until: Instant,
}

#[derive(Debug, Default)]
struct Counted {
    counts: Counts,
    cut: bool,
}

struct InSegment {
    names: Option<Ordinals>,
    to_come: Option<Test>,
    cut: bool,
}

impl Collector for Names {
    type Fruit = Counted;
    type Child = InSegment;

    fn for_segment(&self, _: u32, reader: &SegmentReader) -> tantivy::Result<InSegment> {
        Ok(InSegment {
            names: Ordinals::of(reader, self.column)?,
            to_come: columns::test(&self.to_come, reader)?,
            cut: self.until <= Instant::now(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, parts: Vec<tantivy::Result<Counted>>) -> tantivy::Result<Counted> {
        let mut all = Counted::default();
        for part in parts {
            let part = part?;
            all.cut |= part.cut;
            tally::add(&mut all.counts, part.counts);
        }
        Ok(all)
    }
}

impl SegmentCollector for InSegment {
    type Fruit = tantivy::Result<Counted>;

    fn collect(&mut self, document: DocId, _: Score) {
        if self.cut || self.to_come.as_ref().is_some_and(|so| !so(document)) {
            return;
        }
        if let Some(names) = &mut self.names {
            names.count(document);
        }
    }

    fn harvest(self) -> tantivy::Result<Counted> {
        let counts = self.names.map(Ordinals::told).transpose()?.unwrap_or_default();
        Ok(Counted { counts, cut: self.cut })
    }
}
