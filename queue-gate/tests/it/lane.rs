//! Priority lanes.

use contracts::{id::RoomId, session::Role};
use http::StatusCode;
use queue_gate::problems;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Fan, Sale, TestGate};

/// A sale with a lane for everybody who is signed in, with three quarters of the calls.
async fn with_members(app: &TestGate, rate: u32, cap: u32) -> Sale<'_> {
    let sale = app.sale(rate, cap).await;
    let lanes = json!({ "version": 1, "lanes": [
        { "name": "members", "share": 3, "accounts": "any" }, { "name": "main", "share": 1 },
    ]});
    sale.organizer.put(&format!("/room/{}/lane", sale.room), lanes).await.expect(StatusCode::OK);
    sale
}

fn member(app: &TestGate) -> Fan<'_> {
    app.account(app.gate.ids.next(), Role::Fan)
}

async fn frame(fan: &Fan<'_>, room: RoomId) -> Value {
    fan.get(&format!("/queue/{room}/place")).await.expect(StatusCode::OK).body
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn calls_are_shared_out_over_the_lanes_whatever_the_batches(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_members(&app, 600, 1000).await;
    let (mut fans, mut members) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        fans.push(app.fan());
        fans.last().unwrap().join(sale.room).await.expect(StatusCode::CREATED);
    }
    for _ in 0..40 {
        members.push(member(&app));
        let taken = members.last().unwrap().join(sale.room).await.expect(StatusCode::CREATED).body;
        assert_eq!(taken["lane"], "members");
    }
    // The members came last and stand in front of nobody but one another.
    let (last, first) = (frame(&members[39], sale.room).await, frame(&fans[0], sale.room).await);
    assert_eq!((&last["ahead"], &last["behind"], &last["lane"]), (&json!(39), &json!(0), &json!("members")));
    assert_eq!((&first["ahead"], &first["behind"], &first["lane"]), (&json!(0), &json!(39), &Value::Null));

    // A rate that makes uneven batches; the fractions of the shares go on from one to the next.
    let mut called = 0;
    for _ in 0..4 {
        called += app.ticks(sale.room, 1).await[0];
        let main = app.count("select count(*) from slot where lane = 0").await;
        let members = app.count("select count(*) from slot where lane = 1").await;
        assert_eq!(main + members, i64::try_from(called).unwrap());
        assert!((members - 3 * main).abs() <= 3, "{main} and {members}");
    }
    assert!(called >= 40, "{called}");
    // What the empty lane does not use flows to the other.
    let more: usize = app.ticks(sale.room, 6).await.iter().sum();
    assert_eq!(called + more, 80);
    let inversions = "select count(*) from slot a join slot b using (room_id, lane) where a.tick < b.tick and a.place > b.place";
    assert_eq!(app.count(inversions).await, 0, "somebody overtook within a lane");
    let live = sale.organizer.get(&format!("/room/{}", sale.room)).await.body["live"].clone();
    assert_eq!(live["lanes"][0], json!({ "name": "members", "share": 3, "waiting": 0 }));
    assert_eq!((&live["lanes"][1]["name"], &live["lanes"][1]["waiting"]), (&json!("main"), &live["waiting"]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn signing_in_moves_a_place_into_its_lane_with_its_number(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_members(&app, 60, 10).await;
    let (ada, bob, eve) = (member(&app), app.fan(), member(&app));
    let early = app.fan_called(ada.visitor).join(sale.room).await.expect(StatusCode::CREATED).body;
    assert_eq!((&early["ahead"], &early["lane"]), (&json!(0), &Value::Null));
    bob.join(sale.room).await.expect(StatusCode::CREATED);
    eve.join(sale.room).await.expect(StatusCode::CREATED);
    let late = ada.join(sale.room).await.expect(StatusCode::OK).body;
    assert_eq!((&late["number"], &late["lane"]), (&early["number"], &json!("members")));
    // The lower number is in front of the one that was in the lane before.
    assert_eq!(frame(&eve, sale.room).await["ahead"], 1);
    assert_eq!(frame(&bob, sale.room).await["ahead"], 0);
    // Without the session the place stays where it is.
    let again = app.fan_called(ada.visitor).join(sale.room).await.expect(StatusCode::OK).body;
    assert_eq!(again, late);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_wiped_line_comes_back_lane_by_lane(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_members(&app, 60, 1).await;
    let (ada, eve, bob) = (member(&app), member(&app), app.fan());
    let plain = app.fan_called(ada.visitor).join(sale.room).await.body["token"].clone();
    let first = ada.join(sale.room).await.body;
    let second = eve.join(sale.room).await.body;
    let third = bob.join(sale.room).await.body;
    app.ticks(sale.room, 1).await;
    assert_eq!(ada.state(sale.room).await, "called");
    app.wipe(sale.room).await;
    let path = format!("/queue/{}/place", sale.room);
    for (fan, place) in [(&bob, &third), (&eve, &second)] {
        let back = app.fan_called(fan.visitor).post(&path, json!({ "token": place["token"] })).await.body;
        assert_eq!((&back["number"], &back["token"]), (&place["number"], &place["token"]));
    }
    assert_eq!(frame(&eve, sale.room).await["lane"], "members");
    // Called from its lane, and parked into it when nobody comes.
    assert_eq!(ada.state(sale.room).await, "called");
    app.pass(121);
    app.tick(sale.room).await;
    let back = app.fan_called(ada.visitor).post(&path, json!({ "token": plain })).await.body;
    assert_eq!((&back["number"], &back["lane"]), (&first["number"], &json!("members")));
    // An older token names no lane, one from the lane raises what came back by the older one.
    app.wipe(sale.room).await;
    app.execute("delete from slot; delete from batch").await;
    let older = app.fan_called(ada.visitor).post(&path, json!({ "token": plain })).await.body;
    assert_eq!((&older["number"], &older["lane"]), (&first["number"], &Value::Null));
    let newer = app.fan_called(ada.visitor).post(&path, json!({ "token": first["token"] })).await.body;
    assert_eq!((&newer["number"], &newer["lane"]), (&first["number"], &json!("members")));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn lanes_are_set_by_their_organizer_with_a_version_and_logged(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_members(&app, 60, 10).await;
    let path = format!("/room/{}/lane", sale.room);
    let lanes = sale.organizer.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!(
        lanes,
        json!({ "version": 2, "lanes": [
            { "name": "members", "share": 3, "accounts": "any" }, { "name": "main", "share": 1 },
        ]})
    );
    let set = |version: i64, lanes: Value| {
        let body = json!({ "version": version, "lanes": lanes });
        let (path, sale) = (&path, &sale);
        async move { sale.organizer.put(path, body).await }
    };
    let (main, members) = (json!({ "name": "main", "share": 1 }), json!({ "name": "members", "share": 1 }));
    set(1, json!([main, members])).await.expect_problem(problems::STALE_VERSION);
    let refused = set(2, json!([main])).await;
    refused.expect_problem(problems::WRONG_SETTING);
    assert_eq!(refused.body["field"], "lanes");
    for wrong in [
        json!([]),
        json!([main, members, main]),
        json!([main, members, { "name": "A lane", "share": 1 }]),
        json!([main, members, { "name": "vip", "share": 1001 }]),
        json!([{ "name": "main", "share": 0 }, { "name": "members", "share": 0 }]),
    ] {
        set(2, wrong).await.expect_problem(problems::WRONG_SETTING);
    }
    for unread in [json!("main"), json!([{ "name": "main" }]), json!([{ "name": "main", "share": -1 }])] {
        set(2, unread).await.expect_problem(platform::http::kinds::INVALID_BODY);
    }
    let (other, _) = app.organizer().await;
    other.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
    let body = json!({ "version": 2, "lanes": [main, members] });
    other.put(&path, body.clone()).await.expect_problem(problems::UNKNOWN_ROOM);
    app.fan().put(&path, body).await.expect_problem(problems::SIGN_IN);
    let unnamed = sale.organizer.put(&path, json!({ "lanes": [main, members] })).await;
    unnamed.expect_problem(platform::http::kinds::INVALID_BODY);
    let set = set(2, json!([main, members])).await.expect(StatusCode::OK).body;
    assert_eq!((&set["version"], &set["live"]["lanes"][0]["name"]), (&json!(3), &json!("main")));
    assert_eq!(app.count("select count(*) from room_log where kind = 'lanesSet'").await, 2);
}
