//! What may be meant by a text that is still being typed: events, performers, venues and cities, each with its link.

use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::{
    fit::{self, Fit},
    parse::Typed,
};
use crate::document::{EventDocument, body::KEY_SEPARATOR, fold};

/// What a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An event to come.
    Event,
    /// Who performs at events to come.
    Performer,
    /// Where events are to come.
    Venue,
    /// A city with events to come.
    City,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub text: String,
    /// What tells it from others of the name: venue and day of an event, the city of a venue.
    pub detail: Option<String>,
    /// Where it leads.
    pub link: String,
}

/// The answer of `GET /search/suggest`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Suggestions {
    /// Events, performers, venues, cities, in this order; of each kind what fits best first.
    pub suggestions: Vec<Suggestion>,
}

/// What an index holds that may be meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// Events, best first.
    pub events: Vec<EventDocument>,
    /// Performers, with how many events each has.
    pub performers: Vec<(String, u64)>,
    /// Venues: name, city and country with a separator between them.
    pub venues: Vec<(String, u64)>,
    /// Cities, with their country.
    pub cities: Vec<(String, u64)>,
}

/// The best of what the index holds. What is only like the words is left out where something has them as they are typed.
pub fn best(typed: &Typed, candidates: &Candidates) -> Suggestions {
    let limit = usize::from(typed.limit);
    let kinds = [
        (Kind::Performer, &candidates.performers),
        (Kind::Venue, &candidates.venues),
        (Kind::City, &candidates.cities),
    ]
    .map(|(kind, names)| (kind, ranked(typed, kind, names)));
    let events: Vec<_> =
        candidates.events.iter().map(|event| (fit::as_typed(&typed.words, event), event)).collect();
    let right = events.iter().any(|(right, _)| *right)
        || kinds.iter().any(|(_, names)| names.iter().any(|(fit, _)| *fit > Fit::Like));
    let events = events.into_iter().filter(|(as_typed, _)| *as_typed || !right);
    let mut suggestions: Vec<Suggestion> = events.take(limit).map(|(_, shown)| event(shown)).collect();
    for (kind, names) in kinds {
        let names = names.into_iter().filter(|(fit, _)| *fit > Fit::Like || !right);
        suggestions.extend(names.take(limit).map(|(_, name)| named(kind, name)));
    }
    Suggestions { suggestions }
}

/// Those names that fit all words by themselves, best first, then those with most events.
fn ranked<'a>(typed: &Typed, kind: Kind, names: &'a [(String, u64)]) -> Vec<(Fit, &'a str)> {
    let words = typed.words.telling();
    let mut fitting: Vec<_> = names
        .iter()
        .filter_map(|(name, count)| {
            // Only the name of a venue counts, not its city; of a city not its country.
            let own = match kind {
                Kind::Venue => name.split(KEY_SEPARATOR).next().unwrap_or_default(),
                Kind::City => name.rsplit_once(", ").map_or(name.as_str(), |(city, _)| city),
                Kind::Event | Kind::Performer => name.as_str(),
            };
            let folded = fold::fold(own);
            let written: Vec<&str> = folded.split(' ').collect();
            let joined = fold::joined(&folded);
            let fit = |word: &String| {
                let all = written.iter().copied().chain(joined.iter().map(String::as_str));
                all.filter_map(|one| fit::beginning(word, one)).max()
            };
            let worst = words.iter().map(fit).min().flatten()?;
            Some((worst, *count, name.as_str()))
        })
        .collect();
    fitting.sort_by(|one, other| (other.0, other.1).cmp(&(one.0, one.1)).then(one.2.cmp(other.2)));
    fitting.into_iter().map(|(fit, _, name)| (fit, name)).collect()
}

fn event(event: &EventDocument) -> Suggestion {
    let day = event.local_date().format("%-d %b %Y");
    Suggestion {
        kind: Kind::Event,
        text: event.title.clone(),
        detail: Some(format!("{}, {} · {day}", event.venue.name, event.venue.city)),
        link: format!("/e/{}", event.event_id),
    }
}

fn named(kind: Kind, name: &str) -> Suggestion {
    let search = |pairs: &[(&str, &str)]| {
        format!("/search?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
    };
    let mut parts = name.splitn(3, KEY_SEPARATOR);
    let mut part = || parts.next().unwrap_or_default();
    match kind {
        Kind::Venue => {
            let (venue, city, country) = (part(), part(), part());
            let city = format!("{city}, {country}");
            let link = search(&[("venue", venue), ("location", &city)]);
            Suggestion { kind, text: venue.to_owned(), detail: Some(city), link }
        }
        Kind::City => {
            Suggestion { kind, text: name.to_owned(), detail: None, link: search(&[("location", name)]) }
        }
        Kind::Event | Kind::Performer => {
            Suggestion { kind, text: name.to_owned(), detail: None, link: search(&[("performer", name)]) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::text::Words;

    #[test]
    fn names_that_fit_by_themselves_are_suggested_best_first() {
        let typed = |text: &str| Typed { words: Words::parse(text).unwrap(), limit: 5 };
        let names = [("Coldplay", 1), ("Coldcut", 7), ("Harry Styles", 9), ("Cold", 1)];
        let names: Vec<_> = names.map(|(name, count)| (name.to_owned(), count)).into();
        let shown = |text: &str| -> Vec<String> {
            let candidates = Candidates { performers: names.clone(), ..Candidates::default() };
            best(&typed(text), &candidates).suggestions.into_iter().map(|one| one.text).collect()
        };
        assert_eq!(shown("cold"), ["Cold", "Coldcut", "Coldplay"]);
        assert_eq!(shown("cildp"), ["Coldplay"]);
        assert_eq!(shown("sty har"), ["Harry Styles"]);
        assert_eq!(shown("coldc"), ["Coldcut"], "and not Coldplay, which is like it");
        assert!(shown("harry cold").is_empty());
    }

    #[test]
    fn every_kind_leads_to_its_events() {
        assert_eq!(named(Kind::City, "Köln, DE").link, "/search?location=K%C3%B6ln%2C+DE");
        let venue = named(Kind::Venue, "Hall\nBerlin\nDE");
        assert_eq!((venue.text.as_str(), venue.detail.as_deref()), ("Hall", Some("Berlin, DE")));
        assert_eq!(venue.link, "/search?venue=Hall&location=Berlin%2C+DE");
        assert_eq!(named(Kind::Performer, "AC/DC").link, "/search?performer=AC%2FDC");
    }
}
