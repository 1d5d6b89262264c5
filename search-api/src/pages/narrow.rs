//! What narrows a search down on its page: what holds already, and what could hold beside, with counts. All of it are links, so that
//! no script is needed.

use contracts::language::Language;
use serde::Serialize;

use super::{
    Form, Link,
    words::{month, named, range, say},
};
use crate::query::facet::{Count, Facet, Facets, PriceCount};

/// What the page has counted.
pub(super) const COUNTED: [Facet; 4] = [Facet::Category, Facet::City, Facet::Month, Facet::Price];
/// The most values of one kind that are shown.
const SHOWN: usize = 8;
/// The days that one asks for most.
const DAYS: [&str; 5] = ["today", "tomorrow", "this-weekend", "next-weekend", "this-week"];
/// The kinds of events.
const CATEGORIES: [&str; 5] = ["concert", "sport", "theatre", "conference", "other"];
/// In which orders one may look; those that need more than a word are offered where they can be.
const ORDERS: [(&str, Option<Needs>); 5] = [
    ("relevance", None),
    ("date", None),
    ("popularity", None),
    ("price", Some(Needs::Currency)),
    ("distance", Some(Needs::Coordinates)),
];

#[derive(Clone, Copy)]
enum Needs {
    Currency,
    Coordinates,
}

/// A choice that leads to the same search with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub path: String,
    /// Whether it holds already; it then leads to the search without it.
    pub holds: bool,
    /// How many events there are.
    pub count: Option<u64>,
}

/// Choices of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What they are about.
    pub name: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// An order that can be chosen in the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    name: &'static str,
    text: String,
    holds: bool,
}

/// The days that one asks for most.
pub(super) fn days(language: Language, form: &Form) -> Vec<Choice> {
    let text = |day: &str| say(language, &format!("day.{day}"), &[]);
    DAYS.iter().map(|day| choice(form, "date", day, text(day), None)).collect()
}

/// The kinds of events.
pub(super) fn categories(language: Language, form: &Form) -> Vec<Choice> {
    let text = |kind: &str| category(language, kind);
    CATEGORIES.iter().map(|kind| choice(form, "category", kind, text(kind), None)).collect()
}

/// The orders that this search can come in.
pub(super) fn orders(language: Language, form: &Form) -> Vec<Order> {
    let (given, coordinates) = (form.given("sort"), is_point(&form.location));
    let can = |needs: Option<Needs>| match needs {
        None => true,
        Some(Needs::Currency) => !form.given("currency").is_empty(),
        Some(Needs::Coordinates) => coordinates,
    };
    let orders = ORDERS.iter().filter(|(_, needs)| can(*needs));
    let text = |name: &str| say(language, &format!("sort.{name}"), &[]);
    orders.map(|(name, _)| Order { name, text: text(name), holds: *name == given }).collect()
}

/// Whether a place is given by coordinates.
fn is_point(location: &str) -> bool {
    location.split(',').take(2).filter(|part| part.trim().parse::<f64>().is_ok()).count() == 2
}

/// What holds beside the words, each with the way to the search without it.
pub(super) fn held(language: Language, form: &Form) -> Vec<Link> {
    let mut held = Vec::new();
    let mut add = |names: &[&str], text: String| held.push(Link { text, path: form.without(names) });
    for kind in form.given("category").split(',').filter(|name| !name.is_empty()) {
        add(&["category"], category(language, kind));
    }
    for name in ["venue", "performer"] {
        if !form.given(name).is_empty() {
            add(&[name], form.given(name).to_owned());
        }
    }
    let (from, to, currency) = (form.given("price_min"), form.given("price_max"), form.given("currency"));
    if !from.is_empty() || !to.is_empty() {
        add(&["price_min", "price_max", "currency"], range(language, from, to, currency));
    }
    if form.available {
        add(&["available"], say(language, "note.many", &[]));
    }
    held
}

