//! A shop that listens, and the sandbox that calls it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use clap::Parser;
use platform::lifecycle::Lifecycle;
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "a secret of sixteen bytes or more";

#[derive(Clone, Default)]
pub(crate) struct Shop {
    heard: Arc<Mutex<Vec<Value>>>,
    refused: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl Shop {
    pub(crate) fn signed_with() -> &'static str {
        SECRET
    }

    pub(crate) fn close(&self, closed: bool) {
        self.closed.store(closed, Ordering::SeqCst);
    }

    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    pub(crate) async fn heard(&self, count: usize) -> Vec<Value> {
        tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let heard = self.heard.lock().unwrap().clone();
                if heard.len() >= count {
                    return heard;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap()
    }
}

async fn hear(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if shop.closed.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let signature = headers["sandbox-signature"].to_str().unwrap();
    let at = signature.split_once(',').unwrap().0[2..].parse().unwrap();
    if sandbox::callback::sign::sign(SECRET.as_bytes(), at, &body) != signature {
        shop.refused.fetch_add(1, Ordering::SeqCst);
        return StatusCode::UNAUTHORIZED;
    }
    shop.heard.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    StatusCode::NO_CONTENT
}

pub(crate) struct World {
    pub(crate) shop: Shop,
    shop_url: String,
    url: String,
    lifecycle: Lifecycle,
    folder: TempDir,
    client: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        let shop = Shop::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shop_url = format!("http://{}/hear", listener.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), SECRET).unwrap();
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let routes = Router::new().route("/hear", post(hear)).with_state(shop.clone());
        platform::http::serve(listener, routes, &lifecycle).unwrap();
        let (url, _) = Self::sandbox(&folder, lifecycle.clone()).await;
        Self { shop, shop_url, url, lifecycle, folder, client: reqwest::Client::new() }
    }

    async fn sandbox(folder: &TempDir, lifecycle: Lifecycle) -> (String, Lifecycle) {
        let path = |name: &str| folder.path().join(name).display().to_string();
        let config = sandbox::config::Config::parse_from([
            "sandbox",
            "--secret",
            &path("secret"),
            "--data",
            &path("data"),
            "--delay-from",
            "1ms",
            "--delay-to",
            "5ms",
            "--retry-from",
            "10ms",
            "--retry-to",
            "50ms",
        ]);
        (format!("http://{}", sandbox::start(config, lifecycle.clone()).await.unwrap()), lifecycle)
    }

    /// Another life of the sandbox on the same journal, and of the shop on the same address.
    pub(crate) async fn restart(self) -> Self {
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        self.lifecycle.stop();
        assert!(self.lifecycle.wait().await);
        let listener =
            tokio::net::TcpListener::bind(self.shop_url[7..].split('/').next().unwrap()).await.unwrap();
        let routes = Router::new().route("/hear", post(hear)).with_state(self.shop.clone());
        platform::http::serve(listener, routes, &lifecycle).unwrap();
        let (url, _) = Self::sandbox(&self.folder, lifecycle.clone()).await;
        Self { url, lifecycle, ..self }
    }

    pub(crate) async fn authorize(&self, reference: &str, token: &str) -> Value {
        let body = json!({"reference": reference, "amount": {"minor": 4950, "currency": "EUR"}, "token": token,
                          "callbackUrl": self.shop_url});
        let request =
            self.client.post(format!("{}/authorization", self.url)).header("idempotency-key", reference);
        request.json(&body).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn step(&self, id: &str, step: &str) -> (u16, String) {
        let url = format!("{}/authorization/{id}/{step}", self.url);
        let request = self.client.post(url).header("idempotency-key", format!("{id}/{step}"));
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["state"].as_str().unwrap().to_owned())
    }

    /// Gives a part back; the status, and how much went back by now.
    pub(crate) async fn refund(&self, id: &str, key: &str, minor: i64) -> (u16, i64) {
        let url = format!("{}/authorization/{id}/refund", self.url);
        let body = json!({"amount": {"minor": minor, "currency": "EUR"}});
        let answer = self.client.post(url).header("idempotency-key", key).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["refunded"].as_i64().unwrap_or_default())
    }

    pub(crate) async fn post(&self, path: &str) -> u16 {
        self.client.post(format!("{}{path}", self.url)).send().await.unwrap().status().as_u16()
    }

    #[expect(clippy::future_not_send, reason = "a test waits on its own thread")]
    pub(crate) async fn until(&self, condition: impl AsyncFn() -> bool) {
        tokio::time::timeout(Duration::from_secs(10), async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
    }
}
