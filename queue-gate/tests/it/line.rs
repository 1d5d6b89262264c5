//! Places in line.

use std::collections::HashSet;

use futures_util::future::join_all;
use http::{StatusCode, header};
use queue_gate::problems;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestGate;

const FIRST: u64 = 1 << 32;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_hundred_fans_who_all_ask_four_times_get_a_hundred_numbers(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let room = app.sale(60, 10).await.room;
    other.gate.refresh().await;
    let fans: Vec<_> = (0..100).map(|_| app.fan().visitor).collect();
    let ask = |n: usize| {
        let (gate, visitor) = (if n.is_multiple_of(2) { &app } else { &other }, fans[n % 100]);
        async move { (visitor, gate.fan_called(visitor).number(room).await) }
    };
    let answers = join_all((0..400).map(ask)).await;
    let places: HashSet<_> = answers.iter().copied().collect();
    assert_eq!(places.len(), 100, "somebody has two numbers");
    let numbers: HashSet<_> = answers.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, (FIRST + 1..=FIRST + 100).collect());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_first_answer_makes_a_visitor_and_a_refresh_finds_the_place(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let mut fan = app.fan();
    fan.cookies.clear();
    let first = fan.join(room).await.expect(StatusCode::CREATED);
    let cookie = first.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-usher_visitor="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000"), "{cookie}");
    fan.cookies.push(cookie.split(';').next().unwrap().to_owned());
    let again = fan.join(room).await.expect(StatusCode::OK);
    assert_eq!(again.body, first.body);
    assert!(again.headers.get(header::SET_COOKIE).is_none());
    let frame = fan.get(&format!("/queue/{room}/place")).await.expect(StatusCode::OK).body;
    assert_eq!(
        (&frame["state"], &frame["ahead"], &frame["behind"]),
        (&json!("waiting"), &json!(0), &json!(0))
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn leaving_gives_the_place_up(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let (one, two) = (app.fan(), app.fan());
    let path = format!("/queue/{room}/place");
    let first = one.number(room).await;
    two.number(room).await;
    one.delete(&path).await.expect(StatusCode::NO_CONTENT);
    one.delete(&path).await.expect(StatusCode::NO_CONTENT);
    one.get(&path).await.expect_problem(problems::NO_PLACE);
    assert_eq!(two.get(&path).await.body["ahead"], 0);
    assert!(one.number(room).await > first + 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn unknown_and_closed_rooms_take_nobody(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let fan = app.fan();
    let unknown = app.gate.ids.next();
    fan.join(unknown).await.expect_problem(problems::UNKNOWN_ROOM);
    fan.get(&format!("/queue/{unknown}/place")).await.expect_problem(problems::UNKNOWN_ROOM);
    fan.post(&format!("/queue/{unknown}/pass"), json!({})).await.expect_problem(problems::UNKNOWN_ROOM);
    fan.join(sale.room).await.expect(StatusCode::CREATED);
    sale.organizer.post(&format!("/room/{}/close", sale.room), json!({})).await.expect(StatusCode::OK);
    fan.join(sale.room).await.expect_problem(problems::ROOM_CLOSED);
    assert_eq!(fan.state(sale.room).await, "ended");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_wiped_line_comes_back_from_what_fans_carry(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let (one, two) = (app.fan(), app.fan());
    let first = one.join(room).await.body;
    let second = two.join(room).await.body;
    app.wipe(room).await;

    // Somebody new joins before the others are back: behind them all the same.
    let new = app.fan();
    assert_eq!(new.number(room).await, 2 * FIRST + 1);
    let path = format!("/queue/{room}/place");
    for (fan, place) in [(&two, &second), (&one, &first)] {
        let back = fan.post(&path, json!({ "token": place["token"] })).await.expect(StatusCode::OK).body;
        assert_eq!(back["number"], place["number"]);
        assert_eq!(back["token"], place["token"]);
    }
    let ahead = async |fan: &crate::app::Fan<'_>| fan.get(&path).await.body["ahead"].as_u64().unwrap();
    assert_eq!((ahead(&one).await, ahead(&two).await, ahead(&new).await), (0, 1, 2));
    // A token is worth nothing to anybody else.
    let thief = app.fan().post(&path, json!({ "token": first["token"] })).await.body;
    assert!(thief["number"].as_u64().unwrap() > 2 * FIRST);
    assert_eq!(app.count("select count(*) from room_log where kind = 'epochRaised'").await, 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_joined_anew_after_a_loss_still_gets_the_old_place_back(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let fan = app.fan();
    let old = fan.join(room).await.body;
    app.wipe(room).await;
    assert!(fan.number(room).await > 2 * FIRST);
    let path = format!("/queue/{room}/place");
    let back = fan.post(&path, json!({ "token": old["token"] })).await.body;
    assert_eq!(back["number"], old["number"]);
    let line = fan.get(&path).await.body;
    assert_eq!((&line["ahead"], &line["behind"]), (&json!(0), &json!(0)), "the second number is given up");
}
