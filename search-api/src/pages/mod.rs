//! The pages for a browser: templates, and the words in which a result is shown. They need no script; with one, the field for words
//! suggests while one types, and somebody can ask for what is near.

pub mod handler;
pub mod narrow;
pub mod reader;
mod words;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::{event::EventState, language::Language};
use minijinja::{Environment, Value, context, value::Serde};
use serde::Serialize;
use url::form_urlencoded::Serializer;

use self::{
    narrow::{Choice, Group, Order},
    reader::Reader,
};
use crate::{
    document::{Availability, EventDocument},
    query::{Found, PARAMETERS, share::Shared},
};

/// The templates, read once.
#[derive(Clone, Debug)]
pub struct Pages(Arc<Environment<'static>>);

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

impl Pages {
    /// Reads the templates.
    ///
    /// # Panics
    /// When one is wrong; a test renders them all.
    pub fn new() -> Self {
        let mut environment = Environment::new();
        ::words::template::install(&mut environment, &words::WORDS);
        // Addresses of ours need no escaping.
        environment.add_function("asset", |name: &str| {
            Value::from_safe_string(web_assets::path(name).unwrap_or_default())
        });
        for (name, source) in
            [("base.html", include_str!("base.html")), ("search.html", include_str!("search.html"))]
        {
            environment.add_template(name, source).expect("the templates of this crate are right");
        }
        Self(Arc::new(environment))
    }

    /// The page of results, and of the home with `home`, in the language of its reader.
    ///
    /// # Errors
    /// When the template asks for something that the page does not have.
    pub fn search(&self, reader: &Reader, page: &SearchPage) -> Result<String, minijinja::Error> {
        let values = context! {
            language => reader.language().code(), languages => Value::from(Serde(reader.links())),
            words => Value::from_safe_string(words::script(reader.language())),
            ..Value::from(Serde(page))
        };
        self.0.get_template("search.html")?.render(values)
    }
}

/// The parameters that the form keeps without showing them.
const KEPT: [&str; 6] = ["category", "performer", "venue", "currency", "price_min", "price_max"];

/// What the page shows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SearchPage {
    /// Whether it is the home page.
    pub home: bool,
    /// The form as it was filled.
    pub form: Form,
    /// What went wrong, in words for the fan.
    pub trouble: Option<String>,
    /// The results; none when something went wrong.
    pub results: Option<Vec<Card>>,
    /// How many there are on all pages.
    pub total: u64,
    /// Where the next page is.
    pub next: Option<String>,
    /// Whether nothing was found as it was asked, so that more was looked at.
    pub widened: bool,
    /// What may have been meant.
    pub suggestion: Option<Link>,
    /// Whether the results may be older than usual.
    pub degraded: bool,
    /// The days that one asks for most.
    pub days: Vec<Choice>,
    /// The kinds of events.
    pub categories: Vec<Choice>,
    /// In which orders the results may come.
    pub orders: Vec<Order>,
    /// What holds beside the words.
    pub held: Vec<Link>,
    /// What could hold beside.
    pub groups: Vec<Group>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub path: String,
}

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Form {
    /// The text.
    pub token: String,
    /// The place.
    pub location: String,
    /// The day, range or month.
    pub date: String,
    /// Whether the field for days can show what is in it.
    pub date_is_day: bool,
    /// Whether only what can be bought now is asked for.
    pub available: bool,
    /// What is kept when the form is sent again, and has no field of its own.
    pub kept: Vec<(String, String)>,
    /// The whole query, but where its page begins: it stays the same from page to page.
    #[serde(skip)]
    query: Vec<(String, String)>,
}

