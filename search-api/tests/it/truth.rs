//! Filters and counts against the truth: every event looked at one by one, by rules that are written here a second
//! time, in plain Rust.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{event::EventState, id::EventId};
use search_api::document::{self, Availability, EventDocument, fold::fold};
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    what_filters_find_and_count_is_what_is_there,
}

/// How many events there are.
const EVENTS: usize = 96;

async fn events(postgres: &PgPool) -> Vec<EventDocument> {
    let places = [
        ("Berlin", "DE", (52.52, 13.405), "Europe/Berlin"),
        ("Köln", "DE", (50.9375, 6.9603), "Europe/Berlin"),
        ("KOLN", "DE", (50.94, 6.95), "Europe/Berlin"),
        ("Suva", "FJ", (-18.14, 178.44), "Pacific/Fiji"),
        ("Apia", "WS", (-13.83, -171.77), "Pacific/Apia"),
        ("New York", "US", (40.75, -73.99), "America/New_York"),
    ];
    let mut ids = Vec::new();
    for number in 0..EVENTS {
        let pick = |of: usize, salt: usize| (number * 7 + number / 5 * salt + salt) % of;
        let (city, country, (north, east), time_zone) = places[pick(places.len(), 1)];
        let starts_at = in_days([-3, 2, 4, 33, 65][pick(5, 11)]);
        // Sales open before the event begins, whatever the pick.
        let opens = [chrono::DateTime::UNIX_EPOCH, in_days(1).min(starts_at - chrono::TimeDelta::hours(1))];
        let step = f64::from(u32::try_from(pick(40, 3)).unwrap());
        ids.push(
            seed::event(
                postgres,
                NewEvent {
                    title: ["Tide", "Tide Rising", "Ebb"][pick(3, 2)],
                    performers: [&["Ada Lovelace"][..], &["Grace Hopper", "Ada"], &[]][pick(3, 5)],
                    venue: ["Old Hall", "Hall of Fame", "Arena"][pick(3, 7)],
                    city,
                    country,
                    point: (north + 0.05 * step, east - 0.04 * step),
                    time_zone,
                    starts_at,
                    state: ["published", "published", "published", "cancelled", "postponed"][pick(5, 4)],
                    bucket: [None, Some("many"), Some("few"), Some("none")][pick(4, 9)],
                    category: ["concert", "sport", "theatre", "conference", "other"][pick(5, 6)],
                    currency: ["EUR", "USD", "JPY"][pick(3, 8)],
                    price: [0, 2_499, 2_500, 9_999, 10_000, 20_000][pick(6, 10)],
                    sales_start: opens[pick(2, 13)],
                    ..NewEvent::default()
                },
            )
            .await,
        );
    }
    let read = document::store::look(postgres, "", &ids).await.unwrap().entries;
    read.into_iter().filter_map(|entry| entry.document).collect()
}

/// The law of cosines, where the engines use haversines.
fn kilometres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let [a, b, c] = [from.0, to.0, to.1 - from.1].map(f64::to_radians);
    (a.sin() * b.sin() + a.cos() * b.cos() * c.cos()).clamp(-1.0, 1.0).acos() * 6_371.008_771_4
}

fn stand_together(words: &str, name: &str) -> bool {
    format!(" {} ", fold(name)).contains(&format!(" {words} "))
}

/// Whether an event is what is asked for.
fn is_meant(event: &EventDocument, query: &[(&str, &str)]) -> bool {
    let now = in_days(0);
    let named = |name: &str| query.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
    let to_come = named("date").is_some() || event.starts_at > now;
    to_come
        && query.iter().all(|(name, value)| match *name {
            "category" => value.split(',').any(|one| one == event.category),
            "performer" => event.performers.iter().any(|one| stand_together(value, one)),
            "venue" => stand_together(value, &event.venue.name),
            "location" if value.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                let numbers: Vec<f64> = value.split(',').map(|number| number.parse().unwrap()).collect();
                let to = (event.venue.latitude, event.venue.longitude);
                kilometres((numbers[0], numbers[1]), to) <= numbers[2]
            }
            "location" => {
                let city = fold(&event.venue.city);
                fold(value) == city || fold(value) == format!("{city} {}", event.venue.country.to_lowercase())
            }
            "date" => {
                let (from, to) = value.split_once("..").unwrap_or((value, value));
                (from..=to).contains(&event.local_date().to_string().as_str())
            }
            "currency" => event.price_from.unwrap().currency.to_string() == *value,
            "price_min" => event.price_from.unwrap().minor >= 100 * value.parse::<i64>().unwrap(),
            "price_max" => event.price_from.unwrap().minor <= 100 * value.parse::<i64>().unwrap(),
            "available" => {
                *value == "false"
                    || event.state(now) == EventState::OnSale && event.availability != Availability::None
            }
            "token" => fold(value).split(' ').all(|word| stand_together(word, &event.title)),
            _ => true,
        })
}

