//! How long a fan may stay inside: fixed, sliding, or until the service behind says so.

use axum::{Router, extract::Request, response::IntoResponse};
use http::{StatusCode, header};
use platform::lifecycle::Lifecycle;
use queue_gate::problems;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Fan, Surroundings, TestGate},
    gateway_app::serve,
};

/// A service that is content with everybody, until it is asked to end the session.
async fn shop(lifecycle: &Lifecycle) -> std::net::SocketAddr {
    let answer = |request: Request| async move {
        let ends = request.uri().query() == Some("end");
        ([("usher-session", if ends { "End" } else { "go on" })], "here").into_response()
    };
    serve(Router::new().fallback(answer), lifecycle).await
}

impl TestGate {
    /// As [`TestGate::start`], before this service.
    async fn start_before(postgres: PgPool, booking: std::net::SocketAddr) -> Self {
        let booking = format!("http://{booking}");
        Self::start_in(postgres, Surroundings { booking, ..Surroundings::usual() }).await
    }
}

/// The pass that an answer gives: its cookie.
fn given(answer: &Answer) -> Option<&str> {
    let mut cookies = answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    cookies.find(|cookie| cookie.starts_with("__Host-usher_pass_"))
}

/// Keeps what an answer gives as a browser does.
fn keep(fan: &mut Fan<'_>, answer: &Answer) {
    if let Some(cookie) = given(answer) {
        fan.cookies.retain(|kept| !kept.starts_with("__Host-usher_pass_"));
        fan.cookies.push(cookie.split(';').next().unwrap().to_owned());
    }
}

