//! Events: one performance, match or show, at one venue and one time.

pub mod create;
pub mod delete;
pub mod handler;
pub mod import;
pub mod list;
pub mod overview;
pub mod state;
pub mod store;
pub mod table;
mod tell;
pub mod update;
pub mod view;

use chrono::{DateTime, Datelike, Utc};
use contracts::{
    id::{AccountId, EventId, PerformerId, TierId, VenueId},
    money::Currency,
};
use serde::{Deserialize, Serialize};

pub use self::state::Publication;
use super::check_external_id;
use crate::invalid::{Checks, Invalid};

/// An event in its organizer's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: EventId,
    /// What it is called.
    pub title: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Who may see it.
    pub publication: Publication,
    /// Where it takes place.
    pub venue: String,
    /// In which city.
    pub city: String,
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Music.
    Concert,
    /// A match or a race.
    Sport,
    /// A play, an opera, a show.
    Theatre,
    /// Talks.
    Conference,
    /// Anything else.
    Other,
}

impl Category {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Concert => "concert",
            Self::Sport => "sport",
            Self::Theatre => "theatre",
            Self::Conference => "conference",
            Self::Other => "other",
        }
    }

    /// By the name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Concert, Self::Sport, Self::Theatre, Self::Conference, Self::Other]
            .into_iter()
            .find(|category| category.name() == name)
    }
}

/// A picture of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Where it is.
    pub url: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
}

/// What an organizer says about an event, apart from its tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventFacts {
    /// The organizer's own name for it.
    pub external_id: Option<String>,
    /// Its title.
    pub title: String,
    /// A text about it.
    pub description: String,
    /// What kind it is.
    pub category: Category,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When sales open.
    pub sales_start: DateTime<Utc>,
    /// When sales close.
    pub sales_end: DateTime<Utc>,
    /// ISO 4217.
    pub currency: String,
    /// The most tickets that one account may hold and buy.
    pub ticket_limit: i32,
    /// A picture of it.
    pub image: Option<Image>,
}

/// Where an event takes place, and with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Where.
    pub venue: VenueId,
    /// Who performs, in the order of the bill.
    pub performers: Vec<PerformerId>,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which one.
    pub id: EventId,
    /// Who made it.
    pub owner: AccountId,
    /// What is said about it.
    pub facts: EventFacts,
    /// Whether it takes place.
    pub publication: Publication,
    /// Rises with each change.
    pub version: i64,
}

/// A price category of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Which one.
    pub id: TierId,
    /// Its name.
    pub name: String,
    /// The price, in minor units.
    pub price_minor: i64,
    /// Whether its tickets are units of which nobody chooses one.
    pub general_admission: bool,
    /// Its colour on the plan, `#rrggbb`.
    pub colour: Option<String>,
}

impl EventFacts {
    /// Whether this can be an event.
    pub(super) fn check(&self, checks: &mut Checks) {
        check_external_id(checks, self.external_id.as_deref());
        checks.text(&self.title, 300, "/title");
        let length = self.description.chars().count();
        checks.that(length <= 20_000, "/description", format!("has at most 20000 characters, not {length}"));
        checks.that(!self.description.contains('\0'), "/description", "has no control characters");
        for (at, pointer) in
            [(self.starts_at, "/startsAt"), (self.sales_start, "/salesStart"), (self.sales_end, "/salesEnd")]
        {
            checks.that((1900..=2200).contains(&at.year()), pointer, "lies between the years 1900 and 2200");
        }
        checks.that(self.sales_start < self.sales_end, "/salesEnd", "comes after salesStart");
        let currency = self.currency.parse::<Currency>();
        checks.that(currency.is_ok(), "/currency", "is a currency code of ISO 4217, such as EUR");
        if let Some(image) = &self.image {
            let url = reqwest::Url::parse(&image.url);
            let shown = url.is_ok_and(|url| url.scheme() == "https") && image.url.len() <= 2000;
            checks.that(
                shown,
                "/image/url",
                "is an address that begins with https://, of at most 2000 characters",
            );
            checks.text(&image.alt, 500, "/image/alt");
        }
        checks.that((1..=100).contains(&self.ticket_limit), "/ticketLimit", "lies between 1 and 100");
    }
}

impl Links {
    /// The most performers of an event.
    const MOST: usize = 100;

    fn check(&self, checks: &mut Checks) {
        checks.that(self.performers.len() <= Self::MOST, "/performerIds", "names at most 100 performers");
        let mut once = self.performers.clone();
        once.sort_unstable();
        once.dedup();
        checks.that(once.len() == self.performers.len(), "/performerIds", "names nobody twice");
    }
}

/// Whether facts and links can be an event together.
///
/// # Errors
/// All that cannot be.
pub fn check(facts: &EventFacts, links: &Links) -> Result<(), Invalid> {
    let mut checks = Checks::default();
    facts.check(&mut checks);
    links.check(&mut checks);
    checks.done()
}

/// Declares a body that says [`EventFacts`] beside fields of its own: serde cannot refuse unknown fields of a flattened one.
macro_rules! event_body {
    ($(#[$doc:meta])* $name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $($(#[$meta])* pub(super) $field: $type,)*
            external_id: Option<String>,
            title: String,
            #[serde(default)]
            description: String,
            category: Category,
            starts_at: DateTime<Utc>,
            sales_start: DateTime<Utc>,
            sales_end: DateTime<Utc>,
            currency: String,
            #[serde(default = "default_limit")]
            ticket_limit: i32,
            #[serde(default)]
            image: Option<Image>,
        }

        impl $name {
            /// What it says about the event.
            pub fn facts(&self) -> EventFacts {
                EventFacts {
                    external_id: self.external_id.clone(),
                    title: self.title.clone(),
                    description: self.description.clone(),
                    category: self.category,
                    starts_at: self.starts_at,
                    sales_start: self.sales_start,
                    sales_end: self.sales_end,
                    currency: self.currency.clone(),
                    ticket_limit: self.ticket_limit,
                    image: self.image.clone(),
                }
            }
        }
    };
}

event_body!(/// The body of `POST /event`.
NewEvent {
    venue_id: VenueId,
    #[serde(default)]
    performer_ids: Vec<PerformerId>,
    tiers: Vec<crate::seat::plan::NewTier>,
    #[serde(default)]
    seats: Vec<crate::seat::plan::NewSeat>,
    #[serde(default)]
    focal_points: Vec<crate::seat::plan::NewFocalPoint>,
    /// Seats in the format of pretix, instead of `seats`.
    seating_plan: Option<crate::seat::pretix::PlanFile>,
    /// A draft, or published where absent.
    state: Option<Publication>,
});
event_body!(/// The body of `PUT /event/{eventId}`.
ChangedEvent {
    venue_id: VenueId,
    #[serde(default)]
    performer_ids: Vec<PerformerId>,
    /// Left as it is when absent.
    state: Option<Publication>,
});
event_body!(/// The event of one row of an import.
ImportedEvent {
    tiers: Vec<crate::seat::plan::NewTier>,
    #[serde(default)]
    seats: Vec<crate::seat::plan::NewSeat>,
    #[serde(default)]
    focal_points: Vec<crate::seat::plan::NewFocalPoint>,
    /// A draft, or published where absent; one that is there stays as it is.
    state: Option<Publication>,
});

fn default_limit() -> i32 {
    8
}
