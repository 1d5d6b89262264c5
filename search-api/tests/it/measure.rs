//! What measuring how well search finds is made of: an index of each engine with given events in it, a plain query beside,
//! and the scores.

use std::{fmt::Write, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use clap::Parser;
use platform::{clock::FakeClock, ids::secret};
use search_api::{
    config::Config,
    document::{Entry, EventDocument, fold::fold},
    embedded::Embedded,
    index::Index,
    query::{EventSearch, ask, elasticsearch::nodes::Nodes, engine::Engine},
    state::Search,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::elasticsearch;

/// What was measured of one class.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) asked: f64,
    pub(crate) first: f64,
    pub(crate) ten: f64,
    pub(crate) reciprocal: f64,
    pub(crate) nothing: f64,
}

impl Score {
    /// These came back, and of them `is_good` are good answers.
    pub(crate) fn add(&mut self, found: &[EventDocument], is_good: impl Fn(&EventDocument) -> bool) {
        self.asked += 1.0;
        self.nothing += f64::from(u8::from(found.is_empty()));
        if let Some(at) = found.iter().position(is_good) {
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

/// How both of ours and the plain query did in one class, or in all.
pub(crate) type Scores = [Score; 3];

/// The head of the table.
pub(crate) fn head(events: usize) -> String {
    let mut table = format!("{events} events\n| class |");
    for engine in ["Elasticsearch", "embedded", "plain"] {
        write!(table, " {engine}: success@1 | success@10 | MRR@10 | nothing |").unwrap();
    }
    table.push('\n');
    table
}

/// One line of it.
pub(crate) fn row(name: &str, scores: &Scores) -> String {
    format!("| {name} | {} |\n", scores.map(|score| score.row()).join(" | "))
}

/// Both engines with the same events in them.
pub(crate) struct Both {
    index: Index,
    elasticsearch: Search,
    embedded: Search,
}

impl Both {
    /// Fills them; they are asked at `now`.
    pub(crate) async fn with(events: &[EventDocument], now: DateTime<Utc>) -> Self {
        let index = filled(events).await;
        let usual =
            ["search-api", "--postgres-url", "postgres://nobody@127.0.0.1:1/none", "--attempt", "10s"];
        let config = Config::parse_from(usual);
        let app = |engine| Search::new(&config, engine, None, FakeClock::new(now));
        let nodes = Nodes::new(vec![index.clone()], config.attempt);
        let elasticsearch = app(Engine::Elasticsearch(Arc::new(nodes)));
        Self { index, elasticsearch, embedded: app(Engine::Embedded(held(events))) }
    }

    /// What is found by parameters as they are sent: by Elasticsearch, which must be what the embedded index finds.
    pub(crate) async fn find(&self, parameters: &[(&str, &str)]) -> Vec<EventDocument> {
        let [one, other] = [&self.elasticsearch, &self.embedded].map(|app| ours(app, parameters));
        let (one, other) = tokio::join!(one, other);
        assert_eq!(one, other, "the engines differ about {parameters:?}");
        one
    }

    /// What a plain query finds.
    pub(crate) async fn plain(&self, text: &str) -> Vec<EventDocument> {
        let fields = ["name^2", "word", "when"];
        let query = json!({"query": {"multi_match": {"query": fold(text), "fields": fields, "lenient": true}}, "size": 10});
        let answer = asked(&self.index, &query).await;
        let shown =
            |hit: &Value| serde_json::from_value::<EventDocument>(hit["_source"]["shown"].clone()).unwrap();
        answer["hits"]["hits"].as_array().unwrap().iter().map(shown).collect()
    }

    /// Takes away what was made.
    pub(crate) async fn end(self) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let alias = elasticsearch().join(&format!("_alias/{}", self.index.name())).unwrap();
        let names: Value = http.get(alias).send().await.unwrap().json().await.unwrap();
        for name in names.as_object().unwrap().keys() {
            http.delete(elasticsearch().join(name).unwrap()).send().await.unwrap();
        }
    }
}

/// What Elasticsearch says to a request as it is.
async fn asked(index: &Index, body: &Value) -> Value {
    let body = body.to_string().into();
    serde_json::from_slice(&index.search(&body, Duration::from_secs(10)).await.unwrap()).unwrap()
}

async fn ours(app: &Search, parameters: &[(&str, &str)]) -> Vec<EventDocument> {
    let limit = [("limit", "10")];
    let parameters: Vec<_> = parameters
        .iter()
        .chain(&limit)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let found = ask::ask(app, &EventSearch::parse(&parameters).unwrap()).await.unwrap();
    found.kept.answer.events.clone()
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
        let answer = asked(&index, &count).await;
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
