//! Rows of the files one may import, and what they mean in our catalog. A row is recognised by its fields.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::country;
use crate::{
    currency,
    organizer::{Category, Event, ImportRow, Tier, Venue},
    when,
};

/// The longest title and name that the catalog takes, in characters.
const LONGEST_NAME: usize = 300;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 20_000;

/// What a row brings in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Venue(Venue),
    Event(Box<ImportRow>),
}

/// What is the same for all rows of one import.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Dates are moved to the first whole year after this day.
    pub(super) today: NaiveDate,
    /// How many tickets each event sells.
    pub(super) tickets: u32,
}

/// Why a row cannot be used. The fault is the row's.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("this is neither a venue nor a concert nor a match: {0}")]
    Unknown(String),
    #[error("the place has no coordinates or no time zone")]
    NoPlace,
    #[error("{0:?} is no time zone")]
    TimeZone(String),
    #[error("{0:?} is in no country we know")]
    Country(String),
    #[error("{0:?} is no time of day")]
    Time(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Match(MatchRow),
    Concert(ConcertRow),
    Venue(VenueRow),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VenueRow {
    name: String,
    address: Option<String>,
    city: String,
    country: String,
    lat: Option<f64>,
    lon: Option<f64>,
    timezone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchRow {
    date: NaiveDate,
    home: String,
    away: String,
    tournament: String,
    city: String,
    country: String,
    lat: Option<f64>,
    lon: Option<f64>,
    timezone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConcertRow {
    orchestra: String,
    season: String,
    #[serde(rename = "type")]
    series: String,
    venue: String,
    location: String,
    lat: Option<f64>,
    lon: Option<f64>,
    timezone: Option<String>,
    date: NaiveDate,
    time: String,
    works: Vec<Work>,
    performers: Vec<Performer>,
}

#[derive(Deserialize)]
struct Work {
    composer: String,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Performer {
    name: String,
    role: Option<String>,
}

/// What the line means, or why it means nothing.
pub(super) fn read(line: &str, terms: Terms) -> Result<Item, Unusable> {
    match serde_json::from_str(line).map_err(|error| Unusable::Unknown(error.to_string()))? {
        Row::Venue(row) => row.item(),
        Row::Match(row) => row.item(terms),
        Row::Concert(row) => row.item(terms),
    }
}

impl VenueRow {
    fn item(self) -> Result<Item, Unusable> {
        let place = Place::of(self.lat, self.lon, self.timezone)?;
        let address = self.address.map(|address| address.trim().to_owned());
        let mut venue = place.venue(&self.name, &self.city, &self.country);
        venue.address = address.filter(|address| !address.is_empty());
        Ok(Item::Venue(venue))
    }
}

impl MatchRow {
    fn item(self, terms: Terms) -> Result<Item, Unusable> {
        let place = Place::of(self.lat, self.lon, self.timezone)?;
        // The files name the city and no ground, and no hour: kick-off is at a quarter to eight.
        let venue = place.venue(&format!("Football ground, {}", self.city), &self.city, &self.country);
        let played = self.date.to_string();
        let bill = Bill {
            external_id: external_id("match", &[&played, &self.home, &self.away]),
            category: Category::Sport,
            title: format!("{} – {}", self.home, self.away),
            description: format!("{}. First played on {played}.", self.tournament),
            price: 4_500,
            date: self.date,
            time: NaiveTime::from_hms_opt(19, 45, 0).unwrap_or_default(),
            zone: place.zone,
        };
        let event = bill.event(&venue, terms);
        Ok(Item::Event(Box::new(ImportRow { venue, performers: vec![self.home, self.away], event })))
    }
}

impl ConcertRow {
    fn item(self, terms: Terms) -> Result<Item, Unusable> {
        let time = NaiveTime::parse_from_str(self.time.trim(), "%I:%M%p")
            .map_err(|_| Unusable::Time(self.time.clone()))?;
        let place = Place::of(self.lat, self.lon, self.timezone.clone())?;
        let country =
            country::of_location(&self.location).ok_or_else(|| Unusable::Country(self.location.clone()))?;
        let city = self.location.split(',').next().unwrap_or(&self.location).trim();
        let venue = place.venue(&self.venue, city, country);
        let title = self.title();
        let given = self.date.to_string();
        let bill = Bill {
            external_id: external_id("concert", &[&given, &self.time, &self.venue, &self.location, &title]),
            category: Category::Concert,
            description: self.description(),
            title,
            price: 6_500,
            date: self.date,
            time,
            zone: place.zone,
        };
        let event = bill.event(&venue, terms);
        let mut performers = vec![self.orchestra];
        for Performer { name, .. } in &self.performers {
            let name = cut(&spoken(name), LONGEST_NAME);
            if !performers.contains(&name) && !name.is_empty() {
                performers.push(name);
            }
        }
        Ok(Item::Event(Box::new(ImportRow { venue, performers, event })))
    }

    /// The orchestra and its first three composers; without works the series.
    fn title(&self) -> String {
        let mut composers: Vec<&str> = Vec::new();
        for work in &self.works {
            let surname = surname(&work.composer);
            if !surname.is_empty() && surname != "Anthem" && !composers.contains(&surname) {
                composers.push(surname);
            }
        }
        composers.truncate(3);
        let rest = if composers.is_empty() { self.series.clone() } else { composers.join(", ") };
        format!("{}: {rest}", self.orchestra)
    }

    fn description(&self) -> String {
        let mut lines =
            vec![format!("{}, season {}. First given on {}.", self.series, self.season, self.date)];
        for Work { composer, title } in &self.works {
            let title = title.as_deref().unwrap_or("work without a title");
            lines.push(format!("{}: {title}", spoken(composer)));
        }
        for Performer { name, role } in &self.performers {
            let role = role.as_deref().filter(|role| !role.is_empty()).unwrap_or("performer");
            if !name.is_empty() {
                lines.push(format!("{}, {role}", spoken(name)));
            }
        }
        lines.join("\n")
    }
}

/// Where something is.
#[derive(Clone, Copy)]
struct Place {
    latitude: f64,
    longitude: f64,
    zone: Tz,
}

impl Place {
    fn of(lat: Option<f64>, lon: Option<f64>, zone: Option<String>) -> Result<Self, Unusable> {
        let (Some(latitude), Some(longitude), Some(zone)) = (lat, lon, zone) else {
            return Err(Unusable::NoPlace);
        };
        let zone = zone.parse().map_err(|_| Unusable::TimeZone(zone))?;
        Ok(Self { latitude, longitude, zone })
    }

    fn venue(self, name: &str, city: &str, country: &str) -> Venue {
        Venue {
            external_id: external_id("venue", &[name, city, country]),
            name: cut(name, LONGEST_NAME),
            address: None,
            city: city.trim().to_owned(),
            country: country.to_owned(),
            latitude: self.latitude,
            longitude: self.longitude,
            time_zone: self.zone.name().to_owned(),
        }
    }
}

/// What one event says of itself.
struct Bill {
    external_id: String,
    category: Category,
    title: String,
    description: String,
    /// In cents of a euro.
    price: i64,
    date: NaiveDate,
    time: NaiveTime,
    zone: Tz,
}

impl Bill {
    fn event(self, venue: &Venue, terms: Terms) -> Event {
        let starts_at = when::instant(when::after(self.date, terms.today), self.time, self.zone);
        let currency = currency::of(&venue.country);
        Event {
            external_id: self.external_id,
            title: cut(&self.title, LONGEST_NAME),
            description: cut(&self.description, LONGEST_DESCRIPTION),
            category: self.category,
            starts_at,
            // On sale at once, and from the same instant whenever the same file is imported again that year.
            sales_start: starts_at - chrono::TimeDelta::days(367),
            sales_end: starts_at,
            currency,
            ticket_limit: 8,
            tiers: vec![Tier::standing("Entry", currency::price(currency, self.price), terms.tickets)],
            seats: Vec::new(),
        }
    }
}

/// The row's own name, the same whenever it is read: so an import repeated changes nothing.
fn external_id(kind: &str, key: &[&str]) -> String {
    let key = key.join("\u{1f}");
    format!("import/{kind}/{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes()).simple())
}

/// `Bartok [Bartók], Béla` is spoken `Béla Bartók`.
fn spoken(name: &str) -> String {
    let given = name.split_once(',').map_or("", |(_, given)| given.trim());
    format!("{given} {}", surname(name)).trim().to_owned()
}

fn surname(name: &str) -> &str {
    let surname = name.split(',').next().unwrap_or(name);
    match surname.split_once('[') {
        Some((_, better)) => better.trim_end().trim_end_matches(']'),
        None => surname,
    }
    .trim()
}

fn cut(text: &str, longest: usize) -> String {
    text.trim().chars().take(longest).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { today: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(), tickets: 20 };

    fn event(line: &str) -> ImportRow {
        match read(line, TERMS).unwrap() {
            Item::Event(row) => *row,
            Item::Venue(venue) => panic!("{venue:?} is no event"),
        }
    }

    #[test]
    fn a_match_is_played_again_on_the_same_day_of_a_coming_year() {
        let line = r#"{"date":"2008-06-29","home":"Narnia","away":"Oz","tournament":"Cup","city":"Vienna","country":"AT","lat":48.2,"lon":16.37,"timezone":"Europe/Vienna"}"#;
        let row = event(line);
        assert_eq!(row.event.starts_at.to_rfc3339(), "2027-06-29T17:45:00+00:00");
        assert_eq!((row.event.title.as_str(), row.event.currency), ("Narnia – Oz", "EUR"));
        assert_eq!(row.performers, ["Narnia", "Oz"]);
        assert_eq!(row.venue.name, "Football ground, Vienna");
        assert_eq!(row, event(line), "read twice it is the same");
    }

    #[test]
    fn a_concert_names_its_composers_and_players_as_one_speaks_them() {
        let row = event(
            r#"{"orchestra":"Town Band","season":"2004-05","type":"Tour","venue":"Hall","location":"Tokyo, JAPAN","lat":35.7,"lon":139.7,"timezone":"Asia/Tokyo","date":"2004-12-01","time":"7:30PM","works":[{"composer":"Anthem,","title":"JAPAN"},{"composer":"Bartok [Bartók], Béla","title":"SUITE"}],"performers":[{"name":"Doe, Jane","role":"violin"},{"name":"Doe, Jane","role":"viola"}]}"#,
        );
        assert_eq!(row.event.title, "Town Band: Bartók");
        assert_eq!(row.event.starts_at.to_rfc3339(), "2026-12-01T10:30:00+00:00");
        assert_eq!(row.performers, ["Town Band", "Jane Doe"]);
        assert_eq!((row.venue.city.as_str(), row.venue.country.as_str()), ("Tokyo", "JP"));
        assert!(row.event.description.contains("Béla Bartók: SUITE"), "{}", row.event.description);
    }

    #[test]
    fn a_row_that_lacks_something_says_what() {
        let why = |line: &str| read(line, TERMS).unwrap_err().to_string();
        let venue =
            r#"{"name":"X","address":null,"city":"Y","country":"CZ","lat":null,"lon":1.0,"timezone":"Z"}"#;
        assert_eq!(why(venue), "the place has no coordinates or no time zone");
        assert!(why("{").contains("neither a venue nor a concert nor a match"));
        assert!(why(r#"{"name":"A conference","city":"Y","topic":"rust"}"#).contains("neither"));
        let concert = r#"{"orchestra":"O","season":"S","type":"T","venue":"V","location":"L, NY","lat":1.0,"lon":1.0,"timezone":"Europe/Berlin","date":"2004-12-01","time":"None","works":[],"performers":[]}"#;
        assert_eq!(why(concert), "\"None\" is no time of day");
    }
}
