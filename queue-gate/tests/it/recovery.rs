//! What happens when a store dies, forgets, comes back as another or is in two minds; places and order before and after.

use std::sync::Arc;

use chrono::TimeDelta;
use devstack::{Home, port::Port, redis::Redis};
use http::StatusCode;
use platform::http::kinds;
use queue_gate::{
    admission::tick,
    line::{LineError, epoch},
    live::RECORD_AWAY,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Fan, Sale, TestGate, beginning, environment},
    relay::Relay,
    surroundings::Surroundings,
};

/// A Redis of the test's own, which writes everything down at once.
async fn redis(home: &Arc<Home>, name: &'static str) -> Redis {
    let home = home.clone();
    let redis =
        tokio::task::spawn_blocking(move || Redis::start(&home, name, Port::any()?)).await.unwrap().unwrap();
    redis.say("CONFIG SET appendfsync always").unwrap();
    redis
}

fn at(port: u16) -> Surroundings {
    Surroundings { redis: format!("redis://127.0.0.1:{port}"), ..Surroundings::usual() }
}

/// What a fan sees of their place.
async fn stand(fan: &Fan<'_>, sale: &Sale<'_>) -> Value {
    let frame = fan.get(&format!("/queue/{}/place", sale.room)).await.expect(StatusCode::OK).body;
    json!([frame["state"], frame["number"], frame["ahead"]])
}

/// Five fans: two are called, three wait; and how each stands.
async fn five<'a>(app: &'a TestGate, sale: &Sale<'_>) -> (Vec<Fan<'a>>, Vec<Value>) {
    let fans: Vec<_> = (0..5).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.join(sale.room).await.expect(StatusCode::CREATED);
    }
    app.ticks(sale.room, 1).await;
    let mut stands = Vec::new();
    for fan in &fans {
        stands.push(stand(fan, sale).await);
    }
    let states: Vec<_> = stands.iter().map(|stand| stand[0].as_str().unwrap()).collect();
    assert_eq!(states, ["called", "called", "waiting", "waiting", "waiting"]);
    (fans, stands)
}

