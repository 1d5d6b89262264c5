//! The parameters of `GET /search`, understood.

use super::{
    EventSearch, HIGHEST_LIMIT, USUAL_LIMIT,
    cursor::Cursor,
    date::When,
    facet::Facet,
    filter,
    place::Place,
    price::{self, BadPrice, Prices},
    sort::Sort,
    text::Words,
};

/// A parameter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {reason}")]
pub struct BadParameter {
    /// Its name.
    pub parameter: String,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

impl BadParameter {
    /// The parameter `name` is wrong for this `reason`.
    pub fn of(name: &str, reason: &impl ToString) -> Self {
        // A name that we do not know is repeated in part only.
        Self { parameter: name.chars().take(40).collect(), reason: reason.to_string() }
    }
}

/// The names of the parameters.
pub const PARAMETERS: [&str; 14] = [
    "token",
    "location",
    "date",
    "category",
    "performer",
    "venue",
    "price_min",
    "price_max",
    "currency",
    "available",
    "sort",
    "facets",
    "cursor",
    "limit",
];

/// The query as it came: names and values.
type Given<'a> = &'a [(String, String)];

/// The values by name; an empty one is as good as none, because forms send them so.
struct Values<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Values<'a> {
    fn of(parameters: Given<'a>, known: &[&str]) -> Result<Self, BadParameter> {
        let mut values: Vec<(&str, &str)> = Vec::new();
        for (name, value) in parameters {
            if !known.contains(&name.as_str()) {
                return Err(BadParameter::of(name, &format!("this call takes {}", known.join(", "))));
            }
            if values.iter().any(|(before, _)| before == name) {
                return Err(BadParameter::of(name, &"give it once"));
            }
            values.push((name.as_str(), value.trim()));
        }
        values.retain(|(_, value)| !value.is_empty());
        Ok(Self(values))
    }

    /// The value of one parameter, read by `read`.
    fn read<T, E: ToString>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, BadParameter> {
        let value = self.0.iter().find(|(given, _)| *given == name);
        value.map(|(_, value)| read(value).map_err(|error| BadParameter::of(name, &error))).transpose()
    }
}

impl EventSearch {
    /// Understands the parameters of a query.
    ///
    /// # Errors
    /// [`BadParameter`] for one that is unknown, given twice, or not understood.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, BadParameter> {
        let values = Values::of(parameters, &PARAMETERS)?;
        let sort = |text: &str| Sort::parse(text).ok_or_else(|| format!("one of {}", Sort::NAMES));
        let mut search = Self {
            words: values.read("token", Words::parse)?,
            place: values.read("location", Place::parse)?,
            when: values.read("date", When::parse)?,
            filters: filter::Filters {
                categories: values.read("category", filter::categories)?.unwrap_or_default(),
                performer: values.read("performer", filter::name)?,
                venue: values.read("venue", filter::name)?,
                available: values.read("available", yes_or_no)?.unwrap_or_default(),
            },
            prices: prices(&values)?,
            sort: values.read("sort", sort)?.unwrap_or_default(),
            facets: values.read("facets", Facet::parse)?.unwrap_or_default(),
            limit: values.read("limit", |text| limit(text, HIGHEST_LIMIT))?.unwrap_or(USUAL_LIMIT),
            cursor: None,
        };
        if search.sort == Sort::Distance && !matches!(search.place, Some(Place::Around { .. })) {
            let reason = "by distance from where? Give location=latitude,longitude";
            return Err(BadParameter::of("sort", &reason));
        }
        if search.sort == Sort::Price && search.prices.currency.is_none() {
            return Err(BadParameter::of("currency", &BadPrice::NoCurrency));
        }
        search.cursor = values.read("cursor", |text| Cursor::read(text, &search.fingerprint()))?;
        Ok(search)
    }
}

/// What `GET /search/suggest` is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// What was typed so far.
    pub words: Words,
    /// How many of each kind.
    pub limit: u16,
}

/// How many suggestions of each kind there are when nobody says.
const USUAL_SUGGESTIONS: u16 = 5;
/// The most of each kind.
const MOST_SUGGESTIONS: u16 = 10;

impl Typed {
    /// Understands the parameters of a query.
    ///
    /// # Errors
    /// [`BadParameter`].
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, BadParameter> {
        let values = Values::of(parameters, &["token", "limit"])?;
        let words = values.read("token", Words::parse)?;
        let limit = values.read("limit", |text| limit(text, MOST_SUGGESTIONS))?;
        Ok(Self {
            words: words.ok_or_else(|| BadParameter::of("token", &"what was typed so far"))?,
            limit: limit.unwrap_or(USUAL_SUGGESTIONS),
        })
    }
}

