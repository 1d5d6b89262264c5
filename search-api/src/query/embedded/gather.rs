//! Looks at every event that the words find: what else must be so, how it ranks, what is counted. Keeps the best.

use std::{cmp::Ordering, collections::BinaryHeap};

use tantivy::{
    DocAddress, DocId, Score, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};
use tokio::time::Instant;

use super::{
    columns::{self, Points, Test},
    tally::{SegmentTally, Tally},
};
use crate::{
    embedded::schema::{self, ID_HIGH, ID_LOW, POPULARITY, PRICE_FROM},
    query::{
        cursor::Cursor,
        facet::Facet,
        plan::{Condition, Plan},
        sort::Sort,
    },
};

/// How many events are looked at between two looks at the clock.
const BETWEEN_LOOKS: u32 = 4096;

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    /// What ranks higher.
    Score,
    /// What ranks higher, then what more people have bought.
    ScoreThenPopularity,
    /// The sooner.
    Date,
    /// The nearer to this point; so many kilometres away it counts half.
    Near((f64, f64), f64),
    /// The cheaper.
    Price,
    /// What more people have bought.
    Popularity,
}

impl Order {
    pub(super) fn of(plan: &Plan) -> Self {
        match (plan.sort, plan.near) {
            (Sort::Distance, Some((latitude, longitude, pivot))) => Self::Near((latitude, longitude), pivot),
            (Sort::Date | Sort::Distance, _) => Self::Date,
            (Sort::Relevance, _) => Self::Score,
            (Sort::Price, _) => Self::Price,
            (Sort::Popularity, _) => Self::Popularity,
        }
    }

    /// Whether less is better; otherwise more is.
    const fn rises(self) -> bool {
        matches!(self, Self::Price | Self::Date)
    }

    const fn scores(self) -> bool {
        matches!(self, Self::Score | Self::ScoreThenPopularity)
    }

    /// The rank as a cursor says it.
    pub(super) fn rank_of(self, key: &Key) -> f64 {
        if self.rises() { key.order } else { -key.order }
    }

    /// The place of the last event of the page before.
    pub(super) fn key_of(self, cursor: &Cursor) -> Key {
        let order = if self.rises() { cursor.rank } else { -cursor.rank };
        Key { order, starts: cursor.starts, id: schema::halves(cursor.event) }
    }
}

/// The place of an event in an order: what is less comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Key {
    order: f64,
    pub(super) starts: i64,
    id: (u64, u64),
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let rest = || (self.starts, self.id).cmp(&(other.starts, other.id));
        self.order.total_cmp(&other.order).then_with(rest)
    }
}

/// What to look for among what the words find.
pub(super) struct Gather {
    pub(super) conditions: Vec<Condition>,
    pub(super) bonuses: Vec<(Condition, u32)>,
    pub(super) order: Order,
    /// How many of the best to keep.
    pub(super) limit: usize,
    /// Only what comes after this; all of it is counted.
    pub(super) after: Option<Key>,
    pub(super) facets: Vec<Facet>,
    /// When to give up.
    pub(super) until: Instant,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The best, in order.
    pub(super) best: Vec<(Key, DocAddress)>,
    /// How many in all.
    pub(super) total: u64,
    pub(super) tally: Tally,
    /// Whether the time was over before all was looked at.
    pub(super) cut: bool,
}

/// One segment.
pub(super) struct InSegment {
    segment: u32,
    conditions: Vec<Test>,
    bonuses: Vec<(Test, f64)>,
    order: Order,
    starts: Column<i64>,
    halves: [Column<u64>; 2],
    /// What orders, where a column does.
    number: Column<i64>,
    points: Points,
    limit: usize,
    after: Option<Key>,
    until: Instant,
    seen: u32,
    /// The worst on top.
    best: BinaryHeap<(Key, DocId)>,
    total: u64,
    tally: SegmentTally,
    cut: bool,
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = InSegment;

