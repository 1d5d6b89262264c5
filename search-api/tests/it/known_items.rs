//! How often an event that somebody has in mind is found, and how far up, by how its name is written: ours on
//! Elasticsearch and on the index of the process, beside a plain `multi_match` on the same index of Elasticsearch, in the
//! same run, with the same seed. It prints a table.
//!
//! `USHER_TEST_DATA` names a folder with `conferences.jsonl` (real names); without it names are made up.

use std::{fmt::Write, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use platform::{clock::FakeClock, ids::secret};
use search_api::{
    config::Config,
    document::{Availability, Entry, EventDocument, Venue, fold::fold},
    embedded::Embedded,
    index::Index,
    query::{EventSearch, ask, elasticsearch::nodes::Nodes, engine::Engine},
    state::Search,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::elasticsearch;

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

/// What was measured of one class.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    asked: f64,
    first: f64,
    ten: f64,
    reciprocal: f64,
    nothing: f64,
}

impl Score {
    /// `titles` came back for `meant`.
    fn add(&mut self, titles: &[String], meant: &str) {
        self.asked += 1.0;
        self.nothing += f64::from(u8::from(titles.is_empty()));
        // Names that repeat every year are as good as one another.
        if let Some(at) = titles.iter().position(|title| title == meant) {
            self.first += f64::from(u8::from(at == 0));
            self.ten += 1.0;
            self.reciprocal += 1.0 / f64::from(u32::try_from(at + 1).unwrap());
        }
    }

    fn row(&self) -> String {
        let share = |of: f64| of / self.asked;
        format!(
            "{:.3} | {:.3} | {:.3} | {:.3}",
            share(self.first),
            share(self.ten),
            share(self.reciprocal),
            share(self.nothing)
        )
    }
}

async fn ours(app: &Search, text: &str) -> Vec<String> {
    let parameters =
        [("token", text), ("limit", "10")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let found = ask::ask(app, &EventSearch::parse(&parameters).unwrap()).await.unwrap();
    found.kept.answer.events.iter().map(|event| event.title.clone()).collect()
}

async fn plain(index: &Index, text: &str) -> Vec<String> {
    let fields = ["name^2", "word", "when"];
    let query = json!({"query": {"multi_match": {"query": fold(text), "fields": fields, "lenient": true}}, "size": 10});
    let answer = index.search(&query, Duration::from_secs(10)).await.unwrap();
    let title = |hit: &Value| hit["_source"]["shown"]["title"].as_str().unwrap().to_owned();
    answer["hits"]["hits"].as_array().unwrap().iter().map(title).collect()
}

/// How many queries of each class: many where time does not matter.
#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings how long it may take")]
fn queries() -> usize {
    if std::env::var("USHER_TEST_LONG").is_ok() { 400 } else { 100 }
}

fn entries(events: &[EventDocument]) -> Vec<Entry> {
    let entry =
        |event: &EventDocument| Entry { event: event.event_id, version: 1, document: Some(event.clone()) };
    events.iter().map(entry).collect()
}

/// An index of Elasticsearch with all of `events` in it.
async fn filled(events: &[EventDocument]) -> Index {
    let name = format!("test-{}", Uuid::from_bytes(secret()).simple());
    let index = Index::new(&elasticsearch(), &name).unwrap();
    let begun = index.begin(Uuid::from_bytes(secret())).await.unwrap();
    index.show(&begun).await.unwrap();
    index.swap(&begun).await.unwrap();
    for part in entries(events).chunks(500) {
        index.write(part).await.unwrap();
    }
    let count = json!({"size": 0, "track_total_hits": true});
    crate::world::until(|| async {
        let answer = index.search(&count, Duration::from_secs(10)).await.unwrap();
        answer["hits"]["total"]["value"] == events.len()
    })
    .await;
    index
}

/// The same in an index of the process.
fn held(events: &[EventDocument]) -> Embedded {
    let embedded = Embedded::new().unwrap();
    embedded.take(&entries(events)).unwrap();
    embedded.show().unwrap();
    embedded.is_true_at(tokio::time::Instant::now());
    embedded
}

/// How both of ours and the plain query did in one class, or in all.
type Scores = [Score; 3];

fn row(name: &str, scores: &Scores) -> String {
    format!("| {name} | {} |\n", scores.map(|score| score.row()).join(" | "))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_meant_is_found_and_oftener_than_by_a_plain_query() {
    let mut chance = Chance(20_270_101);
    let events = corpus(&mut chance);
    let index = filled(&events).await;
    let usual = ["search-api", "--postgres-url", "postgres://nobody@127.0.0.1:1/none", "--attempt", "10s"];
    let config = Config::parse_from(usual);
    let app = |engine| Search::new(&config, engine, None, FakeClock::new(now()));
    let nodes = Nodes::new(vec![index.clone()], config.attempt);
    let (app, beside) = (app(Engine::Elasticsearch(Arc::new(nodes))), app(Engine::Embedded(held(&events))));
    let mut table = format!("{} events\n| class |", events.len());
    for engine in ["Elasticsearch", "embedded", "plain"] {
        write!(table, " {engine}: success@1 | success@10 | MRR@10 | nothing |").unwrap();
    }
    table.push('\n');
    let mut all = Scores::default();
    for class in CLASSES {
        let mut scores = Scores::default();
        for _ in 0..queries() {
            let meant = chance.of(&events).clone();
            let text = typed(class, &meant, &mut chance);
            let answers = [ours(&app, &text).await, ours(&beside, &text).await, plain(&index, &text).await];
            for (titles, (score, sum)) in answers.iter().zip(scores.iter_mut().zip(&mut all)) {
                score.add(titles, &meant.title);
                sum.add(titles, &meant.title);
            }
            assert_eq!(answers[0], answers[1], "the engines differ about {text}");
        }
        table.push_str(&row(class, &scores));
        if class == "exact" || class == "accents dropped" {
            for score in &scores[..2] {
                assert!(score.ten >= 0.95 * score.asked, "{class}: {score:?}\n{table}");
            }
        }
    }
    table.push_str(&row("all", &all));
    eprintln!("{table}");
    let [_, _, plain] = all;
    for ours in &all[..2] {
        assert!(ours.reciprocal > plain.reciprocal, "{table}");
        assert!(ours.ten >= 0.85 * ours.asked, "{table}");
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for name in index_names(&http, index.name()).await {
        http.delete(elasticsearch().join(&name).unwrap()).send().await.unwrap();
    }
}

async fn index_names(http: &reqwest::Client, alias: &str) -> Vec<String> {
    let answer = http.get(elasticsearch().join(&format!("_alias/{alias}")).unwrap()).send().await.unwrap();
    let names: Value = answer.json().await.unwrap();
    names.as_object().unwrap().keys().cloned().collect()
}
