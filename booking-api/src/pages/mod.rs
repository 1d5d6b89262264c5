//! The pages of the shop: an event, and signing in. A page comes whole and works on from there with its script, which is
//! a file of its own: the content security policy allows nothing inline.

mod choose;
pub mod form;
pub mod handler;
pub mod sign_in;
pub(crate) mod words;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use contracts::{
    event::EventState,
    id::{EventId, TierId},
    language::Language,
    money::Money,
};
use serde::Serialize;
use serde_json::json;

use crate::{
    catalog::event::{Image, overview::Overview},
    presale,
    seat::{Kind, Layout},
};

use self::words::{moment, say};

/// What the page of an event shows.
#[derive(Debug, Serialize)]
pub struct EventPage {
    id: EventId,
    title: String,
    description: String,
    /// For a person, at the venue.
    starts: String,
    /// For a program.
    starts_at: DateTime<Utc>,
    venue: String,
    address: String,
    performers: Vec<String>,
    tiers: Vec<TierOnPage>,
    /// What the hall is called as the script reads it; none where nobody chooses a seat.
    plan: Option<String>,
    /// What the form offers.
    choices: Vec<Choice>,
    has_accessible: bool,
    limit: i32,
    image: Option<Image>,
    state: EventState,
    sales_start: String,
    /// Those that are open: nothing of them is sold without a code.
    presales: Vec<PresaleOnPage>,
    waitlist: bool,
    stale: bool,
}

#[derive(Debug, Serialize)]
struct PresaleOnPage {
    name: String,
    until: String,
}

/// One way to ask for tickets.
#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    words: String,
}

#[derive(Debug, Serialize)]
struct TierOnPage {
    id: TierId,
    name: String,
    price: String,
    available: u32,
    /// Until when it is sold with a code only, if it is now.
    code_until: Option<String>,
}

impl EventPage {
    /// The page of what was looked at, for somebody who reads `language`; `plan` is what its hall is called.
    pub fn new(language: Language, overview: &Overview, plan: &str) -> Self {
        let Overview { detail, layout, snapshot, at, state, stale } = overview;
        let (facts, venue) = (&detail.event.facts, &detail.venue.facts);
        let zone = venue.time_zone.parse().unwrap_or(Tz::UTC);
        let tiers = layout.tiers.iter().enumerate().map(|(index, tier)| TierOnPage {
            id: tier.id,
            name: tier.name.clone(),
            price: layout.price(index).map(|price| ::words::money(language, price)).unwrap_or_default(),
            available: snapshot.tiers.get(index).copied().unwrap_or_default(),
            code_until: presale::until(&detail.presales, tier.id, *at)
                .map(|until| moment(language, until, zone)),
        });
        Self {
            id: detail.event.id,
            title: facts.title.clone(),
            description: facts.description.clone(),
            starts: moment(language, facts.starts_at, zone),
            starts_at: facts.starts_at,
            venue: venue.name.clone(),
            address: venue.address.iter().chain([&venue.city]).cloned().collect::<Vec<_>>().join(", "),
            performers: detail.performers.iter().map(|(_, performer)| performer.name.clone()).collect(),
            tiers: tiers.collect(),
            plan: layout.tiers.iter().any(|tier| !tier.general_admission).then(|| plan.to_owned()),
            choices: choices(language, layout),
            has_accessible: layout
                .tickets
                .iter()
                .any(|ticket| ticket.seat.as_ref().is_some_and(|seat| seat.kind == Kind::Accessible)),
            limit: facts.ticket_limit,
            image: facts.image.clone(),
            state: *state,
            sales_start: moment(language, facts.sales_start, zone),
            waitlist: detail.has_waitlist,
            presales: overview
                .open_presales()
                .map(|presale| PresaleOnPage {
                    name: presale.name.clone(),
                    until: moment(language, presale.ends_at, zone),
                })
                .collect(),
            stale: *stale,
        }
    }
}

/// The best seats at any price, and up to each price but the highest, the dearest first; then what has no seats.
fn choices(language: Language, layout: &Layout) -> Vec<Choice> {
    let money = |minor: i64| ::words::money(language, Money { minor, currency: layout.currency });
    let seated = layout.tiers.iter().filter(|tier| !tier.general_admission);
    let mut prices: Vec<i64> = seated.map(|tier| tier.price_minor).collect();
    prices.sort_unstable();
    prices.dedup();
    let any =
        prices.pop().map(|_| Choice { value: "any".to_owned(), words: say(language, "event.any", &[]) });
    let up_to = prices.into_iter().rev();
    let up_to = up_to.map(|minor| Choice {
        value: format!("to:{minor}"),
        words: say(language, "event.upTo", &[("price", money(minor).into())]),
    });
    let standing = layout.tiers.iter().filter(|tier| tier.general_admission).map(|tier| Choice {
        value: format!("units:{}", tier.id),
        words: format!("{}, {}", tier.name, money(tier.price_minor)),
    });
    any.into_iter().chain(up_to).chain(standing).collect()
}

/// The event in the words of schema.org, for programs that read pages. Nothing in it ends the element it stands in.
pub fn linked_data(overview: &Overview, address_of_page: &str) -> String {
    let (detail, layout) = (&overview.detail, &overview.layout);
    let (facts, venue) = (&detail.event.facts, &detail.venue.facts);
    let status = match overview.state {
        EventState::Cancelled => "EventCancelled",
        EventState::Postponed => "EventPostponed",
        EventState::Draft
        | EventState::Scheduled
        | EventState::OnSale
        | EventState::SoldOut
        | EventState::Ended => "EventScheduled",
    };
    let availability = |tier: usize| match (overview.state, overview.snapshot.tiers.get(tier)) {
        (EventState::Scheduled, _) => "PreOrder",
        (EventState::OnSale, Some(1..)) => "InStock",
        (EventState::OnSale | EventState::SoldOut, _) => "SoldOut",
        (EventState::Draft | EventState::Ended | EventState::Postponed | EventState::Cancelled, _) => {
            "Discontinued"
        }
    };
    let zone = venue.time_zone.parse().unwrap_or(Tz::UTC);
    let price = |money: Money| {
        let text = money.to_string();
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    let offers = layout.tiers.iter().enumerate().filter_map(|(index, tier)| {
        layout.price(index).map(|money| {
            json!({
                "@type": "Offer", "name": tier.name, "price": price(money), "priceCurrency": facts.currency,
                "availability": format!("https://schema.org/{}", availability(index)), "url": address_of_page,
                "validFrom": facts.sales_start, "validThrough": facts.sales_end,
            })
        })
    });
    let mut data = json!({
        "@context": "https://schema.org", "@type": "Event", "name": facts.title,
        "startDate": facts.starts_at.with_timezone(&zone).to_rfc3339(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "url": address_of_page, "eventStatus": format!("https://schema.org/{status}"),
        "location": {
            "@type": "Place", "name": venue.name,
            "address": {"@type": "PostalAddress", "streetAddress": venue.address, "addressLocality": venue.city, "addressCountry": venue.country},
            "geo": {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude},
        },
        "performer": detail.performers.iter().map(|(_, performer)| json!({"@type": "PerformingGroup", "name": performer.name})).collect::<Vec<_>>(),
        "offers": offers.collect::<Vec<_>>(),
    });
    if !facts.description.is_empty() {
        data["description"] = json!(facts.description);
    }
    if let Some(image) = &facts.image {
        data["image"] = json!({"@type": "ImageObject", "url": image.url, "caption": image.alt});
    }
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
