//! Events to search for: private servers, Elasticsearch, a real search-api, and an index that has all of them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devstack::{elasticsearch::Elasticsearch, port::Port, postgres::Durability, process::Process};
use serde_json::Value;
use sqlx::Row;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Sizes, servers::Servers};

/// How long a search rests that has not found what it looks for: so exact is what is measured.
pub(super) const REST: Duration = Duration::from_millis(10);
/// How long an index may take to be built, for each event and at least.
const BUILT_WITHIN: Duration = Duration::from_millis(20);
const BUILT_LEAST: Duration = Duration::from_mins(3);

/// Servers, the service, and the events. Stopped when dropped, the service first.
pub(super) struct Catalog {
    _search: Process,
    pub(super) elasticsearch: Elasticsearch,
    pub(super) servers: Servers,
    port: Port,
    http: reqwest::Client,
    pub(super) events: Vec<Uuid>,
}

impl Catalog {
    pub(super) fn start(sizes: &Sizes) -> Result<Self> {
        let servers = Servers::start(Durability::Kept)?;
        let elasticsearch = Elasticsearch::launch(servers.home(), Port::any()?, 1024)?;
        servers.sql(events(sizes.indexed))?;
        let rows = servers.rows("select event_id from event order by md5(event_id::text)".to_owned())?;
        let events = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        elasticsearch.wait()?;
        let (search, port) = launch(&servers, "search-api", environment(&servers, &elasticsearch.url()))?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let stand = Self { _search: search, elasticsearch, servers, port, http, events };
        stand.wait(stand.port.number())?;
        Ok(stand)
    }

    /// Waits until the copy of the service on `port` finds all events.
    pub(super) fn wait(&self, port: u16) -> Result<()> {
        let limit = built_within(self.events.len())?;
        self.servers.runtime.block_on(async {
            let began = Instant::now();
            while !self.finds_all(port).await {
                ensure!(began.elapsed() < limit, "the index was not filled in {limit:?}");
                sleep(REST).await;
            }
            Ok(())
        })
    }

    async fn finds_all(&self, port: u16) -> bool {
        let answer = self.ask(port, "/search?limit=1").await;
        answer.is_ok_and(|answer| answer["total"] == self.events.len())
    }

    /// `search-api rebuild`.
    pub(super) fn rebuild(&self) -> Result<Process> {
        let environment = environment(&self.servers, &self.elasticsearch.url());
        self.servers.begin("search-api", "rebuild", &["rebuild"], environment)
    }

    pub(super) async fn search(&self, query: &str) -> Result<Value> {
        self.ask(self.port.number(), &format!("/search?{query}")).await
    }

    /// What the copy of the service on `port` answers.
    pub(super) async fn ask(&self, port: u16, path: &str) -> Result<Value> {
        let url = format!("http://127.0.0.1:{port}{path}");
        let response = self.http.get(url).header("accept", "application/json").send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success(), "a search got {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Whether a search that wants all events finds all.
    pub(super) async fn is_whole(&self) -> bool {
        self.finds_all(self.port.number()).await
    }

    /// Whether `event` is found by its new title.
    pub(super) async fn is_found(&self, event: Uuid, title: &str) -> Result<bool> {
        let answer = self.search(&format!("token={title}")).await?;
        let found = answer["events"].as_array().context("an answer has events")?;
        let event = event.to_string();
        Ok(found.iter().any(|found| found["eventId"] == event.as_str() && found["title"] == title))
    }
}

/// The usual environment of the service.
pub(super) fn environment(servers: &Servers, elasticsearch: &str) -> Vec<(&'static str, String)> {
    vec![
        ("USHER_POSTGRES_URL", servers.postgres.url("postgres")),
        ("SEARCH_API_ELASTICSEARCH", elasticsearch.to_owned()),
        // Who asks again and again would be answered from the last answer.
        ("SEARCH_API_SHARED", "1ms".to_owned()),
        ("SEARCH_API_ATTEMPT", "5s".to_owned()),
        ("NO_COLOR", "1".to_owned()),
    ]
}

/// Starts a copy of the service.
pub(super) fn launch(
    servers: &Servers,
    name: &str,
    mut environment: Vec<(&'static str, String)>,
) -> Result<(Process, Port)> {
    let port = Port::any()?;
    environment.push(("USHER_LISTEN", format!("127.0.0.1:{}", port.number())));
    Ok((servers.launch("search-api", name, port.number(), environment)?, port))
}

/// How long an index of so many events may take to be built.
pub(super) fn built_within(events: usize) -> Result<Duration> {
    Ok(BUILT_LEAST.max(BUILT_WITHIN * u32::try_from(events)?))
}

/// Makes so many events, in a hundred cities.
fn events(number: usize) -> String {
    let (account, words) = (Uuid::from_u128(1), "'Copper', 'Paper', 'Glass', 'Velvet'");
    format!(
        "insert into account (account_id, email, role, created_at)
         values ('{account}', 'organizer@bench.example', 'organizer', now());
         insert into venue (venue_id, owner_id, name, city, country, latitude, longitude, time_zone)
         select gen_random_uuid(), '{account}', 'Hall ' || n, 'City ' || n, 'DE', 47 + n * 0.07, 6 + n * 0.08, 'Europe/Berlin'
         from generate_series(1, 100) n;
         insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end, currency,
                            created_at)
         select gen_random_uuid(), '{account}', venue_id,
                (array[{words}])[1 + n % 4] || ' ' || md5(n::text), 'concert',
                now() + interval '30 days' + n * interval '1 minute', '1970-01-01', now() + interval '29 days', 'EUR', now()
         from generate_series(1, {number}) n
         join (select venue_id, row_number() over () as place from venue) halls on place = 1 + n % 100;
         insert into search_version (event_id, version) select event_id, 1 from event;
         analyze event; analyze search_version"
    )
}
