//! Counts by kind, city, month and price: exact, because every event is looked at.

use std::collections::{BTreeMap, HashMap};

use contracts::money::Currency;
use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, StrColumn},
};

use super::columns;
use crate::{
    embedded::schema::{CATEGORY, CITY_KEY, CITY_NAME, CURRENCY, MONTH, PRICE_FROM},
    query::facet::{
        self, Count, Facet, Facets, MOST_CITIES, MOST_CURRENCIES, MOST_MONTHS, PRICES, PriceCount,
    },
};

/// The counts of one segment, by the ordinals of its columns.
pub(super) struct SegmentTally {
    category: Option<Ordinals>,
    month: Option<Ordinals>,
    /// The key, and each way in which it is written.
    city: Option<(Pairs, StrColumn, StrColumn)>,
    price: Option<Prices>,
}

/// How often each value of a column was seen, in one segment.
pub(super) struct Ordinals {
    column: StrColumn,
    counts: HashMap<u64, u64>,
}

impl Ordinals {
    /// Nothing seen yet; none where no document of the segment has a value.
    pub(super) fn of(segment: &SegmentReader, name: &str) -> tantivy::Result<Option<Self>> {
        let column = columns::texts(segment, name)?;
        Ok(column.map(|column| Self { column, counts: HashMap::new() }))
    }

    pub(super) fn count(&mut self, document: DocId) {
        for ordinal in self.column.term_ords(document) {
            *self.counts.entry(ordinal).or_default() += 1;
        }
    }

    /// By the values themselves.
    pub(super) fn told(self) -> tantivy::Result<Counts> {
        self.counts.into_iter().map(|(ordinal, count)| Ok((text(&self.column, ordinal)?, count))).collect()
    }
}

/// How often each value was seen.
pub(super) type Counts = BTreeMap<String, u64>;

/// Adds the counts of another part.
pub(super) fn add(into: &mut Counts, from: Counts) {
    for (value, count) in from {
        *into.entry(value).or_default() += count;
    }
}

type Pairs = HashMap<(u64, u64), u64>;

struct Prices {
    currency: StrColumn,
    price: Column<i64>,
    counts: HashMap<u64, [u64; PRICES.len()]>,
}

impl SegmentTally {
    pub(super) fn of(facets: &[Facet], segment: &SegmentReader) -> tantivy::Result<Self> {
        let ordinals = |facet: Facet, name: &str| -> tantivy::Result<Option<Ordinals>> {
            if facets.contains(&facet) { Ordinals::of(segment, name) } else { Ok(None) }
        };
        let city = if facets.contains(&Facet::City) {
            columns::texts(segment, CITY_KEY)?.zip(columns::texts(segment, CITY_NAME)?)
        } else {
            None
        };
        let price = if facets.contains(&Facet::Price) { columns::texts(segment, CURRENCY)? } else { None };
        let price_from = columns::numbers(segment, PRICE_FROM)?;
        Ok(Self {
            category: ordinals(Facet::Category, CATEGORY)?,
            month: ordinals(Facet::Month, MONTH)?,
            city: city.map(|(key, name)| (HashMap::new(), key, name)),
            price: price.map(|currency| Prices { currency, price: price_from, counts: HashMap::new() }),
        })
    }

    /// Counts an event.
    pub(super) fn count(&mut self, document: DocId) {
        for ordinals in [&mut self.category, &mut self.month].into_iter().flatten() {
            ordinals.count(document);
        }
        if let Some((pairs, key, name)) = &mut self.city
            && let Some(pair) = key.term_ords(document).next().zip(name.term_ords(document).next())
        {
            *pairs.entry(pair).or_default() += 1;
        }
        if let Some(prices) = &mut self.price
            && let Some(currency) = prices.currency.term_ords(document).next()
            && let Some(price) = prices.price.first(document)
            && let Some(at) = PRICES.iter().rposition(|from| *from <= price)
        {
            prices.counts.entry(currency).or_default()[at] += 1;
        }
    }

    /// The counts by the values themselves.
    pub(super) fn told(self) -> tantivy::Result<Tally> {
        let mut tally = Tally::default();
        for (counted, into) in [(self.category, &mut tally.category), (self.month, &mut tally.month)] {
            if let Some(counted) = counted {
                *into = counted.told()?;
            }
        }
        if let Some((pairs, key, name)) = self.city {
            for ((at, written), count) in pairs {
                tally.city.entry(text(&key, at)?).or_default().insert(text(&name, written)?, count);
            }
        }
        if let Some(prices) = self.price {
            for (ordinal, counts) in prices.counts {
                tally.price.insert(text(&prices.currency, ordinal)?, counts);
            }
        }
        Ok(tally)
    }
}

