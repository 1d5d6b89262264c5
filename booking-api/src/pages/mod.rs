//! The pages of the shop: an event, and signing in. A page comes whole and works on from there with its script, which is
//! a file of its own: the content security policy allows nothing inline.

pub mod handler;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use contracts::{
    event::EventState,
    id::{EventId, TierId},
    money::Money,
};
use serde::Serialize;
use serde_json::json;

use crate::{
    catalog::event::{Image, overview::Overview},
    presale,
};

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
    seated: bool,
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

#[derive(Debug, Serialize)]
struct TierOnPage {
    id: TierId,
    name: String,
    price: String,
    available: u32,
    standing: bool,
    /// Until when it is sold with a code only, if it is now.
    code_until: Option<String>,
}

impl EventPage {
    /// The page of what was looked at.
    pub fn new(overview: &Overview) -> Self {
        let Overview { detail, layout, snapshot, at, state, stale } = overview;
        let (facts, venue) = (&detail.event.facts, &detail.venue.facts);
        let zone = venue.time_zone.parse().unwrap_or(Tz::UTC);
        let tiers = layout.tiers.iter().enumerate().map(|(index, tier)| TierOnPage {
            id: tier.id,
            name: tier.name.clone(),
            price: layout.price(index).as_ref().map(Money::to_string).unwrap_or_default(),
            available: snapshot.tiers.get(index).copied().unwrap_or_default(),
            standing: tier.general_admission,
            code_until: presale::until(&detail.presales, tier.id, *at).map(|until| for_a_person(until, zone)),
        });
        Self {
            id: detail.event.id,
            title: facts.title.clone(),
            description: facts.description.clone(),
            starts: for_a_person(facts.starts_at, zone),
            starts_at: facts.starts_at,
            venue: venue.name.clone(),
            address: venue.address.iter().chain([&venue.city]).cloned().collect::<Vec<_>>().join(", "),
            performers: detail.performers.iter().map(|(_, performer)| performer.name.clone()).collect(),
            tiers: tiers.collect(),
            seated: layout.tiers.iter().any(|tier| !tier.general_admission),
            limit: facts.ticket_limit,
            image: facts.image.clone(),
            state: *state,
            sales_start: for_a_person(facts.sales_start, zone),
            waitlist: detail.has_waitlist,
            presales: overview
                .open_presales()
                .map(|presale| PresaleOnPage {
                    name: presale.name.clone(),
                    until: for_a_person(presale.ends_at, zone),
                })
                .collect(),
            stale: *stale,
        }
    }
}

/// `Sunday, 20 June 2027, 20:00 CEST`.
fn for_a_person(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M %Z").to_string()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_in_the_venues_zone() {
        let at: DateTime<Utc> = "2027-06-20T18:00:00Z".parse().unwrap();
        assert_eq!(for_a_person(at, "Europe/Berlin".parse().unwrap()), "Sunday, 20 June 2027, 20:00 CEST");
        assert_eq!(for_a_person(at, "Asia/Tokyo".parse().unwrap()), "Monday, 21 June 2027, 03:00 JST");
    }
}
