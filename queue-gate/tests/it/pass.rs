//! From a called place to a pass, and out again.

use contracts::id::PassId;
use http::{StatusCode, header};
use queue_gate::{
    admission::release,
    pass::verify::{self, Admission},
    problems,
};
use serde_json::json;
use sqlx::PgPool;

use crate::app::{Fan, TestGate};

/// What the gate makes of the fan's cookies.
fn admission(app: &TestGate, fan: &Fan<'_>, event: contracts::id::EventId) -> Option<Admission> {
    let mut headers = http::HeaderMap::new();
    headers.insert(header::COOKIE, fan.cookies.join("; ").parse().unwrap());
    let now = platform::clock::Clock::now(&*app.clock);
    verify::admission(&app.gate, &headers, fan.visitor, event, now)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_turn_is_claimed_and_exchanged_once_by_its_own_visitor(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (pass, session) = (format!("/queue/{}/pass", sale.room), format!("/queue/{}/session", sale.room));
    let (mut fan, other) = (app.fan(), app.fan());
    fan.post(&pass, json!({})).await.expect_problem(problems::NOT_CALLED);
    fan.join(sale.room).await.expect(StatusCode::CREATED);
    fan.post(&pass, json!({})).await.expect_problem(problems::NOT_CALLED);
    app.ticks(sale.room, 1).await;
    other.post(&pass, json!({})).await.expect_problem(problems::NOT_CALLED);
    let (one, again) = (fan.claim(sale.room).await, fan.claim(sale.room).await);
    let admission_of = |token: &str| json!({ "admissionToken": token });
    other.post(&session, admission_of(&one)).await.expect_problem(problems::BAD_ADMISSION);
    fan.post(&session, admission_of("forged")).await.expect_problem(problems::BAD_ADMISSION);
    assert!(admission(&app, &fan, sale.event).is_none());
    let begun = fan.enter(sale.room).await;
    assert_eq!(begun.body, json!({ "eventId": sale.event, "until": "2027-06-01T12:10:01Z" }));
    let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with(&contracts::pass::cookie(sale.event)), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1800"), "{cookie}");
    fan.post(&session, admission_of(&one)).await.expect_problem(problems::TOKEN_USED);
    fan.post(&session, admission_of(&again)).await.expect_problem(problems::TOKEN_USED);
    fan.post(&pass, json!({})).await.expect_problem(problems::TOKEN_USED);
    assert_eq!(fan.state(sale.room).await, "active");
    assert!(matches!(admission(&app, &fan, sale.event), Some(Admission::Shop(_))));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_pass_is_good_for_its_visitor_and_event_and_then_only_to_confirm(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let mut fan = app.fan();
    fan.number(sale.room).await;
    app.ticks(sale.room, 1).await;
    fan.enter(sale.room).await;
    assert!(admission(&app, &fan, app.gate.ids.next()).is_none());
    let mut thief = app.fan();
    thief.cookies.push(fan.cookies[1].clone());
    assert!(admission(&app, &thief, sale.event).is_none());
    app.pass(600);
    assert!(matches!(admission(&app, &fan, sale.event), Some(Admission::ConfirmOnly(_))));
    app.pass(20 * 60);
    assert!(admission(&app, &fan, sale.event).is_none());
    app.tick(sale.room).await;
    assert_eq!(app.count("select count(*) from slot where cause = 'expired'").await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_claim_after_its_window_is_over(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let (fan, other) = (app.fan(), app.fan());
    fan.number(room).await;
    other.number(room).await;
    app.ticks(room, 2).await;
    let token = other.claim(room).await;
    app.pass(120);
    fan.post(&format!("/queue/{room}/pass"), json!({})).await.expect_problem(problems::CLAIM_OVER);
    // A claim that is not exchanged in time gives its slot back too.
    app.pass(200);
    let late = other.post(&format!("/queue/{room}/session"), json!({ "admissionToken": token })).await;
    late.expect_problem(problems::CLAIM_OVER);
    app.tick(room).await;
    assert_eq!(app.count("select count(*) from slot where cause = 'expired'").await, 1);
    assert_eq!(app.count("select count(*) from slot where cause = 'no_show'").await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn leaving_frees_the_slot_and_revokes_the_pass_at_every_gate(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(6000, 1).await;
    let (mut fan, next) = (app.fan(), app.fan());
    fan.number(sale.room).await;
    next.number(sale.room).await;
    app.ticks(sale.room, 2).await;
    assert_eq!(next.state(sale.room).await, "waiting");
    fan.enter(sale.room).await;
    assert!(admission(&other, &fan, sale.event).is_some());
    let session = format!("/queue/{}/session", sale.room);
    next.delete(&session).await.expect_problem(problems::NO_PASS);
    fan.delete(&session).await.expect(StatusCode::NO_CONTENT);
    assert!(admission(&app, &fan, sale.event).is_none());
    other.gate.refresh().await;
    assert!(admission(&other, &fan, sale.event).is_none());
    app.ticks(sale.room, 1).await;
    assert_eq!(next.state(sale.room).await, "called");
    // Who was called and does not want to gives the slot back at once.
    next.delete(&format!("/queue/{}/place", sale.room)).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(app.count("select count(*) from slot where state <> 'ended'").await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_release_of_booking_frees_the_slot_once(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(6000, 1).await;
    let mut fan = app.fan();
    fan.number(sale.room).await;
    app.ticks(sale.room, 1).await;
    fan.enter(sale.room).await;
    let pass: PassId = admission(&app, &fan, sale.event).unwrap().admitted().id;
    let room = sale.room;
    app.execute(&format!(
        "insert into slot_release (room_id, pass_id, cause, created_at) values ('{room}', '{pass}', 'purchased', now())"
    ))
    .await;
    let consumed = tokio::join!(release::consume(&app.gate), release::consume(&other.gate));
    assert_eq!(consumed.0.unwrap() + consumed.1.unwrap(), 1);
    assert_eq!(release::consume(&app.gate).await.unwrap(), 0);
    assert_eq!(app.count("select count(*) from slot where cause = 'purchased'").await, 1);
    assert_eq!(app.count("select count(*) from slot_release where consumed_at is null").await, 0);
    // Good for nothing but to hear again what was confirmed.
    for gate in [&app, &other] {
        gate.gate.refresh().await;
        let left = admission(gate, &fan, sale.event);
        assert!(matches!(left, Some(Admission::Bought(_))), "{left:?}");
    }
    // A new place is a new turn.
    assert_eq!(fan.join(room).await.status, StatusCode::CREATED);
}