impl Form {
    /// The fields as a query has them.
    pub fn of(parameters: &[(String, String)]) -> Self {
        let field = |name: &str| {
            parameters
                .iter()
                .find(|(given, _)| given == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let date = field("date");
        let date_is_day = date.is_empty() || date.parse::<chrono::NaiveDate>().is_ok();
        let query = parameters.iter().filter(|(name, value)| {
            PARAMETERS.contains(&name.as_str()) && name != "cursor" && !value.is_empty()
        });
        let query: Vec<_> = query.cloned().collect();
        let kept = query.iter().filter(|(name, _)| KEPT.contains(&name.as_str())).cloned().collect();
        let available = field("available") == "true";
        Self { token: field("token"), location: field("location"), date, date_is_day, available, kept, query }
    }

    /// What was asked under `name`; nothing where it was not.
    fn given(&self, name: &str) -> &str {
        self.query.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }

    /// The path of the same search with other values; an empty one takes its parameter off.
    fn with(&self, values: &[(&str, &str)]) -> String {
        let others = self.query.iter().filter(|(name, _)| values.iter().all(|(other, _)| other != name));
        let others = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let values = values.iter().copied().filter(|(_, value)| !value.is_empty());
        format!("/search?{}", Serializer::new(String::new()).extend_pairs(others.chain(values)).finish())
    }

    /// The path of the same search without these parameters, and without an order that rests on them.
    fn without(&self, names: &[&str]) -> String {
        let rests = |sort: &str| match sort {
            "price" => names.contains(&"currency"),
            "distance" => names.contains(&"location"),
            _ => false,
        };
        let sort = rests(self.given("sort")).then_some("sort");
        let off: Vec<_> = names.iter().copied().chain(sort).map(|name| (name, "")).collect();
        self.with(&off)
    }

    /// The path of the page that follows.
    fn next(&self, cursor: &str) -> String {
        let mut query = Serializer::new(String::new());
        format!("/search?{}", query.extend_pairs(&self.query).append_pair("cursor", cursor).finish())
    }
}

/// One event of the results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Which event.
    pub event: String,
    /// Its title.
    pub title: String,
    /// Who performs.
    pub performers: String,
    /// The venue and its city.
    pub place: String,
    /// The start, for machines.
    pub starts_at: String,
    /// The start, by the venue's clock.
    pub date: String,
    /// The cheapest price.
    pub price: Option<String>,
    /// How it stands, in words.
    pub note: String,
    /// How it stands, for the stylesheet: good, few, off.
    pub tone: &'static str,
}

impl Card {
    fn of(language: Language, event: &EventDocument, now: DateTime<Utc>) -> Self {
        let (note, tone) = match (event.state(now), event.availability) {
            (EventState::Cancelled, _) => ("note.cancelled", "off"),
            (EventState::Postponed, _) => ("note.postponed", "off"),
            // A draft is in no index.
            (EventState::Ended | EventState::Draft, _) => ("note.ended", "off"),
            (EventState::SoldOut, _) => ("note.soldOut", "off"),
            (EventState::Scheduled, _) => ("note.scheduled", "few"),
            (EventState::OnSale, Availability::Few) => ("note.few", "few"),
            (EventState::OnSale, Availability::Many | Availability::None) => ("note.many", "good"),
        };
        let local = event.starts_at.with_timezone(&event.zone());
        let others: Vec<&str> =
            event.performers.iter().map(String::as_str).filter(|name| *name != event.title).collect();
        Self {
            event: event.event_id.to_string(),
            title: event.title.clone(),
            performers: others.join(", "),
            place: format!("{}, {}", event.venue.name, event.venue.city),
            starts_at: local.to_rfc3339(),
            date: ::words::time::date_and_clock_short(language, &local),
            price: event.price_from.map(|price| ::words::money(language, price)),
            note: words::say(language, note, &[]),
            tone,
        }
    }
}

impl SearchPage {
    /// A page that shows what was found.
    pub fn found(
        language: Language,
        home: bool,
        form: Form,
        shared: &Shared<Found>,
        now: DateTime<Utc>,
    ) -> Self {
        let found = &shared.kept.answer;
        let next = found.cursor.as_ref().map(|cursor| form.next(&cursor.to_string()));
        let results = found.events.iter().map(|event| Card::of(language, event, now)).collect();
        let suggestion = found
            .suggestion
            .as_ref()
            .map(|text| Link { text: text.clone(), path: form.with(&[("token", text)]) });
        let widened = !found.wider.is_none();
        let groups =
            found.facets.as_ref().map(|facets| narrow::groups(language, &form, facets)).unwrap_or_default();
        Self {
            trouble: None,
            results: Some(results),
            total: found.total,
            next,
            widened,
            suggestion,
            degraded: shared.is_degraded(),
            groups,
            ..Self::of(language, home, form)
        }
    }

    /// The page with its form only.
    fn of(language: Language, home: bool, form: Form) -> Self {
        Self {
            home,
            days: narrow::days(language, &form),
            categories: narrow::categories(language, &form),
            orders: narrow::orders(language, &form),
            held: narrow::held(language, &form),
            form,
            ..Self::default()
        }
    }

    /// A page that says what went wrong.
    pub fn trouble(language: Language, home: bool, form: Form, trouble: String) -> Self {
        Self { trouble: Some(trouble), ..Self::of(language, home, form) }
    }
}
