//! What organizers do to their rooms.

use contracts::session::Role;
use http::{Method, StatusCode};
use queue_gate::problems;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestGate;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_change_of_a_room_is_on_its_log(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (room, organizer) = (format!("/room/{}", sale.room), &sale.organizer);
    let shown = organizer.get(&room).await.expect(StatusCode::OK).body;
    assert_eq!((shown["claimWindow"].as_str(), shown["live"]["waiting"].as_u64()), (Some("PT2M"), Some(0)));
    let tuned = organizer.put(&room, json!({ "version": 1, "admitPerMinute": 90, "message": "Soon" })).await;
    assert_eq!(tuned.body["version"], 2);
    organizer
        .put(&room, json!({ "version": 1, "maxActive": 1 }))
        .await
        .expect_problem(problems::STALE_VERSION);
    organizer
        .post(&format!("{room}/pause"), json!({ "reason": "A fire alarm" }))
        .await
        .expect(StatusCode::OK);
    let paused = app.gate.rooms.get(sale.room).unwrap();
    assert_eq!(paused.pause_reason.as_deref(), Some("A fire alarm"));
    organizer
        .post(&format!("{room}/pause"), json!({ "reason": "again" }))
        .await
        .expect_problem(problems::WRONG_STATE);
    organizer.post(&format!("{room}/resume"), json!({})).await.expect(StatusCode::OK);
    organizer.post(&format!("{room}/close"), json!({})).await.expect(StatusCode::OK);
    let log = organizer.get(&format!("{room}/log")).await.expect(StatusCode::OK).body;
    let kinds: Vec<_> =
        log["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "tuned", "paused", "resumed", "closed"]);
    assert_eq!(log["entries"][1]["detail"]["to"]["admitPerMinute"], 90);
    let after = log["entries"][3]["entry"].as_i64().unwrap();
    let rest = organizer.get(&format!("{room}/log?after={after}")).await.body;
    assert_eq!(rest["entries"].as_array().unwrap().len(), 1);
    let refused = sqlx::raw_sql("delete from room_log").execute(&app.postgres).await;
    assert!(refused.unwrap_err().to_string().contains("append-only"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_of_settings_is_seen_by_another_gate_at_its_next_reading(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(60, 10).await;
    other.gate.refresh().await;
    assert_eq!(other.gate.rooms.get(sale.room).unwrap().settings.admit_per_minute, 60);
    let path = format!("/room/{}", sale.room);
    sale.organizer.put(&path, json!({ "version": 1, "admitPerMinute": 7 })).await.expect(StatusCode::OK);
    other.gate.refresh().await;
    assert_eq!(other.gate.rooms.get(sale.room).unwrap().settings.admit_per_minute, 7);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_the_owner_of_an_event_steers_its_room(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (stranger, _) = app.organizer().await;
    let path = format!("/room/{}", sale.room);
    let room = json!({ "eventId": sale.event, "name": "Mine", "admitPerMinute": 1, "maxActive": 1 });
    stranger.post("/room", room.clone()).await.expect_problem(problems::UNKNOWN_EVENT);
    sale.organizer.post("/room", room.clone()).await.expect_problem(problems::ROOM_EXISTS);
    stranger.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
    stranger.put(&path, json!({ "version": 1, "maxActive": 1 })).await.expect_problem(problems::UNKNOWN_ROOM);
    stranger.post(&format!("{path}/close"), json!({})).await.expect_problem(problems::UNKNOWN_ROOM);
    stranger.get(&format!("{path}/log")).await.expect_problem(problems::UNKNOWN_ROOM);
    app.fan().get(&path).await.expect_problem(problems::SIGN_IN);
    app.account(app.gate.ids.next(), Role::Fan).get(&path).await.expect_problem(problems::NOT_ORGANIZER);
    let rooms = sale.organizer.get("/room").await.body;
    assert_eq!(rooms["rooms"].as_array().unwrap().len(), 1);
    assert_eq!(stranger.get("/room").await.body["rooms"], json!([]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn bad_input_is_told_apart(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (organizer, path) = (&sale.organizer, format!("/room/{}", sale.room));
    let kinds = platform_kinds();
    organizer.call(Method::PUT, &path, Some("{".to_owned())).await.expect_problem(kinds[0]);
    organizer.put(&path, json!({ "version": "1" })).await.expect_problem(kinds[1]);
    organizer.put(&path, json!({ "version": 1, "speed": 1 })).await.expect_problem(kinds[1]);
    organizer.put(&path, json!({ "version": 1, "admitPerMinute": -1 })).await.expect_problem(kinds[1]);
    organizer
        .put(&path, json!({ "version": 1, "maxActive": 1_000_001 }))
        .await
        .expect_problem(problems::WRONG_SETTING);
    organizer.get("/room/not-an-id").await.expect_problem(kinds[2]);
    organizer.call(Method::PATCH, &path, None).await.expect_problem(kinds[3]);
    organizer
        .post(&format!("{path}/pause"), json!({ "reason": " " }))
        .await
        .expect_problem(problems::WRONG_SETTING);
    let (organizer, event) = app.organizer().await;
    let room = json!({ "eventId": event, "name": "", "admitPerMinute": 1, "maxActive": 1 });
    organizer.post("/room", room).await.expect_problem(problems::WRONG_SETTING);
    let room = json!({ "eventId": event, "name": "x", "admitPerMinute": 1, "maxActive": 1, "claimWindow": "2 minutes" });
    organizer.post("/room", room).await.expect_problem(problems::WRONG_SETTING);
}

fn platform_kinds() -> [platform::http::Kind; 4] {
    use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER, MALFORMED_BODY, METHOD_NOT_ALLOWED};
    [MALFORMED_BODY, INVALID_BODY, INVALID_PARAMETER, METHOD_NOT_ALLOWED]
}
