//! One search-api with an index of its own.

use std::{sync::Arc, time::Duration};

use clap::Parser;
use contracts::id::EventId;
use openapi::answers::Seen;
use platform::{
    clock::{FakeClock, SharedClock, SystemClock},
    ids::{Ids, secret},
    lifecycle::Lifecycle,
};
use search_api::{config::Config, index::Index, sync::Sync};
use serde_json::{Value, json};
use sqlx::PgPool;
use url::Url;
use uuid::Uuid;

use crate::proxy::Proxy;

/// How long a condition may take to come true before a test fails.
const LIMIT: Duration = Duration::from_mins(1);

/// Which engine answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Elasticsearch, and nothing stands in for it.
    Elasticsearch,
    /// The index of the process.
    Embedded,
}

/// search-api, its database and its index.
pub(crate) struct World {
    pub(crate) postgres: PgPool,
    /// Elasticsearch itself, past any proxy.
    pub(crate) elasticsearch: Url,
    /// The name of the alias.
    pub(crate) index: String,
    base: String,
    lifecycle: Lifecycle,
    http: reqwest::Client,
    /// Whether it was told of Elasticsearch.
    with_elasticsearch: bool,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The titles of the events, in order.
    pub(crate) fn titles(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{self:?}");
        let json = self.json();
        let title = |event: &Value| event["title"].as_str().unwrap().to_owned();
        json["events"].as_array().unwrap().iter().map(title).collect()
    }
}

impl World {
    /// Starts it with Elasticsearch where the environment says, and nothing that stands in.
    pub(crate) fn start(postgres: PgPool) -> Self {
        Self::start_behind(postgres, &elasticsearch(), &[])
    }

    /// Starts it with an engine.
    pub(crate) fn on(engine: Engine, postgres: PgPool) -> Self {
        match engine {
            Engine::Elasticsearch => Self::start(postgres),
            Engine::Embedded => Self::start_without(postgres),
        }
    }

    /// Starts it on servers of its own.
    pub(crate) fn start_on(postgres: PgPool, url: &Url, more: &[&str]) -> Self {
        Self { elasticsearch: url.clone(), ..Self::start_behind(postgres, url, more) }
    }

    /// Starts it with an engine at a moment at which time stands still.
    pub(crate) fn on_at(engine: Engine, postgres: PgPool, now: &str) -> Self {
        let index = format!("test-{}", Uuid::from_bytes(secret()).simple());
        let url = elasticsearch();
        let of_engine: &[&str] = match engine {
            Engine::Elasticsearch => &["--elasticsearch", url.as_str(), "--stand-in", "false"],
            Engine::Embedded => &[],
        };
        let config = config(&postgres, &index, of_engine);
        Self::start_with(postgres, index, &config, FakeClock::new(now.parse().unwrap()))
    }

    /// Starts it with Elasticsearch at `url` (a proxy, say) and more arguments; nothing stands in unless they say so.
    pub(crate) fn start_behind(postgres: PgPool, url: &Url, more: &[&str]) -> Self {
        let index = format!("test-{}", Uuid::from_bytes(secret()).simple());
        let alone: &[&str] = if more.contains(&"--stand-in") { &[] } else { &["--stand-in", "false"] };
        let config = config(&postgres, &index, &[&["--elasticsearch", url.as_str()], alone, more].concat());
        Self::start_with(postgres, index, &config, Arc::new(SystemClock))
    }

    /// Starts it without Elasticsearch.
    pub(crate) fn start_without(postgres: PgPool) -> Self {
        Self::start_without_but(postgres, &[])
    }

    /// Starts it without Elasticsearch and with more arguments.
    pub(crate) fn start_without_but(postgres: PgPool, more: &[&str]) -> Self {
        let config = config(&postgres, "none", more);
        Self::start_with(postgres, "none".to_owned(), &config, Arc::new(SystemClock))
    }

    /// Starts it without Elasticsearch and with a proxy on the way to its database.
    pub(crate) async fn start_far_from(postgres: PgPool, more: &[&str]) -> (Self, Proxy) {
        let mut way = address(&postgres);
        let proxy = Proxy::start(&way).await;
        way.set_port(proxy.url().port()).unwrap();
        let config = config_by(&way, "none", more);
        (Self::start_with(postgres, "none".to_owned(), &config, Arc::new(SystemClock)), proxy)
    }