/// The value of an ordinal.
fn text(column: &StrColumn, ordinal: u64) -> tantivy::Result<String> {
    let mut text = String::new();
    column.ord_to_str(ordinal, &mut text)?;
    Ok(text)
}

/// Counts by value.
#[derive(Debug, Default)]
pub(super) struct Tally {
    category: Counts,
    month: Counts,
    city: BTreeMap<String, Counts>,
    price: BTreeMap<String, [u64; PRICES.len()]>,
}

impl Tally {
    /// Adds the counts of another part.
    pub(super) fn add(&mut self, other: Self) {
        add(&mut self.category, other.category);
        add(&mut self.month, other.month);
        for (key, written) in other.city {
            add(self.city.entry(key).or_default(), written);
        }
        for (currency, counts) in other.price {
            let sums = self.price.entry(currency).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }

    /// As they are shown. A city is shown as it is written most.
    pub(super) fn facets(self, asked: &[Facet]) -> Facets {
        let mut facets = Facets::default();
        for facet in asked {
            match facet {
                Facet::Category => facets.category = Some(most(self.category.clone())),
                Facet::Month => {
                    let months = self.month.iter().take(many(MOST_MONTHS));
                    facets.month = Some(
                        months.map(|(value, count)| Count { value: value.clone(), count: *count }).collect(),
                    );
                }
                Facet::City => {
                    let (listed, others) = cities(&self.city);
                    facets.city = Some(listed);
                    facets.other_cities = Some(others);
                }
                Facet::Price => facets.price = Some(prices(&self.price)),
            }
        }
        facets
    }
}

fn many(most: u32) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// Most first, then by value.
pub(super) fn most(counts: Counts) -> Vec<Count> {
    let mut all: Vec<Count> = counts.into_iter().map(|(value, count)| Count { value, count }).collect();
    all.sort_by_key(|count| std::cmp::Reverse(count.count));
    all
}

fn cities(counted: &BTreeMap<String, Counts>) -> (Vec<Count>, u64) {
    let sums = counted.iter().map(|(key, written)| (key.clone(), written.values().sum())).collect();
    let mut listed = most(sums);
    let others = listed.split_off(listed.len().min(many(MOST_CITIES))).iter().map(|rest| rest.count).sum();
    for city in &mut listed {
        let written = counted.get(&city.value).cloned().unwrap_or_default();
        if let Some(name) = most(written).into_iter().next() {
            city.value = name.value;
        }
    }
    (listed, others)
}

fn prices(counted: &BTreeMap<String, [u64; PRICES.len()]>) -> Vec<PriceCount> {
    let mut all = Vec::new();
    for (code, counts) in counted.iter().take(many(MOST_CURRENCIES)) {
        let Ok(currency) = code.parse::<Currency>() else { continue };
        all.extend(
            counts.iter().enumerate().filter_map(|(at, count)| facet::price_count(currency, at, *count)),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_a_city_is_shown_as_it_is_written_most() {
        let part = |written: &[(&str, u64)]| {
            let written = written.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
            Tally { city: BTreeMap::from([("koln de".to_owned(), written)]), ..Tally::default() }
        };
        let mut tally = part(&[("Koln, DE", 2), ("Köln, DE", 1)]);
        tally.add(part(&[("Köln, DE", 2)]));
        let facets = tally.facets(&[Facet::City]);
        assert_eq!(facets.city, Some(vec![Count { value: "Köln, DE".to_owned(), count: 5 }]));
        assert_eq!(facets.other_cities, Some(0));
    }

    #[test]
    fn cities_beyond_those_that_are_listed_are_counted_together() {
        let city = |number: u32| (format!("{number:03}"), BTreeMap::from([(format!("C{number}"), 2)]));
        let tally = Tally { city: (0..MOST_CITIES + 3).map(city).collect(), ..Tally::default() };
        let facets = tally.facets(&[Facet::City]);
        assert_eq!((facets.city.unwrap().len(), facets.other_cities), (100, Some(6)));
    }
}
