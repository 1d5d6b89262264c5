//! Services that misbehave, and connections that become another protocol's.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{WebSocketUpgrade, ws::Message},
    routing::get,
};
use futures_util::{SinkExt, StreamExt};
use platform::lifecycle::Lifecycle;
use serde_json::json;
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
};
use tokio_tungstenite::tungstenite;

use crate::gateway_app::{TestGateway, serve};

fn life() -> Lifecycle {
    Lifecycle::new(Duration::from_secs(1))
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_service_that_is_down_is_a_problem_that_says_when_to_try_again(postgres: PgPool) {
    let (lifecycle, down) = (life(), nobody().await);
    let app = TestGateway::before(postgres, down, down, lifecycle, &[]).await;
    let answer = app.fan().get("/search").send().await;
    answer.expect_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("2"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_service_that_does_not_answer_in_time_is_given_up(postgres: PgPool) {
    let lifecycle = life();
    let silent = Router::new().fallback(std::future::pending::<()>);
    let silent = serve(silent, &lifecycle).await;
    let app = TestGateway::before(postgres, silent, silent, lifecycle, &["--answer-patience=50ms"]).await;
    app.fan().get("/search").send().await.expect_problem(504, "late-answer");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_service_that_hangs_is_left_alone_and_asked_again_by_one(postgres: PgPool) {
    let lifecycle = life();
    let (asked, is_well) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, well) = (asked.clone(), is_well.clone());
    let hangs = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let is_well = well.load(Ordering::SeqCst);
        async move {
            if !is_well {
                std::future::pending::<()>().await;
            }
        }
    });
    let hangs = serve(hangs, &lifecycle).await;
    let app = TestGateway::before(postgres, hangs, hangs, lifecycle, &["--answer-patience=400ms"]).await;
    let (fan, other) = (app.fan(), app.fan());
    for _ in 0..5 {
        fan.get("/search").send().await.expect_problem(504, "late-answer");
    }
    // The sixth hears at once when to come again, and the service nothing.
    let refused = other.get("/search").send().await;
    refused.expect_problem(503, "unavailable");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(asked.load(Ordering::SeqCst), 5);
    is_well.store(true, Ordering::SeqCst);
    let comes_back = async {
        while other.get("/search").send().await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), comes_back).await.expect("it is asked again");
    assert_eq!(asked.load(Ordering::SeqCst), 6, "the first that was let through was answered");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_request_too_many_for_a_service_is_turned_away(postgres: PgPool) {
    let lifecycle = life();
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arriving, going) = (arrived.clone(), go_on.clone());
    let slow = Router::new().fallback(move || {
        let (arriving, going) = (arriving.clone(), going.clone());
        async move {
            arriving.notify_one();
            going.notified().await;
        }
    });
    let slow = serve(slow, &lifecycle).await;
    let app = TestGateway::before(postgres, slow, slow, lifecycle, &["--service-requests=1"]).await;
    let fan = app.fan();
    let first = fan.get("/search").send();
    let second = async {
        arrived.notified().await;
        let refused = fan.get("/search").send().await;
        go_on.notify_one();
        refused
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.status, 200);
    second.expect_problem(503, "overloaded");
    assert_eq!(second.header("retry-after"), Some("1"));
    go_on.notify_one();
    assert_eq!(fan.get("/search").send().await.status, 200);
}