fn prices(values: &Values<'_>) -> Result<Prices, BadParameter> {
    let currency = values.read("currency", price::currency)?;
    let amount = |name| match currency {
        Some(currency) => values.read(name, |text| price::amount(text, currency)),
        None => values
            .read(name, |_| Err::<i64, _>(BadPrice::NoCurrency))
            .map_err(|error| BadParameter { parameter: "currency".to_owned(), ..error }),
    };
    let (min, max) = (amount("price_min")?, amount("price_max")?);
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(BadParameter::of("price_min", &BadPrice::Backwards));
    }
    Ok(Prices { currency, min, max })
}

fn limit(value: &str, highest: u16) -> Result<u16, String> {
    let read = value.parse().ok().filter(|limit| (1..=highest).contains(limit));
    read.ok_or_else(|| format!("a number from 1 to {highest}"))
}

fn yes_or_no(value: &str) -> Result<bool, &'static str> {
    value.parse().map_err(|_| "true or false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(query: &[(&str, &str)]) -> Vec<(String, String)> {
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn parse(query: &[(&str, &str)]) -> Result<EventSearch, BadParameter> {
        EventSearch::parse(&owned(query))
    }

    #[test]
    fn an_empty_parameter_is_as_good_as_none() {
        let none = EventSearch { limit: USUAL_LIMIT, ..EventSearch::default() };
        assert_eq!(parse(&[]), Ok(none.clone()));
        let empty: Vec<_> = PARAMETERS.iter().map(|name| (*name, " ")).collect();
        assert_eq!(parse(&empty), Ok(none));
    }

    #[test]
    fn a_bad_parameter_is_named() {
        for (query, parameter) in [
            (&[("limit", "0")][..], "limit"),
            (&[("limit", "101")], "limit"),
            (&[("limit", "ten")], "limit"),
            (&[("date", "someday")], "date"),
            (&[("date", "2026-02-30")], "date"),
            (&[("date", "2026-12-02..2026-12-01")], "date"),
            (&[("location", "91,0")], "location"),
            (&[("token", "+-=")], "token"),
            (&[("category", "opera")], "category"),
            (&[("performer", "!")], "performer"),
            (&[("venue", "?")], "venue"),
            (&[("price_min", "10")], "currency"),
            (&[("price_max", "10")], "currency"),
            (&[("sort", "price")], "currency"),
            (&[("price_min", "ten"), ("currency", "EUR")], "price_min"),
            (&[("price_max", "1.234"), ("currency", "EUR")], "price_max"),
            (&[("price_min", "20"), ("price_max", "10"), ("currency", "EUR")], "price_min"),
            (&[("currency", "€")], "currency"),
            (&[("available", "yes")], "available"),
            (&[("sort", "best")], "sort"),
            (&[("sort", "distance")], "sort"),
            (&[("sort", "distance"), ("location", "Berlin")], "sort"),
            (&[("facets", "colour")], "facets"),
            (&[("cursor", "x")], "cursor"),
            (&[("locaton", "Berlin")], "locaton"),
            (&[("token", "a"), ("token", "b")], "token"),
        ] {
            assert_eq!(parse(query).unwrap_err().parameter, parameter, "{query:?}");
        }
    }

    #[test]
    fn every_parameter_that_narrows_or_orders_tells_searches_apart() {
        let around = ("location", "52.5,13.4");
        let plain = parse(&[around]).unwrap().fingerprint();
        for other in [
            &[("token", "a")][..],
            &[("date", "today")],
            &[("category", "sport")],
            &[("performer", "a")],
            &[("venue", "a")],
            &[("currency", "EUR")],
            &[("currency", "EUR"), ("price_min", "1")],
            &[("currency", "EUR"), ("price_max", "1")],
            &[("available", "true")],
            &[("sort", "distance")],
        ] {
            let query = [&[around], other].concat();
            assert_ne!(parse(&query).unwrap().fingerprint(), plain, "{other:?}");
        }
        let page = parse(&[around, ("limit", "3"), ("facets", "city")]).unwrap();
        assert_eq!(page.fingerprint(), plain);
    }

    #[test]
    fn what_is_typed_is_needed() {
        assert_eq!(Typed::parse(&[]).unwrap_err().parameter, "token");
        assert_eq!(Typed::parse(&owned(&[("token", "a"), ("limit", "11")])).unwrap_err().parameter, "limit");
        assert_eq!(Typed::parse(&owned(&[("token", "a"), ("sort", "date")])).unwrap_err().parameter, "sort");
        assert_eq!(Typed::parse(&owned(&[("token", "a")])).unwrap().limit, USUAL_SUGGESTIONS);
    }
}