async fn assert_unchanged(fans: &[Fan<'_>], stands: &[Value], sale: &Sale<'_>) {
    for (fan, before) in fans.iter().zip(stands) {
        assert_eq!(stand(fan, sale).await, *before);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_restart_of_redis_keeps_every_place_and_the_order(postgres: PgPool) {
    let home = Arc::new(Home::temporary().unwrap());
    let mut redis = redis(&home, "redis").await;
    let app = TestGate::start_in(postgres, at(redis.port())).await;
    let sale = app.sale(6000, 2).await;
    let (fans, stands) = five(&app, &sale).await;
    redis.crash().unwrap();
    redis.say("CONFIG SET appendfsync always").unwrap();
    until_answered(&app, &sale).await;
    assert_unchanged(&fans, &stands, &sale).await;
    // Who comes now is behind all who were there, and nobody is called while others may still come back.
    let late = app.fan();
    assert!(late.number(sale.room).await > 2 << 32);
    let mut first = fans[0].clone();
    first.enter(sale.room).await;
    first.delete(&format!("/queue/{}/session", sale.room)).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(app.ticks(sale.room, 9).await.iter().sum::<usize>(), 0, "the recovery window");
    app.ticks(sale.room, 2).await;
    assert_eq!(fans[2].state(sale.room).await, "called");
    assert_eq!(stand(&late, &sale).await[2], 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_failover_to_a_replica_keeps_every_place_and_the_order(postgres: PgPool) {
    let home = Arc::new(Home::temporary().unwrap());
    let (mut master, replica) = (redis(&home, "master").await, redis(&home, "replica").await);
    replica.follow(&master).unwrap();
    let address = Relay::to(master.port()).await;
    let app = TestGate::start_in(postgres, at(address.port)).await;
    let sale = app.sale(6000, 2).await;
    let (fans, stands) = five(&app, &sale).await;
    master.until_followed().unwrap();
    master.kill();
    replica.promote().unwrap();
    address.lead_to(Some(replica.port()));
    until_answered(&app, &sale).await;
    assert_unchanged(&fans, &stands, &sale).await;
    assert!(app.fan().number(sale.room).await > 2 << 32);
    assert_eq!(app.count("select epoch::bigint from room").await, 2);
}

/// The first call on a connection that was cut may fail; the next one finds the way.
async fn until_answered(app: &TestGate, sale: &Sale<'_>) {
    for _ in 0..200 {
        if epoch::recover(&app.gate, sale.room).await.is_ok() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("Redis does not answer");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_master_that_was_failed_over_and_still_answers_is_refused(postgres: PgPool) {
    let home = Arc::new(Home::temporary().unwrap());
    let (master, replica) = (redis(&home, "master").await, redis(&home, "replica").await);
    replica.follow(&master).unwrap();
    let cut_off = TestGate::start_in(postgres, at(master.port())).await;
    let sale = cut_off.sale(6000, 3).await;
    let (fans, stands) = five_of_three(&cut_off, &sale).await;
    master.until_followed().unwrap();
    replica.promote().unwrap();

    // One gate has followed the failover, the other talks to the old master still.
    let there = Surroundings { clock: cut_off.clock.clone(), ..at(replica.port()) };
    let app = cut_off.another_in(there).await;
    let later = app.fan();
    assert!(later.number(sale.room).await > 2 << 32);
    cut_off.pass(11);
    for fan in &fans {
        app.fan_called(fan.visitor).get(&format!("/queue/{}/place", sale.room)).await.expect(StatusCode::OK);
    }
    app.gate.refresh().await;
    let room = app.gate.rooms.get(sale.room).unwrap();
    let (granted, _) = tick::call(&app.gate, &room).await.unwrap();
    assert_eq!(granted.expect("a place is free").places.len(), 1);

    // The old master grants nothing, and must not say whom the other one's batch has called.
    let refused = tick::tick(&cut_off.gate, &room).await;
    assert!(matches!(refused, Err(LineError::Lost)), "{refused:?}");
    assert_eq!(app.count("select count(*) from batch where applied_at is null").await, 1);
    // Nor does it give places, as soon as the gate has read that the room has moved.
    cut_off.gate.refresh().await;
    epoch::fence(&cut_off.gate).await;
    cut_off.fan().join(sale.room).await.expect_problem(kinds::UNAVAILABLE);
    app.gate.refresh().await;
    epoch::fence(&app.gate).await;

    tick::tick(&app.gate, &room).await.unwrap();
    assert_eq!(app.count("select count(*) from batch where applied_at is null").await, 0);
    let mut after = Vec::new();
    for fan in &fans {
        after.push(stand(&app.fan_called(fan.visitor), &sale).await);
    }
    assert_eq!(after[..2], stands[..2]);
    assert_eq!(after[2][0], "called");
    assert_eq!((&after[3][1], &after[4][1]), (&stands[3][1], &stands[4][1]));
    assert_eq!((&after[3][2], &after[4][2]), (&json!(0), &json!(1)));
    assert_eq!(stand(&later, &sale).await[2], 2);
}

/// As [`five`], in a room that has a place free for a third.
async fn five_of_three<'a>(app: &'a TestGate, sale: &Sale<'_>) -> (Vec<Fan<'a>>, Vec<Value>) {
    app.execute("update room set max_active = 2, settings_version = settings_version + 1").await;
    let five = five(app, sale).await;
    app.execute("update room set max_active = 3, settings_version = settings_version + 1").await;
    five
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn after_the_loss_of_everything_calls_are_refused_to_those_who_had_theirs(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 2).await;
    let path = format!("/queue/{}/place", sale.room);
    let fans: Vec<_> = (0..4).map(|_| app.fan()).collect();
    let mut tokens = Vec::new();
    for fan in &fans {
        tokens.push(fan.join(sale.room).await.body["token"].clone());
    }
    app.ticks(sale.room, 1).await;
    let mut bought = fans[0].clone();
    bought.enter(sale.room).await;
    bought.delete(&format!("/queue/{}/session", sale.room)).await.expect(StatusCode::NO_CONTENT);
    app.wipe(sale.room).await;
    // The one who was inside and left gets a new place at the end; the others get theirs back, in any order of asking.
    let again = bought.post(&path, json!({ "token": tokens[0] })).await.expect(StatusCode::CREATED).body;
    assert!(again["number"].as_u64().unwrap() > 2 << 32);
    for fan in [3, 1, 2] {
        let back = fans[fan].post(&path, json!({ "token": tokens[fan] })).await.expect(StatusCode::OK).body;
        assert_eq!(back["token"], tokens[fan]);
    }
    assert_eq!(fans[1].state(sale.room).await, "called");
    assert_eq!(app.ticks(sale.room, 9).await.iter().sum::<usize>(), 0, "the recovery window");
    app.ticks(sale.room, 2).await;
    assert_eq!(fans[2].state(sale.room).await, "called");
    assert_eq!(stand(&fans[3], &sale).await[2], 0);
    assert_eq!(stand(&bought, &sale).await[2], 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_batch_that_was_granted_is_called_although_redis_lost_everything(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 2).await;
    let path = format!("/queue/{}/place", sale.room);
    let fan = app.fan();
    let token = fan.join(sale.room).await.body["token"].clone();
    app.gate.refresh().await;
    let room = app.gate.rooms.get(sale.room).unwrap();
    tick::call(&app.gate, &room).await.unwrap();
    app.wipe(sale.room).await;
    app.pass(1);
    app.tick(sale.room).await;
    fan.post(&path, json!({ "token": token })).await.expect(StatusCode::OK);
    let frame = fan.get(&path).await.body;
    assert_eq!((&frame["state"], &frame["claimBy"]), (&json!("called"), &json!("2027-06-01T12:02:01Z")));
    fan.claim(sale.room).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn without_postgresql_nobody_new_is_called_and_the_page_says_so(postgres: PgPool) {
    let server: url::Url =
        environment("DATABASE_URL", "postgres://postgres@127.0.0.1:15432/postgres").parse().unwrap();
    let address = Relay::to(server.port().unwrap()).await;
    let there = Surroundings { postgres: Some(address.port), ..Surroundings::usual() };
    let app = TestGate::start_in(postgres, there).await;
    let sale = app.sale(6000, 2).await;
    let (fans, stands) = five(&app, &sale).await;
    address.lead_to(None);
    app.gate.refresh().await;
    app.gate.refresh().await;
    let room = app.gate.rooms.get(sale.room).unwrap();
    assert!(tick::tick(&app.gate, &room).await.is_err());
    let path = format!("/queue/{}/place", sale.room);
    let frame = fans[2].get(&path).await.expect(StatusCode::OK).body;
    assert_eq!((&frame["state"], &frame["why"]), (&json!("paused"), &json!(RECORD_AWAY)));
    // Places are given and kept all the while.
    let late = app.fan();
    late.join(sale.room).await.expect(StatusCode::CREATED);
    assert_eq!(app.count("select count(*) from batch").await, 1);

    address.lead_to(server.port());
    app.gate.refresh().await;
    assert_unchanged(&fans, &stands, &sale).await;
    assert_eq!(stand(&late, &sale).await[2], 3);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_gate_whose_clock_jumps_gives_and_takes_the_same_passes(postgres: PgPool) {
    let usual = Surroundings { follows_stores: true, ..Surroundings::usual() };
    let app = TestGate::start_in(postgres, usual.clone()).await;
    let sale = app.sale(6000, 10).await;
    for (hours, other_first) in [(1, false), (1, true), (-1, false), (-1, true)] {
        let jumped = app
            .another_in(Surroundings { clock: platform::clock::FakeClock::new(beginning()), ..usual.clone() })
            .await;
        jumped.clock.advance(TimeDelta::hours(hours));
        let (one, two) = if other_first { (&jumped, &app) } else { (&app, &jumped) };
        let mut fan = one.fan();
        fan.number(sale.room).await;
        // Called by the one, claimed at the one, exchanged at the other.
        let room = one.gate.rooms.get(sale.room).unwrap();
        let called =
            queue_gate::line::with_recovery(&one.gate, room.id, || tick::tick(&one.gate, &room)).await;
        assert_eq!(called.unwrap().called, 1);
        let token = fan.claim(sale.room).await;
        let path = format!("/queue/{}/session", sale.room);
        let other = two.fan_called(fan.visitor);
        other.post(&path, json!({ "admissionToken": token })).await.expect(StatusCode::OK);
        let apart = one.gate.clock.now() - two.gate.clock.now();
        assert!(apart.abs() < TimeDelta::seconds(5), "{apart}");
        app.execute(
            "update slot set state = 'ended', ended_at = now(), cause = 'left' where state <> 'ended'",
        )
        .await;
        app.execute("update batch set granted_at = granted_at - interval '2 minutes', applied_at = applied_at - interval '2 minutes'").await;
        fan.cookies.clear();
    }
}
