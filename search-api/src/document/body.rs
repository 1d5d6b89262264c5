//! The document as the index takes it: what is shown, and beside it the folded words and keys that queries look at.

use chrono::Datelike;
use serde_json::{Value, json};

use super::{Availability, EventDocument, calendar, fold};

/// The beginnings of words that are kept for those who are still typing, in letters: from here on a slip is forgiven.
const BEGINNINGS: std::ops::RangeInclusive<usize> = 4..=12;

/// What stands between the parts of a key; no name has it, for names are one line.
pub const KEY_SEPARATOR: char = '\n';

pub(crate) fn body(event: &EventDocument) -> Value {
    let venue = &event.venue;
    let performers: Vec<String> = event.performers.iter().map(|name| fold::fold(name)).collect();
    let names: Vec<String> =
        std::iter::once(fold::fold(&event.title)).chain(performers.iter().cloned()).collect();
    let hall = fold::fold(&venue.name);
    let (city, country) = (fold::fold(&venue.city), venue.country.to_lowercase());
    let mut all = vec![hall.clone(), city.clone(), country.clone(), event.category.clone()];
    all.extend(names.iter().chain([&hall, &city]).flat_map(|name| fold::joined(name)));
    let words: Vec<&String> = names.iter().chain([&hall, &city]).collect();
    let day = event.local_date();
    let mut body = json!({
        "deleted": false,
        "shown": event,
        "name": names,
        "whole": names.iter().flat_map(|name| [name.clone(), name.replace(' ', "")]).collect::<Vec<_>>(),
        "all": all,
        "word": words,
        "begin": beginnings(&names),
        "beginPlace": beginnings(&[hall.clone(), city.clone()]),
        "when": [day.format("%B").to_string().to_lowercase(), day.format("%A").to_string().to_lowercase(),
                 day.year().to_string()],
        "performer": with_joined(&performers),
        "performerName": event.performers,
        "venue": with_joined(&[hall]),
        "venueName": format!("{}{KEY_SEPARATOR}{}{KEY_SEPARATOR}{}", venue.name, venue.city, venue.country),
        "city": [city.clone(), format!("{city} {country}")],
        "cityKey": format!("{city} {country}"),
        "cityName": format!("{}, {}", venue.city, venue.country),
        "category": event.category,
        "location": {"lat": venue.latitude, "lon": venue.longitude},
        "startsAt": event.starts_at.timestamp_millis(),
        "salesStart": event.sales_start.timestamp_millis(),
        "salesEnd": event.sales_end.timestamp_millis(),
        "localDate": day.to_string(),
        "month": day.format("%Y-%m").to_string(),
        "stretch": calendar::stretches(event.starts_at, event.zone()),
        "takeable": !event.cancelled && !event.postponed && event.availability != Availability::None,
        "popularity": event.popularity,
    });
    if let Some(price) = event.price_from {
        body["currency"] = json!(price.currency);
        body["priceFrom"] = json!(price.minor);
    }
    body
}

/// Folded names, and beside them what their words are when they are written together.
fn with_joined(names: &[String]) -> Vec<String> {
    names.iter().cloned().chain(names.iter().flat_map(|name| fold::joined(name))).collect()
}

/// The beginnings of all words of folded names.
fn beginnings(names: &[String]) -> Vec<String> {
    let mut all: Vec<String> = names
        .iter()
        .flat_map(|name| name.split(' '))
        .flat_map(|word| {
            let letters = word.chars().count();
            BEGINNINGS
                .filter(move |length| *length <= letters)
                .map(|length| word.chars().take(length).collect())
                .collect::<Vec<String>>()
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_kept_from_the_fourth_letter_on() {
        assert_eq!(beginnings(&["the cure".to_owned(), "curex".to_owned()]), ["cure", "curex"]);
        assert!(beginnings(&["ac dc".to_owned()]).is_empty());
    }
}
