//! Stores that stand still for some seconds and go on, and a Redis that dies in the middle of a rush: who was answered was
//! told the truth, who was not is answered soon, and nobody loses or changes a place.

use std::{sync::Arc, time::Duration};

use contracts::id::RoomId;
use devstack::{
    Home,
    port::Port,
    postgres::{self, Durability, Postgres},
    redis::Redis,
};
use futures_util::future::join_all;
use http::StatusCode;
use platform::http::kinds;
use queue_gate::{
    admission::run,
    line::epoch,
    live::{RECORD_AWAY, tell},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::time::Instant;

use crate::{
    app::{Answer, Fan, Sale, TestGate},
    live::{Socket, connect, frame},
    surroundings::Surroundings,
};

/// How long a gate waits for Redis in these tests, as it does where nobody says otherwise.
const REDIS_TIMEOUT: &str = "500ms";

async fn redis(home: &Arc<Home>) -> Redis {
    let home = home.clone();
    let started = tokio::task::spawn_blocking(move || Redis::start(&home, "redis", Port::any()?));
    started.await.unwrap().unwrap()
}

fn beside(redis: &Redis) -> Surroundings {
    let arguments = ["--redis-timeout", REDIS_TIMEOUT].map(str::to_owned).to_vec();
    Surroundings { redis: redis.url(), arguments, ..Surroundings::usual() }
}

/// Number, state and places ahead, as the place itself says it.
async fn stand(fan: &Fan<'_>, room: RoomId) -> Value {
    let frame = fan.get(&format!("/queue/{room}/place")).await.expect(StatusCode::OK).body;
    json!([frame["number"], frame["state"], frame["ahead"]])
}

async fn stands(fans: &[Fan<'_>], room: RoomId) -> Vec<Value> {
    let mut all = Vec::new();
    for fan in fans {
        all.push(stand(fan, room).await);
    }
    all
}

/// One turn of the gate's loop: the tick where it is due, then everybody is told.
async fn turn(app: &TestGate, room: RoomId) {
    app.pass(1);
    Box::pin(run::one(&app.gate, app.gate.rooms.get(room).unwrap())).await;
}

/// The line answers again, after whatever it takes.
async fn until_answered(app: &TestGate, room: RoomId) {
    let asks = async { while epoch::recover(&app.gate, room).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(20), asks).await.expect("Redis answers again");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_redis_that_stands_still_for_two_seconds_loses_and_reorders_nobody(postgres: PgPool) {
    let home = Arc::new(Home::temporary().unwrap());
    let redis = redis(&home).await;
    let app = TestGate::start_in(postgres, beside(&redis)).await;
    let sale = app.sale(6000, 2).await;
    let room = sale.room;
    let fans: Vec<_> = (0..40).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.join(room).await.expect(StatusCode::CREATED);
    }
    app.ticks(room, 1).await;
    let before = stands(&fans, room).await;
    let mut sockets: Vec<Socket> = Vec::new();
    for fan in &fans[2..6] {
        sockets.push(connect(&app, fan, room).await);
    }
    for socket in &mut sockets {
        frame(socket).await;
    }

    redis.say("CLIENT PAUSE 2000 ALL").unwrap();
    // Nobody is held until it is over: who asks is refused, and a turn that fails does no harm.
    let late: Vec<_> = (0..20).map(|_| app.fan()).collect();
    let (refused, ()) = tokio::join!(join_all(late.iter().map(|fan| fan.join(room))), turn(&app, room));
    for answer in &refused {
        answer.expect_problem(kinds::UNAVAILABLE);
        assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
    }

    until_answered(&app, room).await;
    // The very next turn tells everybody where they stand: where they stood.
    turn(&app, room).await;
    for (socket, before) in sockets.iter_mut().zip(&before[2..6]) {
        let told = frame(socket).await;
        assert_eq!(json!([told["number"], told["state"], told["ahead"]]), *before);
    }
    assert_eq!(stands(&fans, room).await, before);
    // Some of the refused may hold a place all the same: they find it when they ask again, and each has one.
    let mut numbers = Vec::new();
    for fan in &late {
        numbers.push(fan.number(room).await);
    }
    let last = before.last().unwrap()[0].as_u64().unwrap();
    assert!(numbers.iter().all(|number| *number > last), "{numbers:?} and {last}");
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), late.len());
    let live = sale.organizer.get(&format!("/room/{room}")).await.body["live"].clone();
    assert_eq!((&live["waiting"], &live["called"]), (&json!(58), &json!(2)));
    assert_eq!(
        app.count("select count(*) from room_log where kind = 'epochRaised'").await,
        1,
        "nothing was lost"
    );
}

