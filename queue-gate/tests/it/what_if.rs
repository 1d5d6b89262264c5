//! What if, what to do, and who does it.

use contracts::session::Role;
use http::StatusCode;
use platform::http::kinds;
use queue_gate::{admission::advise::drive, problems};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Sale, TestGate};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_scenario_is_played_with_the_settings_of_the_room_or_others(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1000).await;
    let path = format!("/room/{}/simulate", sale.room);
    let scenario =
        json!({ "seed": 3, "tickets": 50, "arrivals": { "kind": "burst", "fans": 300, "over": "PT10S" } });
    let told = sale.organizer.post(&path, scenario.clone()).await.expect(StatusCode::OK).body;
    assert_eq!((&told["fans"], &told["bought"], &told["overshoot"]), (&json!(300), &json!(50), &json!(0)));
    let slow = told["soldOutAfter"].as_i64().unwrap();
    assert!(told["waits"]["p90"].as_i64().unwrap() >= told["waits"]["p10"].as_i64().unwrap());
    assert!(!told["timeline"].as_array().unwrap().is_empty());
    assert_eq!(
        sale.organizer.post(&path, scenario.clone()).await.body,
        told,
        "the same seed, the same outcome"
    );
    let mut faster = scenario.clone();
    faster["admitPerMinute"] = json!(6000);
    let fast = sale.organizer.post(&path, faster).await.expect(StatusCode::OK).body;
    assert!(fast["soldOutAfter"].as_i64().unwrap() < slow, "{fast}");

    // Nothing of it is real.
    assert_eq!(app.count("select count(*) from slot").await, 0);
    let (stranger, _) = app.organizer().await;
    stranger.post(&path, scenario).await.expect_problem(problems::UNKNOWN_ROOM);
    let wrong = async |body: Value| sale.organizer.post(&path, body).await;
    let over = |arrivals: Value, habits: Value| json!({ "arrivals": arrivals, "habits": habits });
    let burst = |fans: u32| json!({ "kind": "burst", "fans": fans, "over": "PT1S" });
    wrong(json!({})).await.expect_problem(kinds::INVALID_BODY);
    wrong(over(burst(500_001), json!({}))).await.expect_problem(problems::WRONG_SETTING);
    wrong(over(burst(5), json!({ "buys": 2 }))).await.expect_problem(problems::WRONG_SETTING);
    wrong(over(burst(5), json!({ "shopsFor": "soon" }))).await.expect_problem(problems::WRONG_SETTING);
    let longest = json!({ "arrivals": burst(5), "longest": "PT49H" });
    assert_eq!(wrong(longest).await.body["field"], "longest");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn other_shares_are_tried_before_they_are_given(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1000).await;
    let path = format!("/room/{}/simulate", sale.room);
    let with = |lanes: Value| {
        let arrivals = json!({ "kind": "burst", "fans": 400, "over": "PT10S" });
        let scenario = json!({ "lanes": lanes, "arrivals": arrivals, "habits": { "away": 0, "noShow": 0 } });
        let (organizer, path) = (&sale.organizer, &path);
        async move { organizer.post(path, scenario).await }
    };
    let two = |main: u32, members: u32| json!([{ "name": "members", "share": members, "fans": 0.5 }, { "name": "main", "share": main, "fans": 0.5 }]);
    let median = async |shares: (u32, u32)| {
        let told = with(two(shares.0, shares.1)).await.expect(StatusCode::OK).body;
        assert_eq!(
            (&told["lanes"][0]["name"], &told["lanes"][1]["name"]),
            (&json!("members"), &json!("main"))
        );
        assert_eq!((&told["called"], &told["overshoot"]), (&json!(400), &json!(0)));
        let lanes = told["lanes"].as_array().unwrap().clone();
        assert!(lanes.iter().all(|lane| lane["offShare"].as_f64().unwrap() <= 2.0), "{told}");
        lanes.iter().map(|lane| lane["waits"]["p50"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let (even, favoured) = (median((1, 1)).await, median((1, 9)).await);
    assert!(even[0].abs_diff(even[1]) < 30 && favoured[0] * 2 < favoured[1], "{even:?} {favoured:?}");

    // The lanes are those that one could give the room; and whoever is modelled comes from somewhere.
    for wrong in [
        json!([{ "name": "members", "share": 1, "fans": 1 }]),
        json!([{ "name": "main", "share": 0, "fans": 1 }]),
        json!([{ "name": "main", "share": 1 }]),
        json!([{ "name": "main", "share": 1, "fans": 0 }]),
        json!([{ "name": "main", "share": 1, "fans": 1.5 }]),
    ] {
        let refused = with(wrong).await;
        refused.expect_problem(problems::WRONG_SETTING);
        assert_eq!(refused.body["field"], "lanes");
    }
    with(json!([{ "name": "main", "share": 1, "fans": 1, "speed": 2 }]))
        .await
        .expect_problem(kinds::INVALID_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_past_sale_comes_back_lane_by_lane(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 100).await;
    let lanes = json!([{ "name": "members", "share": 1, "accounts": "any" }, { "name": "main", "share": 1 }]);
    let given = json!({ "version": 1, "lanes": lanes });
    sale.organizer.put(&format!("/room/{}/lane", sale.room), given).await.expect(StatusCode::OK);
    for n in 0..6 {
        let fan = if n < 2 { app.account(app.gate.ids.next(), Role::Fan) } else { app.fan() };
        fan.join(sale.room).await.expect(StatusCode::CREATED);
    }
    app.ticks(sale.room, 1).await;
    let path = format!("/room/{}/simulate", sale.room);
    let mut again = json!({ "arrivals": { "kind": "recorded" }, "habits": { "noShow": 0, "away": 0 } });
    let told = sale.organizer.post(&path, again.clone()).await.expect(StatusCode::OK).body;
    let fans = |told: &Value| {
        let of = |lane: &Value| (lane["name"].clone(), lane["share"].clone(), lane["fans"].clone());
        told["lanes"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let row = |name: &str, share: u32, fans: u32| (json!(name), json!(share), json!(fans));
    assert_eq!(fans(&told), [row("members", 1, 2), row("main", 1, 4)]);
    again["lanes"] = json!([{ "name": "members", "share": 9 }, { "name": "main", "share": 1 }]);
    let told = sale.organizer.post(&path, again.clone()).await.expect(StatusCode::OK).body;
    assert_eq!(fans(&told), [row("members", 9, 2), row("main", 1, 4)]);
    again["lanes"][0]["fans"] = json!(0.5);
    sale.organizer.post(&path, again.clone()).await.expect_problem(problems::WRONG_SETTING);
    again["lanes"] = json!([{ "name": "main", "share": 1 }]);
    sale.organizer.post(&path, again).await.expect_problem(problems::WRONG_SETTING);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_past_sale_is_played_once_more(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 3).await;
    let fans: Vec<_> = (0..5).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.number(sale.room).await;
        app.pass(2);
    }
    app.ticks(sale.room, 1).await;
    let mut inside = fans[0].clone();
    inside.enter(sale.room).await;
    let path = format!("/room/{}/simulate", sale.room);
    let again = json!({ "arrivals": { "kind": "recorded" }, "habits": { "noShow": 0 } });
    let told = sale.organizer.post(&path, again).await.expect(StatusCode::OK).body;
    // Those three that were called; those who were not are on no record.
    assert_eq!((&told["fans"], &told["called"], &told["overshoot"]), (&json!(3), &json!(3), &json!(0)));
    let (other, event) = app.organizer().await;
    let foreign = json!({ "eventId": event, "name": "Other", "admitPerMinute": 1, "maxActive": 1 });
    let foreign = other.post("/room", foreign).await.expect(StatusCode::CREATED).body;
    let theirs = json!({ "arrivals": { "kind": "recorded", "room": foreign["roomId"] } });
    sale.organizer.post(&path, theirs).await.expect_problem(problems::UNKNOWN_ROOM);
}

/// The rate of the room, and the limits within which it is driven.
async fn wheel(sale: &Sale<'_>) -> (u64, Value) {
    let room = sale.organizer.get(&format!("/room/{}", sale.room)).await.expect(StatusCode::OK).body;
    (room["admitPerMinute"].as_u64().unwrap(), room["drive"].clone())
}

/// Lets every gate drive at once; how many set a rate.
async fn driven(gates: [&TestGate; 2], sale: &Sale<'_>) -> usize {
    let drives = gates.map(async |app| {
        app.gate.refresh().await;
        let room = app.gate.rooms.get(sale.room).unwrap();
        drive::drive(&app.gate, &room).await.unwrap()
    });
    futures_util::future::join_all(drives).await.into_iter().flatten().count()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_gate_drives_between_the_limits_and_hands_back_at_once(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(600, 100).await;
    let path = format!("/room/{}/drive", sale.room);
    assert_eq!(driven([&app, &other], &sale).await, 0, "nobody was asked to");
    let wrong = json!({ "min": 50, "max": 20 });
    sale.organizer.put(&path, wrong).await.expect_problem(problems::WRONG_SETTING);
    let limits = json!({ "min": 20, "max": 60 });
    sale.organizer
        .matching("\"7\"")
        .put(&path, limits.clone())
        .await
        .expect_problem(problems::VERSION_UNMATCHED);
    sale.organizer.put(&path, limits).await.expect(StatusCode::OK);
    assert_eq!(driven([&app, &other], &sale).await, 1, "one of two gates has the wheel");
    let whole = json!({ "min": 20, "max": 60, "latencyMs": 1000 });
    assert_eq!(wheel(&sale).await, (60, whole.clone()));
    let sql =
        "select detail from room_log where kind = 'driven' and detail -> 'reasons' ->> -1 like 'not above%'";
    assert_eq!(app.count(&format!("select count(*) from ({sql}) as driven")).await, 1);
    assert_eq!(app.count("select settings_version from room").await, 3);

    // Not again within ten seconds, and not without a reason.
    app.execute("update room set admit_per_minute = 600").await;
    assert_eq!(driven([&app, &other], &sale).await, 0);
    app.pass(11);
    assert_eq!(driven([&app, &other], &sale).await, 1);
    app.pass(11);
    assert_eq!(driven([&app, &other], &sale).await, 0);
    assert_eq!(wheel(&sale).await, (60, whole));

    // Who sets the rate by hand has it, and so has who takes it back. A gate that has not heard changes nothing.
    app.gate.refresh().await;
    let stale = app.gate.rooms.get(sale.room).unwrap();
    let by_hand = json!({ "version": stale.version, "admitPerMinute": 500 });
    sale.organizer.put(&format!("/room/{}", sale.room), by_hand).await.expect(StatusCode::OK);
    assert_eq!(wheel(&sale).await, (500, Value::Null));
    app.pass(11);
    assert_eq!(drive::drive(&app.gate, &stale).await.unwrap(), None);
    sale.organizer.put(&path, json!({ "min": 20, "max": 60 })).await.expect(StatusCode::OK);
    app.gate.refresh().await;
    let stale = app.gate.rooms.get(sale.room).unwrap();
    sale.organizer.delete(&path).await.expect(StatusCode::OK);
    app.pass(11);
    assert_eq!(drive::drive(&app.gate, &stale).await.unwrap(), None);
    assert_eq!(wheel(&sale).await, (500, Value::Null));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn advice_says_what_it_rests_on(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(600, 100).await;
    for _ in 0..5 {
        app.fan().number(sale.room).await;
    }
    app.ticks(sale.room, 1).await;
    let path = format!("/room/{}/advice", sale.room);
    let told = sale.organizer.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!(
        (&told["admitPerMinute"], &told["now"], &told["seen"]["called"]),
        (&json!(600), &json!(600), &json!(5))
    );
    let reasons = told["reasons"].to_string();
    assert!(reasons.contains("answered too little") && reasons.contains("binds nobody"), "{reasons}");
    let (stranger, _) = app.organizer().await;
    stranger.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
}
