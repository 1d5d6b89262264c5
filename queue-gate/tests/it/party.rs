//! Friends who wait together.

use futures_util::future::join_all;
use http::{Method, StatusCode};
use queue_gate::{party, problems};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, Fan, TestGate};

async fn make(fan: &Fan<'_>, room: contracts::id::RoomId) -> String {
    let made = fan.post(&format!("/queue/{room}/party"), json!({})).await.expect(StatusCode::OK);
    made.body["party"].as_str().unwrap().to_owned()
}

async fn join(fan: &Fan<'_>, room: contracts::id::RoomId, party: &str) -> Answer {
    fan.post(&format!("/queue/{room}/party/member"), json!({ "party": party })).await
}

async fn frame(fan: &Fan<'_>, room: contracts::id::RoomId) -> Value {
    fan.get(&format!("/queue/{room}/place")).await.expect(StatusCode::OK).body
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_party_keeps_the_best_place_and_the_others_are_given_up(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    app.execute("update event set ticket_limit = 4").await;
    let fans: Vec<_> = (0..6).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.join(room).await.expect(StatusCode::CREATED);
    }
    // The third makes it; the fifth joins and comes forward; the first joins and takes all of them along.
    let party = make(&fans[2], room).await;
    assert_eq!(make(&fans[2], room).await, party, "made once");
    let third = fans[2].number(room).await;
    let joined = join(&fans[4], room, &party).await.expect(StatusCode::OK).body;
    assert_eq!(
        (&joined["number"], &joined["members"], &joined["limit"]),
        (&json!(third), &json!(2), &json!(4))
    );
    let first = fans[0].number(room).await;
    for _ in 0..2 {
        let joined = join(&fans[0], room, &party).await.expect(StatusCode::OK).body;
        assert_eq!((&joined["number"], &joined["members"]), (&json!(first), &json!(3)));
    }
    for member in [0, 2, 4] {
        let seen = frame(&fans[member], room).await;
        assert_eq!((&seen["number"], &seen["ahead"], &seen["behind"]), (&json!(first), &json!(0), &json!(3)));
    }
    // A friend without a place of their own, and then it is full.
    let newcomer = app.fan();
    join(&newcomer, room, &party).await.expect(StatusCode::OK);
    let refused = join(&fans[3], room, &party).await;
    refused.expect_problem(problems::PARTY_FULL);
    assert_eq!(refused.body["limit"], 4);
    assert_eq!(frame(&fans[3], room).await["number"], fans[3].number(room).await);
    // Called together, as one: one slot, one pass, for whoever claims first.
    app.ticks(room, 1).await;
    for member in [&fans[0], &fans[2], &fans[4], &newcomer] {
        assert_eq!(member.state(room).await, "called");
    }
    join(&fans[1], room, &party).await.expect_problem(problems::PARTY_CALLED);
    let mut inside = fans[4].clone();
    inside.enter(room).await;
    assert_eq!(app.count("select count(*) from slot").await, 1);
    assert_eq!(fans[2].state(room).await, "active");
    let second = fans[2].post(&format!("/queue/{room}/pass"), json!({})).await;
    assert!(second.status.is_client_error(), "{second:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_party_comes_back_from_any_token_of_its_members(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let fans: Vec<_> = (0..4).map(|_| app.fan()).collect();
    let mut tokens = Vec::new();
    for fan in &fans {
        tokens.push(fan.join(room).await.body["token"].clone());
    }
    let party = make(&fans[3], room).await;
    join(&fans[1], room, &party).await.expect(StatusCode::OK);
    join(&fans[2], room, &party).await.expect(StatusCode::OK);
    let second = frame(&fans[1], room).await["number"].clone();
    app.wipe(room).await;
    // Tokens from before the merge, of places that were given up: they do not come back, the party's place does.
    let path = format!("/queue/{room}/place");
    for member in [3, 2, 1] {
        let back =
            fans[member].post(&path, json!({ "token": tokens[member] })).await.expect(StatusCode::OK).body;
        assert_eq!(back["number"], second, "member {member}");
    }
    let first = fans[0].post(&path, json!({ "token": tokens[0] })).await.body;
    assert_eq!((&first["ahead"], &frame(&fans[0], room).await["behind"]), (&json!(0), &json!(1)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_merge_that_stands_is_told_to_the_line_by_the_next_tick(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fans: Vec<_> = (0..3).map(|_| app.fan()).collect();
    let mut numbers = Vec::new();
    for fan in &fans {
        numbers.push(fan.number(room).await);
    }
    let party = make(&fans[1], room).await;
    join(&fans[2], room, &party).await.expect(StatusCode::OK);
    // As if the gate had died after the commit: the line knows nothing of it, and a call comes in between.
    app.wipe(room).await;
    app.execute("update merged_place set applied_at = null").await;
    app.execute("update room set epoch_since = epoch_since - interval '1 hour'").await;
    let tokens = app.gate.rooms.get(room).unwrap();
    let places: Vec<_> = fans
        .iter()
        .zip(&numbers)
        .map(|(fan, number)| {
            (contracts::place::PlaceNumber::from_raw(*number), contracts::place::Lane::MAIN, fan.visitor)
        })
        .collect();
    queue_gate::line::restore::restore_all(&app.gate, &tokens, &places).await.unwrap();
    app.tick(room).await;
    assert_eq!(app.count("select count(*) from merged_place where applied_at is null").await, 0);
    assert_eq!(frame(&fans[2], room).await["number"], json!(numbers[1]));
    party::finish::finish(&app.gate, room).await.unwrap();
    assert_eq!(frame(&fans[2], room).await["number"], json!(numbers[1]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_merge_with_a_place_that_was_called_is_undone(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (ada, bob) = (app.fan(), app.fan());
    let (first, second) = (ada.number(room).await, bob.number(room).await);
    let party = make(&bob, room).await;
    app.ticks(room, 1).await;
    assert_eq!(ada.state(room).await, "called");
    join(&ada, room, &party).await.expect_problem(problems::PARTY_CALLED);
    // As if the call had come between the commit of the merge and the line's hearing of it.
    let id = contracts::party::verify(&party, room, &app.gate.keys.secret).unwrap();
    app.execute(&format!(
        "insert into party_member values ('{room}', '{}', '{id}', now());
         insert into merged_place values ('{room}', {second}, {first}, 0, '{id}', '{}', true, now(), null);
         update party set place = {first}",
        ada.visitor, ada.visitor
    ))
    .await;
    app.tick(room).await;
    assert_eq!(app.count("select count(*) from merged_place").await, 0);
    assert_eq!(app.count("select count(*) from party_member").await, 1);
    assert_eq!(app.count("select place from party").await, i64::try_from(second).unwrap());
    assert_eq!((ada.state(room).await.as_str(), bob.state(room).await.as_str()), ("called", "waiting"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_leaves_a_party_leaves_the_place_to_the_others(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (ada, bob, eve) = (app.fan(), app.fan(), app.fan());
    ada.number(room).await;
    let party = make(&ada, room).await;
    let place = frame(&ada, room).await["number"].clone();
    join(&bob, room, &party).await.expect(StatusCode::OK);
    let path = format!("/queue/{room}/place");
    for _ in 0..2 {
        ada.delete(&path).await.expect(StatusCode::NO_CONTENT);
    }
    ada.get(&path).await.expect_problem(problems::NO_PLACE);
    assert_eq!(frame(&bob, room).await["number"], place);
    // Called in the name of the one who stayed.
    app.ticks(room, 1).await;
    assert!(!bob.claim(room).await.is_empty());
    // The last one takes the place along; nobody joins an empty party.
    let other = app.fan();
    other.number(room).await;
    let empty = make(&other, room).await;
    other.delete(&path).await.expect(StatusCode::NO_CONTENT);
    join(&eve, room, &empty).await.expect_problem(problems::UNKNOWN_PARTY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn friends_who_join_at_the_same_moment_end_at_one_place(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let room = app.sale(60, 1).await.room;
    app.execute("update event set ticket_limit = 4").await;
    other.gate.refresh().await;
    let fans: Vec<_> = (0..8).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.number(room).await;
    }
    let party = make(&fans[7], room).await;
    let race = fans[..7].iter().enumerate().map(|(n, fan)| {
        let gate = if n.is_multiple_of(2) { &app } else { &other };
        let (fan, party) = (gate.fan_called(fan.visitor), party.clone());
        async move { join(&fan, room, &party).await }
    });
    let answers = join_all(race).await;
    // The ticket limit is four: three friends got in, whoever they are, and all are at one place.
    let sql = "select count(*) from party_member";
    assert_eq!(app.count(sql).await, 4, "{answers:?}");
    let mut places = Vec::new();
    for (fan, answer) in fans.iter().zip(&answers) {
        if answer.status.is_success() {
            places.push(frame(fan, room).await["number"].clone());
        } else {
            assert!(answer.status.is_client_error(), "{answer:?}");
        }
    }
    places.push(frame(&fans[7], room).await["number"].clone());
    assert!(places.len() == 4 && places.iter().all(|place| *place == places[0]), "{places:?}");
    let line = frame(&fans[7], room).await;
    assert_eq!(line["ahead"].as_u64().unwrap() + line["behind"].as_u64().unwrap(), 4, "three were given up");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_party_refuses_what_is_no_party(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let fan = app.fan();
    let path = format!("/queue/{room}/party");
    fan.post(&path, json!({})).await.expect_problem(problems::NO_PLACE);
    fan.get(&path).await.expect_problem(problems::UNKNOWN_PARTY);
    for link in ["", "x", &"A".repeat(43)] {
        join(&fan, room, link).await.expect_problem(problems::UNKNOWN_PARTY);
    }
    fan.post(&format!("{path}/member"), json!({})).await.expect_problem(platform::http::kinds::INVALID_BODY);
    let (ada, bob, eve) = (app.fan(), app.fan(), app.fan());
    for fan in [&ada, &bob, &eve] {
        fan.number(room).await;
    }
    let (one, two) = (make(&ada, room).await, make(&bob, room).await);
    join(&eve, room, &one).await.expect(StatusCode::OK);
    join(&eve, room, &two).await.expect_problem(problems::IN_PARTY);
    // A party of another room, and an unknown room.
    let elsewhere = app.sale(60, 10).await.room;
    join(&app.fan(), elsewhere, &one).await.expect_problem(problems::UNKNOWN_PARTY);
    join(&app.fan(), app.gate.ids.next(), &one).await.expect_problem(problems::UNKNOWN_ROOM);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_forms_of_codes_and_friends_work_without_scripts(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let room = sale.room;
    let codes = json!({ "codes": [{ "code": "CODE-0001" }] });
    sale.organizer.post(&format!("/room/{room}/code"), codes).await.expect(StatusCode::OK);
    let form = "application/x-www-form-urlencoded";
    let ada = app.fan();
    ada.number(room).await;
    let made = ada.call_as(Method::POST, &format!("/queue/{room}/party"), form, Some(String::new())).await;
    let page = made.text.replace("&#x2f;", "/");
    let link = page.split("value=\"").find(|part| part.contains("/entry?party=")).unwrap();
    let link = link.split('"').next().unwrap().to_owned();
    let party = link.split("party=").nth(1).unwrap().to_owned();
    let bob = app.fan();
    let asks = bob.get_as(&format!("/queue/{room}/entry?party={party}"), "text/html").await;
    assert!(asks.text.contains("Join your friends"), "{}", asks.text);
    assert_eq!(
        bob.get(&format!("/queue/{room}/place")).await.status,
        StatusCode::NOT_FOUND,
        "looking takes none"
    );
    let path = format!("/queue/{room}/join");
    let joined = bob.call_as(Method::POST, &path, form, Some(format!("party={party}"))).await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER);
    assert_eq!(joined.headers["location"], format!("/queue/{room}"));
    assert_eq!(frame(&bob, room).await["number"], frame(&ada, room).await["number"]);
    // A room that asks for a code shows the form for it; a wrong one says so, the right one leads into the line.
    let body = json!({ "version": 1, "code": true });
    sale.organizer.put(&format!("/room/{room}/entry"), body).await.expect(StatusCode::OK);
    let eve = app.fan();
    let asks = eve.get_as(&format!("/queue/{room}"), "text/html").await;
    assert_eq!(asks.status, StatusCode::FORBIDDEN);
    assert!(asks.text.contains("name=\"code\""), "{}", asks.text);
    let wrong = eve.call_as(Method::POST, &path, form, Some("code=NONE-0000".to_owned())).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    assert!(wrong.text.contains("no such access code"), "{}", wrong.text);
    let right = eve.call_as(Method::POST, &path, form, Some("code=code+0001".to_owned())).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert_eq!(eve.state(room).await, "waiting");
}