/// A service that hangs up on every other connection before it answers.
pub(crate) async fn hangs_up_first(lifecycle: &Lifecycle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stopping = lifecycle.stopping();
    lifecycle.spawn(async move {
        let mut answers = false;
        while let Some(Ok((mut stream, _))) = stopping.run_until_cancelled(listener.accept()).await {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            if answers && read > 0 {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                    .await
                    .unwrap();
            }
            answers = !answers;
        }
    });
    address
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_a_read_is_tried_again_after_a_broken_connection(postgres: PgPool) {
    let lifecycle = life();
    let flaky = hangs_up_first(&lifecycle).await;
    let app = TestGateway::before(postgres, flaky, flaky, lifecycle, &[]).await;
    let fan = app.fan();
    let read = fan.get("/search").send().await;
    assert_eq!((read.status, read.text.as_str()), (200, "ok"));
    fan.post("/venue", &json!({})).send().await.expect_problem(502, "no-answer");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_body_has_a_limit_whether_it_says_its_length_or_not(postgres: PgPool) {
    let app = TestGateway::start(postgres, &["--body-limit=1000"]).await;
    let fan = app.fan();
    let body = json!({"name": "x".repeat(2000)});
    fan.post("/venue", &body).send().await.expect_problem(413, "body-too-large");
    fan.streamed("/venue", vec!["x".repeat(600), "x".repeat(600)])
        .await
        .expect_problem(413, "body-too-large");
    assert_eq!(fan.streamed("/venue", vec!["x".repeat(400), "x".repeat(400)]).await.status, 200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_websocket_reaches_the_service_behind(postgres: PgPool) {
    let lifecycle = life();
    let echo = get(async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(Message::Text(text))) = socket.recv().await {
                if socket.send(Message::Text(text)).await.is_err() {
                    break;
                }
            }
        })
    });
    let service = serve(Router::new().route("/event/7/live", echo), &lifecycle).await;
    let app = TestGateway::before(postgres, service, service, lifecycle, &[]).await;
    let url = format!("ws://{}/event/7/live", app.host());
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    for text in ["one", "two"] {
        socket.send(tungstenite::Message::text(text)).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), tungstenite::Message::text(text));
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_page_and_what_it_loads_come_from_the_gate(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    let some = "0190b0c0-0000-7000-8000-000000000001";
    let (room, event) = (format!("/console/room/{some}"), format!("/console/event/{some}"));
    let mut loaded = BTreeSet::new();
    let (edit, plan) = (format!("/console/edit/{some}"), format!("/console/plan/{some}"));
    let pages = ["/console", &room, &event, "/console/edit", &edit, &plan, "/console/venues"];
    for path in pages.into_iter().chain(["/console/webhooks", "/console/team", "/console/audit"]) {
        let page = fan.get(path).send().await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        let assets = page.text.split('"').filter(|text| text.starts_with("/assets/"));
        loaded.insert(assets.map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(loaded.len(), 1, "one page, which its script fills: {loaded:?}");
    let loaded = loaded.pop_first().unwrap();
    let [style, script] = loaded.as_slice() else { panic!("a style and a script, not {loaded:?}") };
    assert!(
        style.starts_with("/assets/web/desk-") && script.starts_with("/assets/web/console-"),
        "{loaded:?}"
    );
    let docs = fan.get("/docs").send().await.text;
    let own = docs.split('"').find(|text| text.starts_with("/assets/gate/")).unwrap();
    for address in [style.as_str(), script.as_str(), own] {
        let asset = fan.get(address).send().await;
        assert_eq!(asset.status, 200, "{address}");
        assert!(asset.header("cache-control").unwrap().contains("immutable"));
        let again = fan.get(address).header("if-none-match", asset.header("etag").unwrap()).send().await;
        assert_eq!(again.status, 304);
    }
    fan.get("/assets/gate/../secret").send().await.expect_problem(404, "not-found");
    for wrong in ["/console/room/x", "/console/event/x", "/console/edit/x", "/console/plan/x"] {
        fan.get(wrong).send().await.expect_problem(400, "invalid-parameter");
    }
    fan.get("/console/nowhere").send().await.expect_problem(404, "not-found");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn check_38_what_the_pages_of_all_services_load_comes_from_the_gate(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    for (name, kind) in
        [("event.js", "text/javascript; charset=utf-8"), ("shop.css", "text/css; charset=utf-8")]
    {
        let address = web_assets::path(name).unwrap();
        let packed = fan.get(&address).header("accept-encoding", "gzip, br").send().await;
        let said = |name: &str| packed.header(name).unwrap_or_default().to_owned();
        assert_eq!((packed.status, said("content-encoding").as_str()), (200, "br"), "{address}");
        assert_eq!(said("content-type"), kind);
        assert_eq!(said("cache-control"), "public, max-age=31536000, immutable");
        assert!(said("vary").contains("accept-encoding"));
        let again = fan.get(&address).header("accept-encoding", "br").header("if-none-match", &said("etag"));
        assert_eq!(again.send().await.status, 304);
        let plain = fan.get(&address).header("accept-encoding", "identity").send().await;
        assert_eq!((plain.header("content-encoding"), plain.bytes > packed.bytes), (None, true));
        assert_ne!(plain.header("etag"), packed.header("etag"), "another packing is another thing");
    }
    for nothing in ["/assets/web/event.js", "/assets/web/manifest.json", "/assets/web/..%2FCargo.toml"] {
        fan.get(nothing).send().await.expect_problem(404, "not-found");
    }
}