    fn start_with(postgres: PgPool, index: String, config: &Config, clock: SharedClock) -> Self {
        let lifecycle = Lifecycle::new(Duration::from_secs(20));
        let address = search_api::start(config, &lifecycle, clock).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = format!("http://{address}");
        let with_elasticsearch = !config.elasticsearch.is_empty();
        Self { postgres, elasticsearch: elasticsearch(), index, base, lifecycle, http, with_elasticsearch }
    }

    /// The arguments of a copy of the service on the same database and the same index.
    pub(crate) fn config(&self) -> Config {
        self.config_with(&[])
    }

    fn config_with(&self, more: &[&str]) -> Config {
        let usual = ["--elasticsearch", self.elasticsearch.as_str(), "--stand-in", "false"];
        config(&self.postgres, &self.index, &[&usual, more].concat())
    }

    /// Another copy of the service on the same database and the same index.
    pub(crate) fn again(&self) -> Self {
        self.again_with(&[])
    }

    /// The same with more arguments.
    pub(crate) fn again_with(&self, more: &[&str]) -> Self {
        let (config, clock) = (self.config_with(more), Arc::new(SystemClock));
        let copy = Self::start_with(self.postgres.clone(), self.index.clone(), &config, clock);
        Self { elasticsearch: self.elasticsearch.clone(), ..copy }
    }

    /// Stops the service and takes away what it made.
    pub(crate) async fn end(self) {
        self.stop().await;
        if !self.with_elasticsearch {
            return;
        }
        let sync = self.sync(&self.elasticsearch);
        // PostgreSQL notices a little later than we that the copy has let go of its slot.
        let number = sync.number();
        until(|| async { search_api::sync::store::drop_slot(&self.postgres, number).await.is_ok() }).await;
        for name in self.indices().await {
            self.elastic(reqwest::Method::DELETE, &name, None).await;
        }
    }

    /// Stops the service.
    pub(crate) async fn stop(&self) {
        self.lifecycle.stop();
        assert!(self.lifecycle.wait().await, "a task did not end");
    }

    /// The address of the database.
    pub(crate) fn postgres_url(&self) -> Url {
        address(&self.postgres)
    }

    /// What the service uses to keep the index true, for calling its parts.
    pub(crate) fn sync(&self, url: &Url) -> Sync {
        let clock = Arc::new(SystemClock);
        Sync {
            postgres: self.postgres.clone(),
            postgres_url: address(&self.postgres),
            index: Index::new(url, &self.index).unwrap(),
            clock: clock.clone(),
            ids: Ids::new(1, clock),
            reconcile: Duration::from_hours(1),
        }
    }

    /// Asks for a path.
    pub(crate) async fn get(&self, path: &str, accept: &str) -> Answer {
        self.get_with(path, &[("accept", accept)]).await
    }