async fn until(app: &TestGate) -> i64 {
    app.count("select extract(epoch from until - timestamptz '2027-06-01 12:00:00Z')::bigint from slot").await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_sliding_session_goes_on_while_the_fan_shops_but_not_for_ever(postgres: PgPool) {
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
    let app = TestGate::start_before(postgres, shop(&lifecycle).await).await;
    let sale = app.sale(60, 10).await;
    let sliding = json!({ "version": 1, "session": "sliding", "sessionLongest": "PT20M" });
    let room = sale.organizer.put(&format!("/room/{}", sale.room), sliding).await.expect(StatusCode::OK).body;
    assert_eq!((&room["session"], &room["sessionLongest"]), (&json!("sliding"), &json!("PT20M")));
    let mut ada = app.fan();
    ada.join(sale.room).await.expect(StatusCode::CREATED);
    app.tick(sale.room).await;
    ada.enter(sale.room).await;
    assert_eq!(until(&app).await, 600);
    let path = format!("/event/{}/seats", sale.event);
    app.pass(140);
    let early = ada.get(&path).await.expect(StatusCode::OK);
    assert_eq!(given(&early), None, "a pass is not given anew for every request");
    app.pass(60);
    let renewed = ada.get(&path).await.expect(StatusCode::OK);
    assert!(given(&renewed).is_some());
    assert!(!renewed.headers.contains_key("usher-session"), "no client hears the service's word");
    assert_eq!(until(&app).await, 800);
    let ends = "select extract(epoch from ends_at - until)::bigint from slot";
    assert_eq!(app.count(ends).await, 20 * 60, "the slot goes on with the session");
    keep(&mut ada, &renewed);
    // Long after the first pass has ended.
    for _ in 0..4 {
        app.pass(240);
        let answer = ada.get(&path).await.expect(StatusCode::OK);
        keep(&mut ada, &answer);
    }
    assert_eq!(until(&app).await, 1200, "and no longer than the organizer said");
    app.pass(41);
    ada.get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    app.tick(sale.room).await;
    assert_eq!(
        app.count("select count(*) from slot where state = 'active'").await,
        1,
        "to confirm what is held"
    );
    app.pass(20 * 60);
    app.tick(sale.room).await;
    assert_eq!(app.count("select count(*) from slot where state = 'active'").await, 0);
    lifecycle.stop();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fixed_session_ends_when_it_ends_and_an_idle_one_does_not_slide(postgres: PgPool) {
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
    let app = TestGate::start_before(postgres, shop(&lifecycle).await).await;
    let sale = app.sale(60, 10).await;
    let mut ada = app.fan();
    ada.join(sale.room).await.expect(StatusCode::CREATED);
    app.tick(sale.room).await;
    ada.enter(sale.room).await;
    let path = format!("/event/{}/seats", sale.event);
    app.pass(590);
    assert_eq!(given(&ada.get(&path).await.expect(StatusCode::OK)), None);
    let sliding = json!({ "version": 1, "session": "sliding", "sessionLongest": "PT20M" });
    sale.organizer.put(&format!("/room/{}", sale.room), sliding).await.expect(StatusCode::OK);
    app.pass(11);
    ada.get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    assert_eq!(until(&app).await, 600);
    lifecycle.stop();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_service_behind_ends_a_session_with_a_word_that_no_client_hears(postgres: PgPool) {
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
    let app = TestGate::start_before(postgres, shop(&lifecycle).await).await;
    let sale = app.sale(600, 1).await;
    let (mut ada, bob) = (app.fan(), app.fan());
    ada.join(sale.room).await.expect(StatusCode::CREATED);
    bob.join(sale.room).await.expect(StatusCode::CREATED);
    app.tick(sale.room).await;
    ada.enter(sale.room).await;
    let path = format!("/event/{}/seats", sale.event);
    ada.get(&path).await.expect(StatusCode::OK);
    // Somebody without a pass can end nothing with a path that is open.
    let open = bob.get(&format!("/event/{}?end", sale.event)).await.expect(StatusCode::OK);
    assert!(given(&open).is_none() && !open.headers.contains_key("usher-session"));
    assert_eq!(app.count("select count(*) from slot where state = 'active'").await, 1);
    let ended = ada.get(&format!("{path}?end")).await.expect(StatusCode::OK);
    assert!(given(&ended).unwrap().contains("Max-Age=0"), "{ended:?}");
    assert!(!ended.headers.contains_key("usher-session"));
    ada.get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    // The slot is free at once.
    app.ticks(sale.room, 1).await;
    assert_eq!(bob.state(sale.room).await, "called");
    lifecycle.stop();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_policy_refuses_bad_input_by_name(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 10).await;
    let path = format!("/room/{}", sale.room);
    let put = async |more: Value| {
        let mut body = json!({ "version": 1 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        sale.organizer.put(&path, body).await
    };
    for (body, field) in [
        (json!({ "interval": "PT0S" }), "interval"),
        (json!({ "interval": "PT61S" }), "interval"),
        (json!({ "interval": "often" }), "interval"),
        (json!({ "interval": "PT60S" }), "interval"),
        (json!({ "session": "sliding" }), "sessionLongest"),
        (json!({ "session": "fixed", "sessionLongest": "PT20M" }), "sessionLongest"),
        (json!({ "session": "sliding", "sessionLongest": "PT3H" }), "sessionLongest"),
        (json!({ "session": "sliding", "sessionLongest": "PT9M" }), "sessionLongest"),
    ] {
        let refused = put(body.clone()).await;
        refused.expect_problem(problems::WRONG_SETTING);
        assert_eq!(refused.body["field"], field, "{body}");
    }
    put(json!({ "failure": "ajar" })).await.expect_problem(platform::http::kinds::INVALID_BODY);
    put(json!({ "session": "endless" })).await.expect_problem(platform::http::kinds::INVALID_BODY);
    let set = put(json!({ "interval": "PT50S", "failure": "open" })).await.expect(StatusCode::OK).body;
    assert_eq!((&set["interval"], &set["failure"]), (&json!("PT50S"), &json!("open")));
    // A rate that one batch of the interval could not carry is refused too.
    let faster = sale.organizer.put(&path, json!({ "version": 2, "admitPerMinute": 7000 })).await;
    faster.expect_problem(problems::WRONG_SETTING);
}