/// What a fan of a rush was told: who they are, and what the answer was, if there was one.
struct Rushed<'a> {
    fan: Fan<'a>,
    told: Option<Value>,
}

/// Fans who all come at once, while Redis dies and is started again on what it had written.
async fn rush(app: &TestGate, redis: Redis, room: RoomId) -> (Vec<Rushed<'_>>, Redis) {
    let (answered, enough) = tokio::sync::watch::channel(0);
    let comes = async |_| {
        let fan = app.fan();
        let answer = fan.join(room).await;
        answered.send_modify(|answered| *answered += u32::from(answer.status.is_success()));
        Rushed { fan, told: answer.status.is_success().then_some(answer.body) }
    };
    let many = async {
        // Some at a time, so that there is somebody before, in and after the crash.
        let mut all = Vec::new();
        for _ in 0..40 {
            all.extend(join_all((0..20).map(&comes)).await);
        }
        all
    };
    let crash = async {
        let mut enough = enough.clone();
        enough.wait_for(|answered| *answered >= 200).await.unwrap();
        let crash = move || {
            let mut redis = redis;
            redis.crash().map(|()| redis)
        };
        tokio::task::spawn_blocking(crash).await.unwrap().unwrap()
    };
    tokio::join!(many, crash)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn whoever_was_answered_in_a_rush_was_told_the_truth_though_redis_was_killed(postgres: PgPool) {
    let home = Arc::new(Home::temporary().unwrap());
    let redis = redis(&home).await;
    let app = TestGate::start_in(postgres, beside(&redis)).await;
    let sale = app.sale(6000, 5).await;
    let room = sale.room;
    let waiting = app.fan();
    waiting.number(room).await;
    app.tick(room).await;
    let mut socket = connect(&app, &app.fan_called(waiting.visitor), room).await;
    assert_eq!(frame(&mut socket).await["state"], "called");

    let (rushed, _redis) = rush(&app, redis, room).await;
    until_answered(&app, room).await;
    let answered = rushed.iter().filter(|one| one.told.is_some()).count();
    assert!((200..=800).contains(&answered), "{answered}");
    // Everybody asks again, in any order, with what they were given: all have the number that they were told.
    let mut numbers = Vec::new();
    for one in rushed.iter().rev() {
        let token = one.told.as_ref().map(|told| told["token"].clone());
        let again: Answer = one.fan.post(&format!("/queue/{room}/place"), json!({ "token": token })).await;
        assert!(again.status.is_success(), "{again:?}");
        if let Some(told) = &one.told {
            assert_eq!(again.body["number"], told["number"], "{again:?}");
        }
        numbers.push((again.body["number"].as_u64().unwrap(), one));
    }
    numbers.sort_unstable_by_key(|(number, _)| *number);
    assert!(numbers.windows(2).all(|two| two[0].0 < two[1].0), "two hold one number");
    // And each stands behind exactly those with a lower one.
    for (ahead, (number, one)) in numbers.iter().enumerate() {
        assert_eq!(stand(&one.fan, room).await, json!([number, "waiting", ahead]));
    }
    assert_eq!(waiting.state(room).await, "called");
    // They are called in that order, once those who were away for a moment have had the time to come back.
    app.ticks(room, 12).await;
    let mut called = Vec::new();
    for (number, one) in &numbers[..6] {
        called.push((*number, one.fan.state(room).await));
    }
    let states: Vec<_> = called.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states, ["called", "called", "called", "called", "waiting", "waiting"]);
}

/// A PostgreSQL of the test's own, with a database in it.
async fn database(home: &Arc<Home>) -> (Postgres, PgPool) {
    let home = home.clone();
    let server = move || {
        let server = Postgres::start(&home, Port::any().unwrap(), Durability::Thrown).unwrap();
        assert!(postgres::make_database(&server.url("postgres"), "gate").unwrap());
        server
    };
    let server = tokio::task::spawn_blocking(server).await.unwrap();
    let pool = PgPool::connect(&server.url("gate")).await.unwrap();
    platform::postgres::MIGRATOR.run(&pool).await.unwrap();
    (server, pool)
}

