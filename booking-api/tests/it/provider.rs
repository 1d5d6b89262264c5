//! A provider that signs people in, beside the service of the tests.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use clap::Parser;
use http::header;
use platform::{clock::FakeClock, lifecycle::Lifecycle};
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use url::Url;

use crate::app::{Answer, Client, TestBooking, beginning};

/// The service, and a provider that signs people in.
pub(crate) struct World {
    pub(crate) app: TestBooking,
    clock: Arc<FakeClock>,
    pub(crate) issuer: String,
    http: reqwest::Client,
    _lifecycle: Lifecycle,
    _folder: TempDir,
}

/// A browser on its way.
pub(crate) struct Trip {
    pub(crate) at: Url,
    pub(crate) cookie: String,
}

impl World {
    pub(crate) fn open(postgres: PgPool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, lifecycle) = (FakeClock::new(beginning()), Lifecycle::new(Duration::from_secs(5)));
        let file = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(file("secret"), "a secret that provider and shop share").unwrap();
        let config = sandbox::config::Config::parse_from([
            "sandbox",
            "--listen",
            "127.0.0.1:0",
            "--secret",
            &file("secret"),
            "--data",
            &file("data"),
        ]);
        let address = sandbox::start_at(config, clock.clone(), &lifecycle).unwrap();
        let issuer = format!("http://{address}/oidc");
        let provider = |id: &str, more: Value| {
            let mut provider = json!({
                "id": id, "name": "The Hall", "issuer": issuer, "clientId": "usher",
                "clientSecretFile": "secret", "plainHttp": true,
            });
            provider.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            provider
        };
        let providers = json!([
            provider("hall", json!({})),
            provider("staff", json!({"emailDomains": ["hall.example"]})),
            provider("gone", json!({"issuer": "http://127.0.0.1:9/oidc"})),
            provider("other", json!({"issuer": format!("{issuer}/")})),
        ]);
        std::fs::write(file("providers.json"), providers.to_string()).unwrap();
        let app = TestBooking::with(postgres, &["--oidc-providers", &file("providers.json")]);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app, clock, issuer, http, _lifecycle: lifecycle, _folder: folder }
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.app.clock.advance(by);
    }

    pub(crate) fn address(&self) -> String {
        format!("{}@hall.example", self.app.app.ids.next::<uuid::Uuid>())
    }

    /// Somebody begins to sign in.
    pub(crate) async fn begin(&self, path: &str, cookie: Option<&str>) -> Trip {
        let browser = self.app.stranger();
        let browser = match cookie {
            Some(cookie) => browser.with_header("cookie", cookie),
            None => browser,
        };
        let sent = browser.get(path).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let kept = set_cookies(&sent);
        assert_eq!(kept.len(), 1, "{kept:?}");
        let cookie = kept[0].split(';').next().unwrap().to_owned();
        Trip { at: location(&sent).parse().unwrap(), cookie }
    }

    /// They say who they are there, and are sent back: to this path.
    pub(crate) async fn says(&self, trip: &Trip, said: &[(&str, &str)]) -> String {
        let answer = self.http.post(trip.at.clone()).form(said).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{:?}", answer.text().await);
        let back: Url = answer.headers()[header::LOCATION].to_str().unwrap().parse().unwrap();
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    /// They arrive.
    pub(crate) async fn arrives(&self, path: &str, cookie: &str) -> Answer {
        self.app.stranger().with_header("cookie", cookie).get(path).await
    }

    /// All of it.
    pub(crate) async fn sign_in(&self, said: &[(&str, &str)]) -> Answer {
        self.sign_in_by("hall", said).await
    }

    pub(crate) async fn sign_in_by(&self, provider: &str, said: &[(&str, &str)]) -> Answer {
        let trip = self.begin(&format!("/account/oidc/{provider}"), None).await;
        let back = self.says(&trip, said).await;
        self.arrives(&back, &trip.cookie).await
    }

    /// Who somebody is who was signed in.
    pub(crate) async fn account(&self, answer: &Answer) -> Value {
        self.holding(answer).get("/account").await.expect(200)
    }

    pub(crate) fn holding(&self, answer: &Answer) -> Client<'_> {
        assert_eq!(answer.status, 303, "{}", answer.text());
        let kept = set_cookies(answer);
        let token = kept.iter().find_map(|cookie| cookie.strip_prefix("__Host-usher_session="));
        self.app.stranger().with_session(token.unwrap().split(';').next().unwrap())
    }

    /// How many sessions and links there are.
    pub(crate) async fn counts(&self) -> (i64, i64) {
        let row = sqlx::query!(
            r#"select (select count(*) from session) as "sessions!", (select count(*) from account_identity) as "links!""#
        );
        let row = row.fetch_one(&self.app.postgres).await.unwrap();
        (row.sessions, row.links)
    }

    /// How often the provider's keys were read.
    pub(crate) async fn reads(&self) -> u64 {
        let answer = self.http.get(format!("{}/reads", self.issuer)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["keys"].as_u64().unwrap()
    }
}

pub(crate) fn set_cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all(header::SET_COOKIE);
    all.iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

pub(crate) fn location(answer: &Answer) -> String {
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

pub(crate) fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned()
}
