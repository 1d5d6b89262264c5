//! Counts of what was found, by kind, city, month and price. There is one shard, so that they are exact; each value can
//! be given back as the parameter of its name, and finds as many events as it says.

use contracts::money::Currency;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{filter::LONGEST_LIST, price};

/// The most cities that are listed; `others` counts the rest.
pub(super) const MOST_CITIES: u32 = 100;
/// The most months: ten years.
pub(super) const MOST_MONTHS: u32 = 120;
/// The most currencies.
pub(super) const MOST_CURRENCIES: u32 = 50;
/// Where the ranges of prices begin, in minor units.
pub(super) const PRICES: [i64; 5] = [0, 2_500, 5_000, 10_000, 20_000];

/// By what to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// The kind of event.
    Category,
    /// The city.
    City,
    /// The month at the venue.
    Month,
    /// The cheapest price.
    Price,
}

impl Facet {
    /// Reads names with commas between them; the same twice is once.
    ///
    /// # Errors
    /// What is taken instead.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let refused = || "some of category, city, month and price".to_owned();
        if text.len() > LONGEST_LIST {
            return Err(refused());
        }
        let mut read: Vec<_> = text
            .split(',')
            .map(|name| match name.trim() {
                "category" => Ok(Self::Category),
                "city" => Ok(Self::City),
                "month" => Ok(Self::Month),
                "price" => Ok(Self::Price),
                _ => Err(refused()),
            })
            .collect::<Result<_, _>>()?;
        read.sort_unstable();
        read.dedup();
        Ok(read)
    }
}

/// One value and how many events have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The value, as its parameter takes it.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// One range of prices and how many events begin in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceCount {
    /// Of which currency.
    pub currency: Currency,
    /// As `price_min` takes it.
    pub price_min: String,
    /// As `price_max` takes it; none for the last.
    pub price_max: Option<String>,
    /// How many.
    pub count: u64,
}

/// The counts that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Facets {
    /// By kind, most first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Vec<Count>>,
    /// By city, most first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Vec<Count>>,
    /// How many events are in cities that are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_cities: Option<u64>,
    /// By month, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<Vec<Count>>,
    /// By price, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Vec<PriceCount>>,
}

/// What Elasticsearch is asked to count.
pub fn clause(facets: &[Facet]) -> Value {
    let mut asked = Map::new();
    for facet in facets {
        let (name, terms) = match facet {
            Facet::Category => ("category", json!({"terms": {"field": "category", "size": 20}})),
            // Counted by the folded name, as it is found; shown as it is written most.
            Facet::City => (
                "city",
                json!({"terms": {"field": "cityKey", "size": MOST_CITIES},
                       "aggs": {"written": {"terms": {"field": "cityName", "size": 1}}}}),
            ),
            Facet::Month => {
                ("month", json!({"terms": {"field": "month", "size": MOST_MONTHS, "order": {"_key": "asc"}}}))
            }
            Facet::Price => {
                let range = |(at, from): (usize, &i64)| match PRICES.get(at + 1) {
                    Some(to) => json!({"from": from, "to": to}),
                    None => json!({"from": from}),
                };
                let ranges: Vec<Value> = PRICES.iter().enumerate().map(range).collect();
                (
                    "price",
                    json!({"terms": {"field": "currency", "size": MOST_CURRENCIES, "order": {"_key": "asc"}},
                           "aggs": {"range": {"range": {"field": "priceFrom", "ranges": ranges}}}}),
                )
            }
        };
        asked.insert(name.to_owned(), terms);
    }
    Value::Object(asked)
}

/// Reads what was counted; `None` when it does not read as expected.
pub fn read(facets: &[Facet], answer: &Value) -> Option<Facets> {
    let mut counted = Facets::default();
    for facet in facets {
        match facet {
            Facet::Category => counted.category = Some(counts(&answer["category"], |bucket| &bucket["key"])?),
            Facet::City => {
                let city = &answer["city"];
                counted.city = Some(counts(city, |bucket| &bucket["written"]["buckets"][0]["key"])?);
                counted.other_cities = Some(city["sum_other_doc_count"].as_u64()?);
            }
            Facet::Month => counted.month = Some(counts(&answer["month"], |bucket| &bucket["key"])?),
            Facet::Price => counted.price = Some(prices(&answer["price"])?),
        }
    }
    Some(counted)
}

fn counts(answer: &Value, value: impl Fn(&Value) -> &Value) -> Option<Vec<Count>> {
    let read = |bucket: &Value| {
        Some(Count { value: value(bucket).as_str()?.to_owned(), count: bucket["doc_count"].as_u64()? })
    };
    answer["buckets"].as_array()?.iter().map(read).collect()
}

fn prices(answer: &Value) -> Option<Vec<PriceCount>> {
    let mut read = Vec::new();
    for bucket in answer["buckets"].as_array()? {
        let currency: Currency = bucket["key"].as_str()?.parse().ok()?;
        for (at, range) in bucket["range"]["buckets"].as_array()?.iter().enumerate() {
            read.extend(price_count(currency, at, range["doc_count"].as_u64()?));
        }
    }
    Some(read)
}

/// The count of the range of prices at `at`, where it has one.
pub(super) fn price_count(currency: Currency, at: usize, count: u64) -> Option<PriceCount> {
    let price_min = price::written(*PRICES.get(at)?, currency);
    let price_max = PRICES.get(at + 1).map(|next| price::written(next - 1, currency));
    (count > 0).then_some(PriceCount { currency, price_min, price_max, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_are_known_ones() {
        assert_eq!(Facet::parse("price, city,price"), Ok(vec![Facet::City, Facet::Price]));
        assert!(Facet::parse("colour").is_err());
    }

    #[test]
    fn a_range_of_prices_ends_before_the_next_begins() {
        let answer = json!({"buckets": [{"key": "EUR", "doc_count": 3, "range": {"buckets": [
            {"doc_count": 1}, {"doc_count": 0}, {"doc_count": 0}, {"doc_count": 0}, {"doc_count": 2}]}}]});
        let read = prices(&answer).unwrap();
        assert_eq!((read[0].price_min.as_str(), read[0].price_max.as_deref()), ("0.00", Some("24.99")));
        assert_eq!((read[1].price_min.as_str(), read[1].price_max.as_deref()), ("200.00", None));
    }
}
