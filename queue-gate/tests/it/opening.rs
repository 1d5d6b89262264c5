//! Planned openings: kept apart, begun and ended once however many gates there are, and shown beforehand.

use futures_util::future::join_all;
use http::{Method, StatusCode, header};
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER, METHOD_NOT_ALLOWED};
use queue_gate::{problems, room::opening::apply};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Fan, TestGate};

fn plan(from: &str, to: &str) -> Value {
    json!({ "startsAt": format!("2027-06-01T{from}Z"), "endsAt": format!("2027-06-01T{to}Z") })
}

/// A room that nobody has opened, and its path.
async fn scheduled(app: &TestGate) -> (Fan<'_>, contracts::id::RoomId, String) {
    let (organizer, event) = app.organizer().await;
    let body = json!({ "eventId": event, "name": "Tonight", "admitPerMinute": 60, "maxActive": 10 });
    let room = organizer.post("/room", body).await.expect(StatusCode::CREATED).body;
    let id: contracts::id::RoomId = room["roomId"].as_str().unwrap().parse().unwrap();
    (organizer, id, format!("/room/{id}"))
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn openings_begin_and_end_once_however_many_gates_there_are(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (second, third) = (app.another().await, app.another().await);
    let (organizer, room, path) = scheduled(&app).await;
    let mut presale = plan("12:01:00", "12:05:00");
    presale["admitPerMinute"] = json!(600);
    presale["message"] = json!("Members first");
    let made = organizer.post(&format!("{path}/opening"), presale).await.expect(StatusCode::CREATED);
    assert_eq!(made.headers[header::ETAG], "\"2\"");
    organizer
        .post(&format!("{path}/opening"), plan("12:10:00", "12:20:00"))
        .await
        .expect(StatusCode::CREATED);
    let all = async || {
        join_all([&app, &second, &third].map(|app| apply::apply_due(&app.gate))).await;
        organizer.get(&path).await.body
    };
    app.pass(59);
    assert_eq!(all().await["state"], "scheduled");
    app.pass(1);
    let open = all().await;
    assert_eq!(
        (&open["state"], &open["admitPerMinute"], &open["message"], &open["version"]),
        (&json!("open"), &json!(600), &json!("Members first"), &json!(4))
    );
    let fan = app.fan();
    fan.join(room).await.expect(StatusCode::CREATED);
    app.ticks(room, 1).await;
    assert_eq!(fan.state(room).await, "called");
    app.pass(239);
    let over = all().await;
    assert_eq!(
        (&over["state"], &over["admitPerMinute"], &over["message"]),
        (&json!("paused"), &json!(60), &Value::Null)
    );
    assert_eq!(over["pauseReason"], "This opening is over. The next one begins at 2027-06-01 12:10 UTC.");
    app.pass(300);
    assert_eq!(all().await["state"], "open");
    let log = organizer.get(&format!("{path}/log")).await.body;
    let kinds: Vec<_> =
        log["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    let expected = [
        "created",
        "openingPlanned",
        "openingPlanned",
        "openingBegun",
        "epochRaised",
        "called",
        "openingEnded",
        "openingBegun",
    ];
    assert_eq!(kinds, expected);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_opening_that_cannot_begin_or_was_slept_through_says_so(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (organizer, _, path) = scheduled(&app).await;
    for (from, to) in [("12:01:00", "12:02:00"), ("12:03:00", "12:09:00")] {
        organizer.post(&format!("{path}/opening"), plan(from, to)).await.expect(StatusCode::CREATED);
    }
    // No gate ran for a while.
    app.pass(140);
    apply::apply_due(&app.gate).await;
    assert_eq!(organizer.get(&path).await.body["state"], "scheduled");
    organizer.post(&format!("{path}/close"), json!({})).await.expect(StatusCode::OK);
    app.pass(60);
    apply::apply_due(&app.gate).await;
    apply::apply_due(&app.gate).await;
    assert_eq!(organizer.get(&path).await.body["state"], "closed");
    let log = organizer.get(&format!("{path}/log")).await.body;
    let entries = log["entries"].as_array().unwrap();
    let kinds: Vec<_> = entries.iter().skip(3).map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["openingMissed", "closed", "openingSkipped"]);
    assert_eq!(entries.last().unwrap()["detail"]["why"], "a room that is closed cannot be opened");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn openings_are_planned_changed_taken_away_and_never_overlap(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (organizer, _, path) = scheduled(&app).await;
    let openings = format!("{path}/opening");
    let first =
        organizer.post(&openings, plan("13:00:00", "14:00:00")).await.expect(StatusCode::CREATED).body;
    let one = format!("{openings}/{}", first["openingId"].as_str().unwrap());
    // One may begin when the other ends, and not a moment before.
    organizer.post(&openings, plan("14:00:00", "15:00:00")).await.expect(StatusCode::CREATED);
    organizer.post(&openings, plan("13:59:59", "14:00:00")).await.expect_problem(problems::OPENING_OVERLAPS);
    organizer.put(&one, plan("13:30:00", "14:30:00")).await.expect_problem(problems::OPENING_OVERLAPS);
    organizer.put(&one, plan("12:30:00", "13:30:00")).await.expect(StatusCode::OK);
    let told = organizer.post(&format!("{openings}?preview=true"), plan("16:00:00", "17:00:00")).await;
    assert_eq!(told.expect(StatusCode::OK).body["kind"], "openingPlanned");
    let stale = organizer.matching("\"1\"").delete(&one).await;
    stale.expect_problem(problems::VERSION_UNMATCHED);
    let listed = organizer.get(&openings).await.body;
    let starts: Vec<_> =
        listed["openings"].as_array().unwrap().iter().map(|it| it["startsAt"].as_str().unwrap()).collect();
    assert_eq!(starts, ["2027-06-01T12:30:00Z", "2027-06-01T14:00:00Z"]);
    let will_be = organizer.get(&format!("{path}/preview?at=2027-06-01T12:45:00Z")).await.body;
    assert_eq!((&will_be["room"]["state"], &will_be["openingId"]), (&json!("open"), &first["openingId"]));
    // Once it has begun it is no plan any more.
    app.pass(1800);
    apply::apply_due(&app.gate).await;
    organizer.put(&one, plan("13:00:00", "13:30:00")).await.expect_problem(problems::OPENING_BEGUN);
    organizer.delete(&one).await.expect_problem(problems::OPENING_BEGUN);
    let last = listed["openings"][1]["openingId"].as_str().unwrap();
    organizer.delete(&format!("{openings}/{last}")).await.expect(StatusCode::NO_CONTENT);
    organizer.delete(&format!("{openings}/{last}")).await.expect_problem(problems::UNKNOWN_OPENING);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn openings_refuse_bad_input_by_name(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (organizer, _, path) = scheduled(&app).await;
    let openings = format!("{path}/opening");
    for (body, field) in [
        (plan("11:00:00", "14:00:00"), "startsAt"),
        (plan("14:00:00", "13:00:00"), "endsAt"),
        (
            json!({ "startsAt": "2027-06-01T13:00:00Z", "endsAt": "2027-06-01T14:00:00Z", "state": "reject" }),
            "reason",
        ),
    ] {
        let refused = organizer.post(&openings, body).await;
        refused.expect_problem(problems::WRONG_SETTING);
        assert_eq!(refused.body["field"], field);
    }
    organizer
        .post(&openings, json!({ "startsAt": "soon", "endsAt": "later" }))
        .await
        .expect_problem(INVALID_BODY);
    organizer.post(&openings, json!({})).await.expect_problem(INVALID_BODY);
    let (stranger, _) = app.organizer().await;
    stranger.get(&openings).await.expect_problem(problems::UNKNOWN_ROOM);
    stranger.post(&openings, plan("13:00:00", "14:00:00")).await.expect_problem(problems::UNKNOWN_ROOM);
    app.fan().get(&openings).await.expect_problem(problems::SIGN_IN);
    organizer.delete(&format!("{openings}/none")).await.expect_problem(INVALID_PARAMETER);
    organizer.call(Method::PATCH, &openings, None).await.expect_problem(METHOD_NOT_ALLOWED);
    organizer.get(&format!("{path}/preview")).await.expect_problem(INVALID_PARAMETER);
    organizer.get(&format!("{path}/preview?at=noon")).await.expect_problem(INVALID_PARAMETER);
    let over = organizer.get(&format!("{path}/preview?at=2027-06-01T11:00:00Z")).await;
    over.expect_problem(problems::WRONG_SETTING);
}
