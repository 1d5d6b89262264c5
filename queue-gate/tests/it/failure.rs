//! What becomes of the fans when no gate can call anybody: the room's policy, and only by an interval on record.

use http::StatusCode;
use queue_gate::{admission::run, problems, room::registry::Guard};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Sale, Surroundings, TestGate};

const OPEN: &str = "select count(*) from suspension where cause = 'failed_open' and ended_at is null";

impl TestGate {
    /// Another gate on the same clock, which cannot reach Redis.
    async fn without_redis(&self) -> Self {
        let (clock, redis) = (self.clock.clone(), "redis://127.0.0.1:1".to_owned());
        self.another_in(Surroundings { clock, redis, ..Surroundings::usual() }).await
    }

    /// Another gate on the same clock, which can reach neither PostgreSQL nor Redis.
    async fn without_stores(&self) -> Self {
        let (clock, redis) = (self.clock.clone(), "redis://127.0.0.1:1".to_owned());
        self.another_in(Surroundings { clock, redis, postgres: Some(1), ..Surroundings::usual() }).await
    }
}

/// A sale whose room is to fail open.
async fn sale(app: &TestGate) -> Sale<'_> {
    let sale = app.sale(600, 10).await;
    let asked = json!({ "version": 1, "failure": "open" });
    sale.organizer.put(&format!("/room/{}", sale.room), asked).await.expect(StatusCode::OK);
    sale
}

/// One turn of a gate's loop for the room of `sale`.
async fn turn(app: &TestGate, sale: &Sale<'_>) {
    app.gate.refresh().await;
    let room = app.gate.rooms.get(sale.room).unwrap();
    Box::pin(run::one(&app.gate, room)).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_fails_open_after_ten_quiet_seconds_on_record_and_closes_with_the_next_tick(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let cut_off = app.without_redis().await;
    let sale = sale(&app).await;
    let path = format!("/event/{}/seats", sale.event);
    app.ticks(sale.room, 1).await;
    app.pass(9);
    turn(&cut_off, &sale).await;
    assert_eq!(app.count(OPEN).await, 0, "nine seconds are not enough");
    app.pass(2);
    turn(&cut_off, &sale).await;
    turn(&cut_off, &sale).await;
    assert_eq!(app.count(OPEN).await, 1);
    assert_eq!(app.count("select count(*) from guarded_event where bypass").await, 1);
    // Every gate reads it; nobody needs a place.
    app.gate.refresh().await;
    let guard = || app.gate.rooms.guard(sale.event, app.gate.clock.now());
    assert!(matches!(guard(), Guard::Room(room) if room.lets_all_through()));
    app.fan().get(&path).await.expect_problem(platform::http::kinds::UNAVAILABLE);
    app.fan().join(sale.room).await.expect_problem(problems::NOBODY_WAITS);
    queue_gate::room::suspension::count::write_down(&app.gate).await;
    // Redis is back.
    app.pass(5);
    app.tick(sale.room).await;
    assert_eq!(app.count(OPEN).await, 0);
    app.fan().get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    let log = sale.organizer.get(&format!("/room/{}/log", sale.room)).await.body;
    let entries = log["entries"].as_array().unwrap();
    let of = |kind: &str| entries.iter().find(|entry| entry["kind"] == kind).unwrap();
    assert_eq!(of("failedOpen")["actor"], Value::Null);
    assert_eq!(
        of("recovered")["detail"]["suspension"],
        json!({
            "cause": "failed_open", "since": "2027-06-01T12:00:12Z", "until": "2027-06-01T12:00:17Z",
            "lapsedBy": "2027-06-01T12:01:17Z", "visitors": 1,
        })
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_gate_that_alone_is_cut_off_opens_nothing_and_answers_503(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let cut_off = app.without_redis().await;
    let sale = sale(&app).await;
    for _ in 0..15 {
        app.pass(1);
        app.tick(sale.room).await;
        turn(&cut_off, &sale).await;
    }
    assert_eq!(app.count(OPEN).await, 0);
    let page = cut_off.fan().get(&format!("/queue/{}", sale.room)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    cut_off.fan().join(sale.room).await.expect_problem(platform::http::kinds::UNAVAILABLE);
    let path = format!("/event/{}/seats", sale.event);
    cut_off.fan().get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_stays_closed_where_its_policy_or_its_state_says_so(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let cut_off = app.without_redis().await;
    let closed = app.sale(600, 10).await;
    let paused = sale(&app).await;
    paused.step_because("pause", "A break").await.expect(StatusCode::OK);
    app.pass(60);
    for sale in [&closed, &paused] {
        turn(&cut_off, sale).await;
    }
    assert_eq!(app.count(OPEN).await, 0);
    // Whoever resumes it is a sign of life too.
    paused.step("resume").await.expect(StatusCode::OK);
    turn(&cut_off, &paused).await;
    assert_eq!(app.count(OPEN).await, 0);
    app.pass(11);
    turn(&cut_off, &paused).await;
    assert_eq!(app.count(OPEN).await, 1);
    // What the organizer does ends it as well.
    paused.step_because("pause", "A break").await.expect(StatusCode::OK);
    assert_eq!(app.count(OPEN).await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn without_postgres_nothing_can_be_put_on_record_so_nothing_opens(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = sale(&app).await;
    let cut_off = app.without_stores().await;
    cut_off.gate.rooms.put((*app.gate.rooms.get(sale.room).unwrap()).clone());
    app.pass(60);
    let room = cut_off.gate.rooms.get(sale.room).unwrap();
    Box::pin(run::one(&cut_off.gate, room)).await;
    assert_eq!(cut_off.gate.rooms.get(sale.room).unwrap().failed_open_at, None);
    let path = format!("/event/{}/seats", sale.event);
    cut_off.fan().get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    assert_eq!(
        cut_off.fan().get(&format!("/queue/{}", sale.room)).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(app.count(OPEN).await, 0);
}
