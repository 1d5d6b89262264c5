//! The gate refreshes the sessions of browsers.

use std::sync::{
    Arc,
    atomic::{AtomicU16, AtomicUsize, Ordering},
};

use axum::{Router, extract::Request, response::IntoResponse, routing::post};
use chrono::TimeDelta;
use contracts::{
    id::{AccountId, SessionId},
    session::{REFRESH_PATH, Role, Session},
    token,
};
use futures_util::future::join_all;
use platform::lifecycle::Lifecycle;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::gateway_app::{Answer, TestGateway, echo, id, serve, sessions};

/// What booking-api was asked, and what it says.
#[derive(Default)]
struct Exchange {
    asked: AtomicUsize,
    refuses_with: AtomicU16,
    heard: std::sync::Mutex<Vec<Value>>,
}

const SESSION: &str = "__Host-usher_session";
const REFRESH: &str = "__Host-usher_refresh";
const NEW: &str = "a-new-session-token";

/// A gate before a booking-api that exchanges any token.
async fn start(postgres: PgPool) -> (TestGateway, Arc<Exchange>) {
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
    let exchange = Arc::new(Exchange::default());
    let told = exchange.clone();
    let refresh = move |request: Request| async move {
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        told.heard.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
        told.asked.fetch_add(1, Ordering::SeqCst);
        let status = told.refuses_with.load(Ordering::SeqCst);
        let (status, value) = if status == 0 { (200, NEW) } else { (status, "") };
        let cookies = [SESSION, REFRESH].map(|name| ("set-cookie", format!("{name}={value}; Path=/")));
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        (status, axum::response::AppendHeaders(cookies), axum::Json(json!({ "token": NEW }))).into_response()
    };
    let booking: Router = echo("booking").route(REFRESH_PATH, post(refresh));
    let booking = serve(booking, &lifecycle).await;
    let app = TestGateway::before(postgres, booking, booking, lifecycle, &[]).await;
    app.gate.rooms.refresh(&app.gate).await.unwrap();
    (app, exchange)
}

/// A session cookie that ends in so many minutes, of a quarter of an hour.
fn session(app: &TestGateway, ends_in: i64) -> String {
    let exp = app.gate.clock.now() + TimeDelta::minutes(ends_in);
    let iat = exp - TimeDelta::minutes(15);
    let session = Session { sub: id(1), sid: id(7), rot: 0, role: Role::Organizer, guest: false, iat, exp };
    format!("{SESSION}={}", token::sign(&session, &sessions()))
}

fn kept(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap().to_owned());
    all.filter(|set| !set.starts_with("__Host-usher_visitor")).collect()
}