/// All ids that a query finds.
async fn found(world: &World, query: &[(&str, &str)]) -> (BTreeSet<EventId>, Value) {
    let answer = world.search(&[query, &[("limit", "100")]].concat()).await;
    assert_eq!(answer.status, 200, "{query:?}: {answer:?}");
    let answer = answer.json();
    let id = |event: &Value| event["eventId"].as_str().unwrap().parse().unwrap();
    let ids: BTreeSet<EventId> = answer["events"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(answer["total"], ids.len(), "{query:?}");
    (ids, answer)
}

fn counts(facet: &Value) -> BTreeMap<String, u64> {
    let one = |count: &Value| (count["value"].as_str().unwrap().to_owned(), count["count"].as_u64().unwrap());
    facet.as_array().unwrap().iter().map(one).collect()
}

fn sums<'a>(
    events: impl Iterator<Item = &'a EventDocument>,
    of: impl Fn(&EventDocument) -> String,
) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for event in events {
        *sums.entry(of(event)).or_default() += 1;
    }
    sums
}

/// What is asked, each by itself and each with each of the others.
fn questions<'a>(range: &'a str, day: &'a str) -> Vec<Vec<(&'a str, &'a str)>> {
    let single = [
        vec![],
        vec![("category", "sport")],
        vec![("category", "concert,other")],
        vec![("performer", "ada")],
        vec![("performer", "ada lovelace")],
        vec![("venue", "hall")],
        vec![("venue", "hall of fame")],
        vec![("location", "köln")],
        vec![("location", "Koln, DE")],
        vec![("location", "52.52,13.405,60")],
        vec![("location", "-16.0,179.9,700")],
        vec![("location", "50.9375,6.9603,3.5")],
        vec![("date", range)],
        vec![("date", day)],
        vec![("currency", "EUR"), ("price_min", "25"), ("price_max", "100")],
        vec![("currency", "USD"), ("price_max", "0")],
        vec![("available", "true")],
        vec![("token", "tide")],
    ];
    let mut questions = Vec::new();
    for one in &single {
        let names: BTreeSet<&str> = one.iter().map(|(name, _)| *name).collect();
        let others = single.iter().filter(|other| other.iter().all(|(name, _)| !names.contains(name)));
        questions.extend(others.map(|other| [one.clone(), other.clone()].concat()));
    }
    questions
}

/// All that is counted of these events is what one counts by hand.
fn expect_counts(facets: &Value, events: &[&EventDocument], query: &[(&str, &str)]) {
    let each = || events.iter().copied();
    assert_eq!(counts(&facets["category"]), sums(each(), |event| event.category.clone()), "{query:?}");
    let month = |event: &EventDocument| event.local_date().format("%Y-%m").to_string();
    assert_eq!(counts(&facets["month"]), sums(each(), month), "{query:?}");
    let city =
        |event: &EventDocument| format!("{} {}", fold(&event.venue.city), event.venue.country.to_lowercase());
    let counted: BTreeMap<String, u64> =
        counts(&facets["city"]).into_iter().map(|(city, count)| (fold(&city), count)).collect();
    assert_eq!(counted, sums(each(), city), "{query:?}");
    let price = |event: &EventDocument| {
        let price = event.price_from.unwrap();
        let from = [0, 2_500, 5_000, 10_000, 20_000].into_iter().rfind(|from| *from <= price.minor).unwrap();
        format!("{} {from}", price.currency)
    };
    let counted = facets["price"].as_array().unwrap().iter().map(|count| {
        // "25.00" in euros, "2500" in yen: the same digits.
        let from = count["priceMin"].as_str().unwrap().replace('.', "").parse::<u64>().unwrap();
        let currency = count["currency"].as_str().unwrap();
        (format!("{currency} {from}"), count["count"].as_u64().unwrap())
    });
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), sums(each(), price), "{query:?}");
}

async fn what_filters_find_and_count_is_what_is_there(postgres: PgPool, engine: Engine) {
    let all = events(&postgres).await;
    let world = World::on(engine, postgres);
    let to_come = all.iter().filter(|event| is_meant(event, &[])).count();
    world.until_total(u64::try_from(to_come).unwrap()).await;
    let range = format!("{}..{}", in_days(-4).date_naive(), in_days(34).date_naive());
    let day = in_days(4).date_naive().to_string();
    let mut asked = 0;
    for query in questions(&range, &day) {
        let meant: Vec<&EventDocument> = all.iter().filter(|event| is_meant(event, &query)).collect();
        // Where nothing is, the search is widened, which is told elsewhere.
        if meant.is_empty() {
            continue;
        }
        let facets = [("facets", "category,city,month,price")];
        let (ids, answer) = found(&world, &[&query[..], &facets].concat()).await;
        assert_eq!(ids, meant.iter().map(|event| event.event_id).collect(), "{query:?}");
        expect_counts(&answer["facets"], &meant, &query);
        asked += 1;
    }
    assert!(asked > 150, "only {asked} queries found something");
    world.end().await;
}