/// What could hold beside, with how many events there are of each. What says nothing new is left out.
pub(super) fn groups(language: Language, form: &Form, facets: &Facets) -> Vec<Group> {
    let counts = |name: &str, counted: &Option<Vec<Count>>, words: &dyn Fn(&str) -> String| -> Vec<Choice> {
        let counted = counted.iter().flatten().take(SHOWN);
        counted
            .map(|count| choice(form, name, &count.value, words(&count.value), Some(count.count)))
            .collect()
    };
    let price = |count: &PriceCount| {
        let to = count.price_max.as_deref().unwrap_or_default();
        let currency = count.currency.to_string();
        let with =
            [("price_min", count.price_min.as_str()), ("price_max", to), ("currency", currency.as_str())];
        let holds = with.iter().all(|(name, value)| form.given(name) == *value);
        let path = if holds { form.without(&with.map(|(name, _)| name)) } else { form.with(&with) };
        Choice {
            text: range(language, &count.price_min, to, &currency),
            path,
            holds,
            count: Some(count.count),
        }
    };
    let prices = facets.price.iter().flatten().take(SHOWN).map(price).collect();
    [
        ("group.category", counts("category", &facets.category, &|kind| category(language, kind))),
        ("group.city", counts("location", &facets.city, &str::to_owned)),
        ("group.month", counts("date", &facets.month, &|value| month(language, value))),
        ("group.price", prices),
    ]
    .into_iter()
    .filter(|(_, choices)| choices.len() > 1 || choices.iter().any(|choice| choice.holds))
    .map(|(name, choices)| Group { name: say(language, name, &[]), choices })
    .collect()
}

fn choice(form: &Form, name: &str, value: &str, text: String, count: Option<u64>) -> Choice {
    let holds = form.given(name) == value;
    let path = if holds { form.without(&[name]) } else { form.with(&[(name, value)]) };
    Choice { text, path, holds, count }
}

fn category(language: Language, kind: &str) -> String {
    named(language, &format!("category.{kind}")).unwrap_or_else(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(query: &[(&str, &str)]) -> Form {
        let query: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Form::of(&query)
    }

    #[test]
    fn a_choice_keeps_all_else_and_begins_at_the_first_page() {
        let form = form(&[("token", "rock & roll"), ("date", "this-weekend"), ("cursor", "x")]);
        let days = days(Language::En, &form);
        let of = |text: &str| days.iter().find(|day| day.text == text).unwrap();
        assert_eq!(of("Today").path, "/search?token=rock+%26+roll&date=today");
        assert!(of("This weekend").holds && !of("Today").holds);
        assert_eq!(of("This weekend").path, "/search?token=rock+%26+roll");
    }

    #[test]
    fn what_holds_can_be_taken_off() {
        let form = form(&[
            ("category", "sport"),
            ("price_min", "10"),
            ("currency", "EUR"),
            ("venue", "Arena"),
            ("available", "true"),
        ]);
        let held = held(Language::En, &form);
        let texts: Vec<_> = held.iter().map(|link| link.text.as_str()).collect();
        assert_eq!(texts, ["Sport", "Arena", "from €10.00", "Tickets available"]);
        assert_eq!(held[2].path, "/search?category=sport&venue=Arena&available=true");
    }

    #[test]
    fn counts_lead_to_the_events_that_they_count() {
        let count = |value: &str| Count { value: value.to_owned(), count: 3 };
        let price = |from: &str, to: Option<&str>| PriceCount {
            currency: "EUR".parse().unwrap(),
            price_min: from.to_owned(),
            price_max: to.map(str::to_owned),
            count: 2,
        };
        let facets = Facets {
            category: Some(vec![count("concert")]),
            month: Some(vec![count("2027-07"), count("2027-08")]),
            price: Some(vec![price("0", Some("24.99")), price("25", None)]),
            ..Facets::default()
        };
        let groups = groups(Language::En, &form(&[("token", "a")]), &facets);
        assert_eq!(groups.len(), 2, "one kind alone narrows nothing");
        assert_eq!(groups[0].choices[0].text, "July 2027");
        assert_eq!(groups[0].choices[1].path, "/search?token=a&date=2027-08");
        assert_eq!(groups[1].choices[1].text, "from €25.00");
        assert_eq!(groups[1].choices[1].path, "/search?token=a&price_min=25&currency=EUR");
    }

    #[test]
    fn an_order_is_offered_where_it_can_be() {
        let names = |query: &[(&str, &str)]| -> Vec<_> {
            orders(Language::En, &form(query)).into_iter().map(|order| order.name).collect()
        };
        assert_eq!(names(&[("location", "Berlin, DE")]), ["relevance", "date", "popularity"]);
        assert!(names(&[("location", "52.5, 13.4,30")]).contains(&"distance"));
        assert!(names(&[("currency", "EUR")]).contains(&"price"));
    }
}
