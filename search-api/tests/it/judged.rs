//! Questions that were judged by hand: what people type, where and when they want to go, and which events are good answers.
//! All of it is invented (`judged/events.txt`, `judged/queries.txt`). It prints a table, and what was not on top.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use search_api::document::{Availability, EventDocument, Venue};
use uuid::Uuid;

use crate::measure::{self, Both, Scores};

const EVENTS: &str = include_str!("judged/events.txt");
const QUERIES: &str = include_str!("judged/queries.txt");

/// A Wednesday, before all of the events.
fn now() -> DateTime<Utc> {
    "2027-03-10T12:00:00Z".parse().unwrap()
}

/// The lines of a table, taken apart.
fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split('|').map(str::trim).collect())
}

/// The events, each with its key.
fn events() -> Vec<(&'static str, EventDocument)> {
    lines(EVENTS).enumerate().map(|(number, line)| event(number, &line)).collect()
}

fn event(number: usize, line: &[&'static str]) -> (&'static str, EventDocument) {
    let [key, title, performers, category, venue, city, country, place, zone, begins] = line[..] else {
        panic!("not an event: {line:?}")
    };
    let (latitude, longitude) = place.split_once(',').unwrap();
    let local = NaiveDateTime::parse_from_str(begins, "%Y-%m-%d %H:%M").unwrap();
    let starts_at = zone.parse::<Tz>().unwrap().from_local_datetime(&local).unwrap().to_utc();
    let performers = performers.split(';').map(str::trim).filter(|name| !name.is_empty());
    let event = EventDocument {
        event_id: Uuid::from_u128(u128::try_from(number + 1).unwrap()).into(),
        title: title.to_owned(),
        category: category.to_owned(),
        starts_at,
        time_zone: zone.to_owned(),
        venue: Venue {
            name: venue.to_owned(),
            city: city.to_owned(),
            country: country.to_owned(),
            latitude: latitude.parse().unwrap(),
            longitude: longitude.parse().unwrap(),
        },
        performers: performers.map(str::to_owned).collect(),
        price_from: None,
        price_to: None,
        availability: Availability::Many,
        sales_start: DateTime::UNIX_EPOCH,
        sales_end: starts_at - TimeDelta::hours(1),
        cancelled: false,
        postponed: false,
        popularity: 0,
    };
    (key, event)
}

/// A question, and the keys of its good answers.
struct Judged {
    class: &'static str,
    parameters: Vec<(&'static str, &'static str)>,
    good: Vec<&'static str>,
}

impl Judged {
    fn read(line: &[&'static str]) -> Self {
        let [class, parameters, good] = line[..] else { panic!("not a question: {line:?}") };
        let parameters = parameters.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        Self { class, parameters, good: good.split(' ').collect() }
    }

    /// All that was typed, as one text: a plain query knows neither places nor days.
    fn text(&self) -> String {
        self.parameters.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_judged_a_good_answer_by_hand_is_on_top() {
    let keyed = events();
    let documents: Vec<EventDocument> = keyed.iter().map(|(_, event)| event.clone()).collect();
    let key = |event: &EventDocument| {
        keyed.iter().find(|(_, one)| one.event_id == event.event_id).map_or("", |(key, _)| key)
    };
    let judged: Vec<Judged> = lines(QUERIES).map(|line| Judged::read(&line)).collect();
    for name in judged.iter().flat_map(|one| &one.good) {
        assert!(keyed.iter().any(|(key, _)| key == name), "no event is {name}");
    }
    let both = Both::with(&documents, now()).await;
    let mut classes: Vec<(&str, Scores)> = Vec::new();
    let mut all = Scores::default();
    for one in &judged {
        if classes.last().is_none_or(|(class, _)| *class != one.class) {
            classes.push((one.class, Scores::default()));
        }
        let ours = Box::pin(both.find(&one.parameters)).await;
        let answers = [&ours, &ours, &both.plain(&one.text()).await];
        let scores = classes.last_mut().map(|(_, scores)| scores).unwrap();
        for (found, (score, sum)) in answers.into_iter().zip(scores.iter_mut().zip(&mut all)) {
            score.add(found, |event| one.good.contains(&key(event)));
            sum.add(found, |event| one.good.contains(&key(event)));
        }
        let found: Vec<&str> = ours.iter().map(key).collect();
        if found.first().is_none_or(|first| !one.good.contains(first)) {
            eprintln!("{:?} finds {found:?}, not {:?}", one.parameters, one.good);
        }
    }
    let mut table = measure::head(keyed.len());
    for (class, scores) in &classes {
        table.push_str(&measure::row(class, scores));
    }
    table.push_str(&measure::row("all", &all));
    eprintln!("{table}");
    let [ours, _, plain] = all;
    assert!(judged.len() >= 100 && classes.len() == 12, "{} questions", judged.len());
    assert!(ours.nothing <= 0.01 * ours.asked, "{table}");
    assert!(ours.ten >= 0.98 * ours.asked && ours.first >= 0.95 * ours.asked, "{table}");
    assert!(ours.reciprocal > plain.reciprocal, "{table}");
    both.end().await;
}
