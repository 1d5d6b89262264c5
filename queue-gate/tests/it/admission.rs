//! Who is called, across several gates and through faults.

use chrono::TimeDelta;
use contracts::{
    id::{RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use futures_util::future::join_all;
use http::StatusCode;
use queue_gate::{
    admission::{
        Spot,
        front::store::{APPLIED_AT_ONCE, LOOKED_AT_ONCE, snapshot},
    },
    lane::Shares,
    line::{self, Joining, PlaceState, store},
};
use serde_json::json;
use sqlx::PgPool;

use crate::app::{Fan, TestGate};

async fn line(app: &TestGate, room: RoomId, fans: usize) -> Vec<Fan<'_>> {
    let fans: Vec<_> = (0..fans).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.join(room).await.expect(StatusCode::CREATED);
    }
    fans
}

/// Takes places for `many` new visitors at once. Who they are, and their numbers.
async fn crowd(
    app: &TestGate,
    room: RoomId,
    lane: Option<Lane>,
    many: usize,
) -> (Vec<VisitorId>, Vec<PlaceNumber>) {
    let joining = |_| Joining { visitor: app.gate.ids.next(), lane, account: None };
    let joining: Vec<_> = (0..many).map(joining).collect();
    let (redis, now, shares) = (&app.gate.redis, app.gate.room_clock.now(), Shares::default());
    let join = || store::join(redis, room, now, &shares, &joining);
    let joined = line::with_recovery(&app.gate, room, join).await.unwrap();
    let visitors = joining.iter().map(|joining| joining.visitor).collect();
    (visitors, joined.into_iter().map(|joined| joined.number).collect())
}

