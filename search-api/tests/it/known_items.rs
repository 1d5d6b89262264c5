//! How often an event that somebody has in mind is found, and how far up, by how its name is written: ours on
//! Elasticsearch and on the index of the process, beside a plain `multi_match` on the same index of Elasticsearch, in the
//! same run, with the same seed. It prints a table.
//!
//! `USHER_TEST_DATA` names a folder with `conferences.jsonl` (real names); without it names are made up.

use chrono::{DateTime, TimeDelta, Utc};
use search_api::document::{Availability, EventDocument, Venue, fold::fold};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    many::or_long,
    measure::{self, Both, Scores},
};

/// Chance with a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The moment of the queries; all events are after it.
fn now() -> DateTime<Utc> {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

fn event(number: usize, title: String, city: &str, country: &str, days: i64) -> EventDocument {
    EventDocument {
        event_id: Uuid::from_u128(u128::try_from(number + 1).unwrap()).into(),
        title,
        category: "conference".to_owned(),
        starts_at: now() + TimeDelta::days(days) + TimeDelta::hours(18),
        time_zone: "UTC".to_owned(),
        venue: Venue {
            name: format!("{city} Hall"),
            city: city.to_owned(),
            country: country.to_owned(),
            latitude: 0.0,
            longitude: 0.0,
        },
        performers: Vec::new(),
        price_from: None,
        price_to: None,
        availability: Availability::Many,
        sales_start: DateTime::UNIX_EPOCH,
        sales_end: now() + TimeDelta::days(days),
        cancelled: false,
        postponed: false,
        popularity: 0,
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings where real names are")]
fn corpus(chance: &mut Chance) -> Vec<EventDocument> {
    if let Ok(folder) = std::env::var("USHER_TEST_DATA") {
        let lines = std::fs::read_to_string(format!("{folder}/conferences.jsonl")).unwrap();
        let all = lines.lines().enumerate().map(|(number, line)| {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let days = 1 + i64::try_from(chance.below(360)).unwrap();
            event(number, text("name"), &text("city"), &text("country"), days)
        });
        return all.filter(|event| fold(&event.title).len() >= 4).collect();
    }
    let syllables = [
        "ba", "cor", "dé", "fi", "gron", "hal", "is", "kö", "lu", "mar", "ne", "ó", "pra", "sun", "ta", "vi",
    ];
    let cities =
        [("Berlin", "DE"), ("São Paulo", "BR"), ("Kraków", "PL"), ("Lyon", "FR"), ("New York", "US")];
    let word = |chance: &mut Chance| {
        let mut word = String::new();
        for _ in 0..2 + chance.below(3) {
            let syllable: &&str = chance.of(&syllables);
            word.push_str(syllable);
        }
        word
    };
    let mut made = Vec::new();
    for number in 0..400 {
        let title = format!("{} {}", word(chance), word(chance));
        let (city, country) = *chance.of(&cities);
        let days = 1 + i64::try_from(chance.below(360)).unwrap();
        made.push(event(number, title, city, country, days));
    }
    made
}

/// The ways in which a name is written.
const CLASSES: [&str; 9] = [
    "exact",
    "one slip",
    "two slips",
    "cut short",
    "split",
    "joined",
    "accents dropped",
    "with city",
    "with month",
];

fn slip(word: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    // The first letter is nearly always right.
    let at = 1 + chance.below(letters.len() - 1);
    match chance.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => letters[at] = *chance.of(&['a', 'e', 'o', 'r', 's', 't']),
    }
    letters.into_iter().collect()
}

/// The longest word of a text, changed.
fn with_longest(text: &str, change: impl FnOnce(&str) -> String) -> String {
    let longest = text.split(' ').max_by_key(|word| word.chars().count()).unwrap_or_default().to_owned();
    let changed = change(&longest);
    text.replacen(&longest, &changed, 1)
}

/// What somebody types who means this event.
fn typed(class: &str, event: &EventDocument, chance: &mut Chance) -> String {
    let title = fold(&event.title);
    match class {
        "one slip" => with_longest(&title, |word| slip(word, chance)),
        "two slips" => with_longest(&title, |word| slip(&slip(word, chance), chance)),
        "cut short" => {
            let letters = title.chars().count();
            title.chars().take((letters * 2 / 3).max(3)).collect()
        }
        "split" => with_longest(&title, |word| {
            let middle = word.chars().count() / 2;
            word.chars().take(middle).chain([' ']).chain(word.chars().skip(middle)).collect()
        }),
        "joined" => title.replacen(' ', "", 1),
        "accents dropped" => title,
        "with city" => format!("{} {}", event.title, event.venue.city),
        "with month" => format!("{} {}", event.title, event.local_date().format("%B")),
        _ => event.title.clone(),
    }
}

/// How many queries of each class.
fn queries() -> usize {
    or_long(100, 400)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_meant_is_found_and_oftener_than_by_a_plain_query() {
    let mut chance = Chance(20_270_101);
    let events = corpus(&mut chance);
    let both = Both::with(&events, now()).await;
    let mut table = measure::head(events.len());
    let mut all = Scores::default();
    for class in CLASSES {
        let mut scores = Scores::default();
        for _ in 0..queries() {
            let meant = chance.of(&events).clone();
            let text = typed(class, &meant, &mut chance);
            let ours = Box::pin(both.find(&[("token", &text)])).await;
            let answers = [&ours, &ours, &both.plain(&text).await];
            for (found, (score, sum)) in answers.into_iter().zip(scores.iter_mut().zip(&mut all)) {
                // Names that repeat every year are as good as one another.
                score.add(found, |event| event.title == meant.title);
                sum.add(found, |event| event.title == meant.title);
            }
            if ours.is_empty() {
                eprintln!("{class}: {text} finds nothing, not {}", meant.title);
            }
        }
        table.push_str(&measure::row(class, &scores));
        if class == "exact" || class == "accents dropped" {
            assert!(scores[0].ten >= 0.95 * scores[0].asked, "{class}: {:?}\n{table}", scores[0]);
        }
    }
    table.push_str(&measure::row("all", &all));
    eprintln!("{table}");
    let [ours, _, plain] = all;
    assert!(ours.reciprocal > plain.reciprocal, "{table}");
    assert!(ours.ten >= 0.85 * ours.asked, "{table}");
    both.end().await;
}
