//! Claim windows and session lengths that change while a sale is on: who was told an end keeps it, at every gate.

use contracts::id::RoomId;
use http::StatusCode;
use platform::http::kinds;
use queue_gate::{admission::tick, problems};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Fan, Sale, TestGate, beginning};

impl Sale<'_> {
    /// Changes settings of the room, to the version that it is at.
    async fn tune(&self, settings: Value) -> Value {
        let path = format!("/room/{}", self.room);
        let version = self.organizer.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
        self.organizer.matching(&version).put(&path, settings).await.expect(StatusCode::OK).body
    }
}

/// The end of a window or a session as the fan is told it, in seconds since the beginning of the test.
async fn told(fan: &Fan<'_>, room: RoomId, member: &str) -> i64 {
    let frame = fan.get(&format!("/queue/{room}/place")).await.expect(StatusCode::OK).body;
    let end: chrono::DateTime<chrono::Utc> = frame[member].as_str().expect(member).parse().unwrap();
    (end - beginning()).num_seconds()
}

/// The end on record of the slot of `fan`, in the same seconds.
async fn on_record(app: &TestGate, fan: &Fan<'_>) -> i64 {
    let sql = format!(
        "select extract(epoch from until - timestamptz '2027-06-01 12:00:00Z')::bigint from slot
         where visitor_id = '{}' order by tick desc limit 1",
        fan.visitor
    );
    app.count(&sql).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_was_called_keeps_the_end_they_were_told_and_who_is_called_next_has_the_new_window(
    postgres: PgPool,
) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(600, 1).await;
    let room = sale.room;
    let (mut ada, bob) = (app.fan(), app.fan());
    ada.number(room).await;
    bob.number(room).await;
    app.ticks(room, 1).await;
    assert_eq!(told(&ada, room, "claimBy").await, 121);
    other.gate.refresh().await;
    let shown = sale.tune(json!({ "claimWindow": "PT10S", "sessionLength": "PT1M", "maxActive": 2 })).await;
    assert_eq!((&shown["claimWindow"], &shown["sessionLength"]), (&json!("PT10S"), &json!("PT1M")));

    // The other gate has not heard of it: what it calls has the new window all the same, in the frame as on record.
    let unheard = other.gate.rooms.get(room).unwrap();
    assert_ne!(unheard.settings.claim_window, app.gate.rooms.get(room).unwrap().settings.claim_window);
    app.pass(1);
    assert_eq!(tick::tick(&other.gate, &unheard).await.unwrap().called, 1);
    let bob_there = other.fan_called(bob.visitor);
    assert_eq!((told(&bob_there, room, "claimBy").await, on_record(&app, &bob).await), (12, 12));
    app.pass(18);
    app.tick(room).await;
    assert_eq!(
        app.count("select count(*) from slot where cause = 'no_show'").await,
        1,
        "ten seconds are over"
    );

    // Ada has the rest of her two minutes, at both gates; her session begins after the change.
    assert_eq!((told(&ada, room, "claimBy").await, on_record(&app, &ada).await), (121, 121));
    app.pass(100);
    ada.enter(room).await;
    assert_eq!((told(&ada, room, "until").await, on_record(&app, &ada).await), (180, 180));
    sale.tune(json!({ "sessionLength": "PT30M" })).await;
    assert_eq!(on_record(&app, &ada).await, 180, "and keeps its end when the next ones are longer");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_batch_has_the_window_with_which_it_was_granted_whoever_applies_it(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(600, 1).await;
    let fan = app.fan();
    fan.number(sale.room).await;
    other.gate.refresh().await;
    // One gate grants and dies; the window is changed; another gate tells the line, and a third the record.
    let room = other.gate.rooms.get(sale.room).unwrap();
    assert!(tick::call(&other.gate, &room).await.unwrap().0.is_some());
    sale.tune(json!({ "claimWindow": "PT10S" })).await;
    app.pass(1);
    app.tick(sale.room).await;
    assert_eq!((told(&fan, sale.room, "claimBy").await, on_record(&app, &fan).await), (121, 121));
    // And no loss of Redis makes the end come nearer, though windows are shorter now.
    app.wipe(sale.room).await;
    app.pass(1);
    app.tick(sale.room).await;
    assert_eq!((told(&fan, sale.room, "claimBy").await, on_record(&app, &fan).await), (121, 121));
    app.pass(115);
    app.wipe(sale.room).await;
    app.tick(sale.room).await;
    assert_eq!(
        (told(&fan, sale.room, "claimBy").await, on_record(&app, &fan).await),
        (127, 127),
        "a whole one"
    );
    fan.claim(sale.room).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_is_inside_stays_at_least_to_the_end_they_were_told(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(600, 3).await;
    let room = sale.room;
    let (mut inside, claimed) = (app.fan(), app.fan());
    inside.number(room).await;
    claimed.number(room).await;
    app.ticks(room, 1).await;
    inside.enter(room).await;
    let token = claimed.claim(room).await;
    assert_eq!((told(&inside, room, "until").await, told(&claimed, room, "until").await), (601, 601));
    other.gate.refresh().await;
    sale.tune(json!({ "sessionLength": "PT1M" })).await;
    app.pass(10);
    // Who has claimed was told an end by the frame, and exchanges at a gate that has heard, or has not.
    let path = format!("/queue/{room}/session");
    let there = other.fan_called(claimed.visitor);
    let begun = there.post(&path, json!({ "admissionToken": token })).await.expect(StatusCode::OK).body;
    assert_eq!(begun["until"], json!("2027-06-01T12:10:01Z"));
    for fan in [&inside, &claimed] {
        assert_eq!((told(fan, room, "until").await, on_record(&app, fan).await), (601, 601));
    }
    let slots = "select count(*) from slot where ends_at = until + interval '20 minutes'";
    assert_eq!(app.count(slots).await, 2, "and the slot goes on until what they hold is paid");
    // It slides from now on, by the new length and never back; and ends where it was told when it slides no more.
    sale.tune(json!({ "session": "sliding", "sessionLongest": "PT20M" })).await;
    sale.tune(json!({ "session": "fixed" })).await;
    assert_eq!(on_record(&app, &inside).await, 601);
    let mut late = app.fan();
    late.number(room).await;
    app.ticks(room, 1).await;
    late.enter(room).await;
    assert_eq!(told(&late, room, "until").await, 72);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn windows_change_like_every_setting_with_version_preview_and_log(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(600, 2).await;
    let path = format!("/room/{}", sale.room);
    let fans = [app.fan(), app.fan()];
    for fan in &fans {
        fan.number(sale.room).await;
    }
    app.ticks(sale.room, 1).await;
    fans[0].clone().enter(sale.room).await;
    let change = json!({ "claimWindow": "PT30S", "sessionLength": "PT5M" });
    let organizer = &sale.organizer;
    organizer.put(&path, change.clone()).await.expect_problem(kinds::INVALID_BODY);
    organizer.matching("\"9\"").put(&path, change.clone()).await.expect_problem(problems::VERSION_UNMATCHED);
    let read = organizer.matching("\"1\"");
    let preview = read.put(&format!("{path}?preview=true"), change.clone()).await.expect(StatusCode::OK).body;
    assert_eq!(
        preview["effects"],
        json!([
            "Who is called from now on has PT30S to go in; 1 who are called keep the end that they were told.",
            "Who enters from now on may shop for PT5M; 1 who are inside stay at least to the end that they were told.",
        ])
    );
    let room = organizer.get(&path).await.body;
    assert_eq!((&room["claimWindow"], &room["version"]), (&json!("PT2M"), &json!(1)));
    for (wrong, field) in [
        (json!({ "claimWindow": "PT9S" }), "claimWindow"),
        (json!({ "claimWindow": "soon" }), "claimWindow"),
        (json!({ "sessionLength": "PT59S" }), "sessionLength"),
        (json!({ "sessionLength": "PT31M" }), "sessionLength"),
        (
            json!({ "session": "sliding", "sessionLongest": "PT15M", "sessionLength": "PT20M" }),
            "sessionLongest",
        ),
    ] {
        let refused = read.put(&path, wrong).await;
        refused.expect_problem(problems::WRONG_SETTING);
        assert_eq!(refused.body["field"], field);
    }
    read.put(&path, change).await.expect(StatusCode::OK);
    let log = organizer.get(&format!("{path}/log")).await.body;
    let last = log["entries"].as_array().unwrap().last().unwrap().clone();
    let (from, to) = (&last["detail"]["from"], &last["detail"]["to"]);
    assert_eq!((&from["claimWindow"], &to["claimWindow"]), (&json!("PT2M"), &json!("PT30S")));
    assert_eq!((&from["sessionLength"], &to["sessionLength"]), (&json!("PT10M"), &json!("PT5M")));
}