/// The called numbers in the order in which they were granted.
#[expect(clippy::disallowed_methods, reason = "a question that only this test asks")]
async fn called(app: &TestGate) -> Vec<i64> {
    let sql = "select place from batch, unnest(places) as place order by tick";
    sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql)).fetch_all(&app.postgres).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn fans_are_called_in_the_order_of_their_numbers(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 100).await.room;
    let fans = line(&app, room, 8).await;
    app.ticks(room, 4).await;
    let called = called(&app).await;
    assert!(called.len() >= 4 && called.is_sorted(), "{called:?}");
    let states = join_all(fans.iter().map(|fan| fan.state(room))).await;
    let (front, back) = states.split_at(called.len());
    assert!(front.iter().all(|state| state == "called"), "{states:?}");
    assert!(back.iter().all(|state| state == "waiting"), "{states:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_batch_that_is_applied_in_parts_is_applied_whole_and_once(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (per_second, waiting) = (2 * APPLIED_AT_ONCE + 50, 3 * APPLIED_AT_ONCE);
    let room = app.sale(u32::try_from(60 * per_second).unwrap(), 10_000).await.room;
    let (redis, now) = (&app.gate.redis, app.gate.room_clock.now());
    let (visitors, numbers) = crowd(&app, room, None, waiting).await;

    let called = app.ticks(room, 1).await[0];
    assert!(called > 2 * APPLIED_AT_ONCE, "{called} were called at once");
    let states = async || {
        let standings = store::look(redis, room, &numbers).await.unwrap();
        standings.into_iter().map(|standing| standing.unwrap().state).collect::<Vec<_>>()
    };
    let (front, back) = (vec![PlaceState::Called; called], vec![PlaceState::Waiting; waiting - called]);
    assert_eq!(states().await, [front, back].concat());
    let pace: Vec<String> = redis::cmd("ZRANGE")
        .arg(format!("q:{{{room}}}:pace"))
        .arg(0)
        .arg(-1)
        .query_async(&mut redis.clone())
        .await
        .unwrap();
    assert_eq!(pace, [format!("1:{called},0,0,0,0,0,0,0")]);
    // The answer was lost: the same batch comes once more, when somebody has gone already.
    store::leave(redis, room, now, visitors[0], None, None).await.unwrap();
    let before = states().await;
    app.execute("update batch set applied_at = null").await;
    app.tick(room).await;
    assert_eq!(states().await, before);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_front_that_is_read_in_parts_is_read_whole_and_who_is_away_is_parked(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let (redis, grace) = (&app.gate.redis, TimeDelta::seconds(30));
    let vip = Lane::new(1).unwrap();
    // In each lane some who will not be seen again, then more who are here: each lane takes several parts.
    let gone = [crowd(&app, room, None, 70).await.1, crowd(&app, room, Some(vip), 40).await.1];
    app.pass(31);
    let here = [
        crowd(&app, room, None, 2 * LOOKED_AT_ONCE + 30).await.1,
        crowd(&app, room, Some(vip), LOOKED_AT_ONCE + 20).await.1,
    ];
    let want = LOOKED_AT_ONCE + 10;
    let read = || snapshot(redis, room, app.gate.room_clock.now(), grace, want);
    let front = read().await.unwrap();
    let spots = |lane: Lane, numbers: &[PlaceNumber]| {
        let spot = |number: &PlaceNumber| Spot { lane, number: *number };
        numbers.iter().take(want).map(spot).collect::<Vec<_>>()
    };
    let expected = [spots(Lane::MAIN, &here[0]), spots(vip, &here[1])].concat();
    assert_eq!((front.parked, &front.places), (110, &expected));
    // Nobody is left in front who is away, and looking again finds the same.
    let again = read().await.unwrap();
    assert_eq!((again.parked, &again.places), (0, &expected));
    let parked = store::look(redis, room, &gone.concat()).await.unwrap();
    assert!(parked.iter().all(|standing| standing.as_ref().unwrap().state == PlaceState::Away));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn three_gates_together_never_exceed_the_rate_or_the_cap(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (second, third) = (app.another().await, app.another().await);
    let sale = app.sale(600, 1000).await;
    let fans = line(&app, sale.room, 150).await;
    let path = format!("/room/{}", sale.room);
    for second_passed in 0..70 {
        app.pass(1);
        if second_passed % 20 == 0 {
            join_all(fans.iter().map(|fan| fan.state(sale.room))).await;
        }
        let ticks = [&app, &second, &third].map(|gate| gate.tick(sale.room));
        join_all(ticks).await;
        match second_passed {
            4 => sale
                .organizer
                .put(&path, json!({ "version": 1, "admitPerMinute": 60 }))
                .await
                .expect(StatusCode::OK),
            // Once the first minute's calls have left the window the new rate calls again.
            _ => continue,
        };
    }
    // The calls of any half-open minute, seen from each of its ends; the rate was 600 at first, 60 from the fifth second on.
    let most = "select coalesce(max(calls), 0)::bigint from (select sum(cardinality(places)) over (order by granted_at
        range between interval '59.999999 seconds' preceding and current row) as calls, granted_at from batch) as minute";
    assert!(app.count(most).await <= 70, "before the change");
    let after =
        format!("{most} where granted_at >= timestamptz '2027-06-01 12:00:06Z' + interval '60 seconds'");
    assert!(app.count(&after).await <= 60);
    assert!(called(&app).await.is_sorted());
    assert_eq!(
        app.count("select count(*) - count(distinct place) from slot").await,
        0,
        "somebody was called twice"
    );
    let late = "select coalesce(sum(cardinality(places)), 0)::bigint from batch where granted_at > timestamptz '2027-06-01 12:00:05Z'";
    assert!(app.count(late).await <= 60);
    assert!(app.count(late).await > 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_cap_binds_and_a_lowered_one_expels_nobody(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (second, third) = (app.another().await, app.another().await);
    let sale = app.sale(6000, 7).await;
    line(&app, sale.room, 20).await;
    let path = format!("/room/{}", sale.room);
    let active = "select count(*) from slot where state <> 'ended'";
    for _ in 0..5 {
        app.pass(1);
        join_all([&app, &second, &third].map(|gate| gate.tick(sale.room))).await;
        assert!(app.count(active).await <= 7);
    }
    assert_eq!(app.count(active).await, 7);
    sale.organizer.put(&path, json!({ "version": 1, "maxActive": 3 })).await.expect(StatusCode::OK);
    app.ticks(sale.room, 3).await;
    assert_eq!(app.count(active).await, 7);
    let live = sale.organizer.get(&path).await.body["live"].clone();
    assert_eq!(
        (&live["called"], &live["waiting"], &live["admittedLastMinute"]),
        (&json!(7), &json!(13), &json!(7))
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_no_show_returns_its_slot_and_is_called_once_more(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(6000, 1).await.room;
    let fans = line(&app, room, 2).await;
    app.ticks(room, 1).await;
    assert_eq!(fans[0].state(room).await, "called");
    app.pass(121);
    // The second one is here, the first is not.
    assert_eq!(fans[1].state(room).await, "waiting");
    app.tick(room).await;
    assert_eq!(fans[1].state(room).await, "called");
    let no_shows = "select count(*) from slot where cause = 'no_show'";
    assert_eq!(app.count(no_shows).await, 1);
    // Back in front, and called again when there is room; a second no-show is over.
    assert_eq!(fans[0].state(room).await, "waiting");
    app.pass(121);
    assert_eq!(fans[0].state(room).await, "waiting");
    app.tick(room).await;
    assert_eq!(fans[0].state(room).await, "called");
    app.pass(121);
    app.tick(room).await;
    assert_eq!(app.count(no_shows).await, 3);
    assert_eq!(fans[0].get(&format!("/queue/{room}/place")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_is_away_is_parked_and_comes_back_in_front(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fans = line(&app, room, 3).await;
    app.pass(31);
    assert_eq!(fans[2].state(room).await, "waiting");
    app.tick(room).await;
    // The ghosts were passed over.
    assert_eq!(fans[2].state(room).await, "called");
    let later = app.fan();
    later.number(room).await;
    let path = format!("/queue/{room}/place");
    assert_eq!(later.get(&path).await.body["ahead"], 0);
    assert_eq!(fans[1].get(&path).await.body["ahead"], 0);
    assert_eq!(later.get(&path).await.body["ahead"], 1, "the returned one is in front of the later one");
    assert_eq!(fans[0].get(&path).await.body["behind"], 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_pause_calls_nobody_and_shows_its_reason(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let fans = line(&app, sale.room, 1).await;
    let path = format!("/room/{}", sale.room);
    sale.organizer
        .post(&format!("{path}/pause"), json!({ "reason": "A fire alarm" }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(app.ticks(sale.room, 3).await, [0, 0, 0]);
    let frame = fans[0].get(&format!("/queue/{}/place", sale.room)).await.body;
    assert_eq!((&frame["state"], &frame["why"]), (&json!("paused"), &json!("A fire alarm")));
    sale.organizer.post(&format!("{path}/resume"), json!({})).await.expect(StatusCode::OK);
    app.ticks(sale.room, 1).await;
    assert_eq!(fans[0].state(sale.room).await, "called");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_grant_that_was_not_applied_is_applied_by_the_next_tick(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fans = line(&app, room, 1).await;
    app.ticks(room, 1).await;
    // As if the gate had died between the line's answer and the mark: once with the line told, once without.
    app.execute("update batch set applied_at = null; update slot set visitor_id = null, until = null").await;
    app.ticks(room, 1).await;
    assert_eq!(
        app.count("select count(*) from slot where state = 'called' and visitor_id is not null").await,
        1
    );
    assert_eq!(app.count("select count(*) from batch where applied_at is null").await, 0);
    assert!(!fans[0].claim(room).await.is_empty());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_call_survives_the_loss_of_the_line(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(6000, 2).await.room;
    let fans = line(&app, room, 3).await;
    let token = fans[0].join(room).await.body["token"].clone();
    app.ticks(room, 1).await;
    let mut inside = fans[1].clone();
    inside.enter(room).await;
    app.pass(100);
    app.wipe(room).await;
    // The called one is called still, with a full window; the one inside is inside.
    let frame = fans[0].get(&format!("/queue/{room}/place")).await.body;
    assert_eq!((&frame["state"], &frame["claimBy"]), (&json!("called"), &json!("2027-06-01T12:03:41Z")));
    assert_eq!(inside.state(room).await, "active");
    let again = fans[0].post(&format!("/queue/{room}/place"), json!({ "token": token })).await.body;
    assert_eq!(again["token"], token);
    inside.delete(&format!("/queue/{room}/session")).await.expect(StatusCode::NO_CONTENT);
    app.pass(1);
    // A place that is over does not come back as a new turn.
    app.wipe(room).await;
    app.tick(room).await;
    assert_eq!(app.count("select count(*) from slot where state <> 'ended'").await, 1);
    assert_eq!(fans[0].state(room).await, "called");
}