fn new() -> Vec<String> {
    vec![format!("{SESSION}={NEW}; Path=/"), format!("{REFRESH}={NEW}; Path=/")]
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_near_its_end_is_refreshed_before_the_request_goes_on(postgres: PgPool) {
    let (app, exchange) = start(postgres).await;
    let old = session(&app, 4);
    for cookie in ["a=1".to_owned(), old, session(&app, -60)] {
        let fan = app.fan();
        let token = uuid::Uuid::from_bytes(platform::ids::secret()).to_string();
        let asked = fan.get("/account").pass(&cookie).pass(&format!("{REFRESH}={token}; b=2"));
        let answer = asked.header("usher-just-refreshed", "0").send().await;
        let cookies = answer.header_heard("cookie");
        assert!(cookies.contains(&format!("{SESSION}={NEW}")) && !cookies.contains(REFRESH), "{cookies}");
        assert_eq!(cookies.matches(SESSION).count(), 1, "{cookies}");
        assert!(cookies.contains("b=2") && cookies.contains("__Host-usher_visitor="), "{cookies}");
        assert_eq!(answer.header_heard("usher-just-refreshed"), "1");
        assert_eq!(kept(&answer), new());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(exchange.heard.lock().unwrap().pop(), Some(json!({ "refreshToken": token })));
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_that_holds_is_left_alone_and_a_refresh_token_reaches_nobody(postgres: PgPool) {
    let (app, exchange) = start(postgres).await;
    let fan = app.fan();
    let refresh = format!("{REFRESH}=secret-token");
    let fresh = fan.get("/account").pass(&session(&app, 6)).pass(&refresh);
    let bearer = fan.get("/account").pass(&refresh).header("authorization", "Bearer x");
    let script = fan.get("/assets/booking/event.js").pass(&refresh);
    for asked in [fresh, bearer, script] {
        let answer = asked.header("usher-just-refreshed", "1").send().await;
        assert!(!answer.text.contains("secret-token"), "{}", answer.text);
        assert_eq!(answer.json()["headers"].get("usher-just-refreshed"), None);
        assert_eq!(kept(&answer), Vec::<String>::new());
    }
    assert_eq!(exchange.asked.load(Ordering::SeqCst), 0);
    // Who refreshes by themselves is let through with it.
    fan.post(REFRESH_PATH, &json!({})).pass(&refresh).send().await;
    assert_eq!(exchange.heard.lock().unwrap().pop(), Some(json!({})));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn requests_that_come_at_once_share_one_exchange(postgres: PgPool) {
    let (app, exchange) = start(postgres).await;
    let fan = app.fan();
    let refresh = format!("{REFRESH}=one-for-all");
    let all = join_all((0..20).map(|_| fan.get("/account").pass(&refresh).send())).await;
    assert!(all.iter().all(|answer| kept(answer) == new()));
    assert_eq!(exchange.asked.load(Ordering::SeqCst), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_site_refreshes_nothing(postgres: PgPool) {
    let (app, exchange) = start(postgres).await;
    let asked = app.fan().post("/account/sign-out", &json!({})).pass(&format!("{REFRESH}=of-a-fan"));
    let answer = asked.header("origin", "https://evil.example").send().await;
    answer.expect_problem(403, "foreign-origin");
    assert_eq!((exchange.asked.load(Ordering::SeqCst), kept(&answer).len()), (0, 0));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_that_is_over_takes_its_cookies_away_and_one_that_cannot_be_asked_about_does_not(
    postgres: PgPool,
) {
    let (app, exchange) = start(postgres).await;
    let fan = app.fan();
    exchange.refuses_with.store(401, Ordering::SeqCst);
    let answer = fan.get("/account").pass(&format!("{REFRESH}=over")).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(kept(&answer), [format!("{SESSION}=; Path=/"), format!("{REFRESH}=; Path=/")]);
    assert!(!answer.header_heard("cookie").contains("usher_session"));
    exchange.refuses_with.store(503, Ordering::SeqCst);
    let old = session(&app, 1);
    for _ in 0..2 {
        let answer = fan.get("/account").pass(&old).pass(&format!("{REFRESH}=away")).send().await;
        assert!(answer.header_heard("cookie").contains(&old));
        assert_eq!(kept(&answer), Vec::<String>::new());
    }
    // It is asked again each time.
    assert_eq!(exchange.asked.load(Ordering::SeqCst), 3);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_that_was_ended_steers_no_room(postgres: PgPool) {
    let (app, _) = start(postgres.clone()).await;
    let fan = app.fan();
    let token = session(&app, 10);
    let rooms = async || fan.get("/room").pass(&token).send().await;
    assert_eq!(rooms().await.status, 200);
    let (account, ended): (AccountId, SessionId) = (id(1), id(7));
    let now = app.gate.clock.now();
    sqlx::query!(
        "insert into account values ($1, 'org@example.org', null, null, 'organizer', $2)",
        account.uuid(),
        now
    )
    .execute(&postgres)
    .await
    .unwrap();
    sqlx::query!(
        "insert into session (session_id, account_id, label, created_at, used_at, rotated_at, ends_at, token_ends_at,
                              ended_at, ended_why)
         values ($1, $2, 'a test', $3, $3, $3, $4, $4, $3, 'everywhere')",
        ended.uuid(),
        account.uuid(),
        now,
        now + TimeDelta::minutes(10)
    )
    .execute(&postgres)
    .await
    .unwrap();
    app.gate.refresh().await;
    rooms().await.expect_problem(401, "sign-in");
}