    /// Asks for a path with headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        let with = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = with.send().await.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (retry_after, kind) = (header("retry-after"), header("content-type").unwrap_or_default());
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        // What is answered is what the document tells.
        let answer =
            openapi::answers::Answer { method: "GET", path, status, media: &kind, body: text.as_bytes() };
        openapi::answers::hold(&["search-api"], Seen::AtARouter, &answer);
        Answer { status, retry_after, kind, text, headers }
    }

    /// Searches.
    pub(crate) async fn search(&self, query: &[(&str, &str)]) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.get(&format!("/search?{query}"), "application/json").await
    }

    /// Asks what may be meant.
    pub(crate) async fn suggest(&self, query: &[(&str, &str)]) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.get(&format!("/search/suggest?{query}"), "application/json").await
    }

    /// The titles that a text finds.
    pub(crate) async fn titles(&self, token: &str) -> Vec<String> {
        self.search(&[("token", token)]).await.titles()
    }

    /// Waits until a text finds exactly these titles.
    pub(crate) async fn until_found(&self, token: &str, titles: &[&str]) {
        until(|| async {
            let answer = self.search(&[("token", token)]).await;
            answer.status == 200 && answer.titles() == titles
        })
        .await;
    }

    /// Waits until so many events are found with an empty search.
    pub(crate) async fn until_total(&self, total: u64) {
        until(|| async {
            let answer = self.search(&[]).await;
            answer.status == 200 && answer.json()["total"] == total
        })
        .await;
    }

    /// Writes a document past the service, under a version of our choice.
    pub(crate) async fn meddle(&self, event: EventId, version: i64, document: &Value) -> Value {
        let path = format!("{}-write/_doc/{event}?version={version}&version_type=external_gte", self.index);
        self.elastic(reqwest::Method::PUT, &path, Some(document)).await
    }

    /// The same with many at once.
    pub(crate) async fn meddle_with_all(&self, version: i64, documents: &[(EventId, Value)]) {
        let lines = documents.iter().map(|(event, document)| {
            let action = json!({"index": {"_id": event, "version": version, "version_type": "external_gte"}});
            format!("{action}\n{document}\n")
        });
        let address = self.elasticsearch.join(&format!("{}-write/_bulk", self.index)).unwrap();
        let request = self.http.post(address).header("content-type", "application/x-ndjson");
        let done: Value = request.body(lines.collect::<String>()).send().await.unwrap().json().await.unwrap();
        assert_eq!(done["errors"], false, "{done}");
    }

    /// Removes a document past the service, so that nothing remembers it.
    pub(crate) async fn forget(&self, event: EventId) {
        let path = format!("{}-write/_doc/{event}?refresh=true", self.index);
        self.elastic(reqwest::Method::DELETE, &path, None).await;
    }

    /// What stands in the index.
    pub(crate) async fn document(&self, event: EventId) -> Value {
        self.elastic(reqwest::Method::GET, &format!("{}-write/_doc/{event}", self.index), None).await
    }

    /// The indices behind the aliases.
    pub(crate) async fn indices(&self) -> Vec<String> {
        let found = self.elastic(reqwest::Method::GET, &format!("_alias/{}-write", self.index), None).await;
        found
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys().cloned())
            .filter(|name| name.starts_with("test-"))
            .collect()
    }

    /// Calls Elasticsearch itself.
    pub(crate) async fn elastic(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let request = self.http.request(method, self.elasticsearch.join(path).unwrap());
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        request.send().await.unwrap().json().await.unwrap_or(json!(null))
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until<F: Future<Output = bool>>(so: impl FnMut() -> F) -> impl Future<Output = ()> {
    until_within(LIMIT, so)
}

/// Waits until something is so that may take longer.
#[track_caller]
pub(crate) fn until_within<F: Future<Output = bool>>(
    limit: Duration,
    mut so: impl FnMut() -> F,
) -> impl Future<Output = ()> {
    let asked = std::panic::Location::caller();
    async move {
        let began = tokio::time::Instant::now();
        while !so().await {
            assert!(began.elapsed() < limit, "what {asked} waits for did not come true in {limit:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Where Elasticsearch is. Absent, the tests fail: a search that was not tried is not tested.
#[expect(clippy::disallowed_methods, reason = "the address of the test's own server")]
pub(crate) fn elasticsearch() -> Url {
    std::env::var("USHER_TEST_ELASTICSEARCH_URL")
        .expect("USHER_TEST_ELASTICSEARCH_URL says where Elasticsearch is; `cargo xtask test` sets it")
        .parse()
        .unwrap()
}

fn address(postgres: &PgPool) -> Url {
    let options = postgres.connect_options();
    let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
    let database = options.get_database().unwrap();
    format!("postgres://{user}@{host}:{port}/{database}").parse().unwrap()
}

fn config(postgres: &PgPool, index: &str, more: &[&str]) -> Config {
    config_by(&address(postgres), index, more)
}

/// The same by another way to the database.
fn config_by(postgres: &Url, index: &str, more: &[&str]) -> Config {
    let url = postgres.to_string();
    // Patient, because the machine of a test may be busy; a test about deadlines says so.
    let usual = ["search-api", "--postgres-connections", "4", "--index", index];
    let at: &[&str] = if more.contains(&"--postgres-url") { &[] } else { &["--postgres-url", &url] };
    let patient: &[&str] = if more.contains(&"--attempt") { &[] } else { &["--attempt", "5s"] };
    // Who asks, changes something and asks again shall not be given the answer of before.
    let unshared: &[&str] = if more.contains(&"--shared") { &[] } else { &["--shared", "1ms"] };
    // What the stream misses shall not be mended by a comparison before anybody notices.
    let seldom: &[&str] = if more.contains(&"--reconcile") { &[] } else { &["--reconcile", "1h"] };
    Config::parse_from([&usual[..], at, patient, unshared, seldom, more].concat())
}