/// Takes a place and looks at it, at the event and at the queue page: what needs no record.
async fn comes(app: &TestGate, sale: &Sale<'_>) {
    let fan = app.fan();
    let number = fan.join(sale.room).await.expect(StatusCode::CREATED).body["number"].clone();
    assert_eq!(stand(&fan, sale.room).await[0], number);
    fan.get(&format!("/event/{}/seats", sale.event))
        .await
        .expect_problem(queue_gate::problems::QUEUE_REQUIRED);
    assert_eq!(fan.text(&format!("/queue/{}", sale.room)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_postgresql_that_stands_still_for_five_seconds_holds_up_nobody_in_line_and_is_back_at_once() {
    let home = Arc::new(Home::temporary().unwrap());
    let (server, pool) = database(&home).await;
    let arguments = ["--postgres-patience", "800ms"].map(str::to_owned).to_vec();
    let there = Surroundings { postgres: Some(server.port()), arguments, ..Surroundings::usual() };
    let app = TestGate::start_in(pool, there).await;
    let sale = app.sale(6000, 60).await;
    let room = sale.room;
    let called: Vec<_> = (0..60).map(|_| app.fan()).collect();
    for fan in &called {
        fan.join(room).await.expect(StatusCode::CREATED);
    }
    app.ticks(room, 1).await;
    let waits = app.fan();
    waits.join(room).await.expect(StatusCode::CREATED);
    let mut socket = connect(&app, &waits, room).await;
    frame(&mut socket).await;

    let paused = server.pause();
    let began = Instant::now();
    let claim = async |fan: &Fan<'_>| fan.post(&format!("/queue/{room}/pass"), json!({})).await;
    let mut slowest = Duration::ZERO;
    while began.elapsed() < Duration::from_secs(5) {
        let asked = Instant::now();
        comes(&app, &sale).await;
        slowest = slowest.max(asked.elapsed());
        // What needs the record is refused, all of it, though sixty ask at once and there are four connections.
        let refused = join_all(called.iter().map(claim)).await;
        for answer in &refused {
            answer.expect_problem(kinds::UNAVAILABLE);
        }
        assert!(app.gate.postgres.size() <= 4);
        // And those who listen are told, by every turn.
        app.gate.refresh().await;
        turn(&app, room).await;
        assert_eq!(frame(&mut socket).await["number"], stand(&waits, room).await[0]);
    }
    assert!(slowest < Duration::from_secs(1), "who waits in line does not wait for the record: {slowest:?}");
    assert_eq!(waits.get(&format!("/queue/{room}/place")).await.body["why"], json!(RECORD_AWAY));

    drop(paused);
    let back = async { while !claim(&called[0]).await.status.is_success() {} };
    tokio::time::timeout(Duration::from_secs(2), back).await.expect("back within two seconds");
    for fan in &called[1..] {
        fan.claim(room).await;
    }
    assert_eq!(app.count("select count(*) from slot where state = 'active'").await, 60, "each of them once");
    app.gate.refresh().await;
    turn(&app, room).await;
    while frame(&mut socket).await["state"] != "waiting" {}
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_tick_that_waits_for_the_record_keeps_nobody_from_hearing(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 1).await;
    let room = sale.room;
    let fan = app.fan();
    fan.number(room).await;
    let mut socket = connect(&app, &fan, room).await;
    assert_eq!(frame(&mut socket).await["state"], "waiting");
    // Somebody holds the room's row, so that no batch is granted until they let go.
    let mut held = app.postgres.begin().await.unwrap();
    let lock = format!("select from room where room_id = '{room}' for update");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut *held).await.unwrap();
    let ticks = turn(&app, room);
    let hears = async {
        let told = frame(&mut socket).await;
        assert_eq!(told["state"], "waiting", "nobody is called yet");
        held.rollback().await.unwrap();
    };
    tokio::join!(ticks, hears);
    tell::tell(&app.gate, &app.gate.rooms.get(room).unwrap()).await;
    assert_eq!(frame(&mut socket).await["state"], "called");
}