    fn for_segment(&self, segment: u32, reader: &SegmentReader) -> tantivy::Result<InSegment> {
        let mut conditions = Vec::new();
        for condition in &self.conditions {
            conditions.extend(columns::test(condition, reader)?);
        }
        let mut bonuses = Vec::new();
        for (condition, rank) in &self.bonuses {
            bonuses.extend(columns::test(condition, reader)?.map(|test| (test, f64::from(*rank))));
        }
        let half = |name| -> tantivy::Result<Column<u64>> {
            let column = reader.fast_fields().column_opt(name)?;
            Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
        };
        let number = if self.order == Order::Price { PRICE_FROM } else { POPULARITY };
        Ok(InSegment {
            segment,
            conditions,
            bonuses,
            order: self.order,
            starts: columns::starts(reader)?,
            halves: [half(ID_HIGH)?, half(ID_LOW)?],
            number: columns::numbers(reader, number)?,
            points: Points::of(reader)?,
            limit: self.limit,
            after: self.after,
            until: self.until,
            seen: 0,
            best: BinaryHeap::new(),
            total: 0,
            tally: SegmentTally::of(&self.facets, reader)?,
            // A segment that is begun too late is not looked at.
            cut: self.until <= Instant::now(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order.scores()
    }

    fn merge_fruits(&self, parts: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for part in parts {
            let part = part?;
            all.best.extend(part.best);
            all.total += part.total;
            all.tally.add(part.tally);
            all.cut |= part.cut;
        }
        all.best.sort_unstable_by_key(|hit| hit.0);
        all.best.truncate(self.limit);
        Ok(all)
    }
}

impl InSegment {
    fn key(&self, document: DocId, score: Score) -> Key {
        let number = || {
            let whole = self.number.first(document).unwrap_or_default();
            // Prices have at most twelve digits: exact.
            i32::try_from(whole).map_or_else(|_| whole.to_string().parse().unwrap_or_default(), f64::from)
        };
        let rank = || {
            let bonus: f64 = self.bonuses.iter().filter(|(so, _)| so(document)).map(|(_, rank)| rank).sum();
            f64::from(score) + bonus
        };
        let order = match self.order {
            Order::Score => -rank(),
            Order::ScoreThenPopularity => -(rank() * 256.0 + number()),
            Order::Date => 0.0,
            Order::Near(from, pivot) => {
                let distance = self.points.at(document).map_or(f64::MAX, |at| columns::kilometres(from, at));
                -(pivot / (pivot + distance))
            }
            Order::Price => number(),
            Order::Popularity => -number(),
        };
        let half = |column: &Column<u64>| column.first(document).unwrap_or_default();
        let id = (half(&self.halves[0]), half(&self.halves[1]));
        Key { order, starts: self.starts.first(document).unwrap_or_default(), id }
    }
}

impl SegmentCollector for InSegment {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, document: DocId, score: Score) {
        self.seen += 1;
        if self.seen.is_multiple_of(BETWEEN_LOOKS) {
            self.cut |= self.until <= Instant::now();
        }
        if self.cut || !self.conditions.iter().all(|so| so(document)) {
            return;
        }
        self.total += 1;
        self.tally.count(document);
        if self.limit == 0 {
            return;
        }
        let key = self.key(document, score);
        if self.after.is_some_and(|after| key <= after) {
            return;
        }
        if self.best.len() < self.limit {
            self.best.push((key, document));
        } else if let Some(mut worst) = self.best.peek_mut()
            && key < worst.0
        {
            *worst = (key, document);
        }
    }

    fn harvest(self) -> tantivy::Result<Gathered> {
        let segment = self.segment;
        let best = self.best.into_iter().map(|(key, document)| (key, DocAddress::new(segment, document)));
        Ok(Gathered { best: best.collect(), total: self.total, tally: self.tally.told()?, cut: self.cut })
    }
}
