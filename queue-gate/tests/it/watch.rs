//! What an organizer watches, and rooms that are taken away.

use futures_util::StreamExt;
use http::{Request, StatusCode, header};
use platform::http::kinds::INVALID_PARAMETER;
use queue_gate::{problems, room::watch::record};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;

use crate::app::{Sale, TestGate};

async fn record(app: &TestGate, sale: &Sale<'_>) {
    app.gate.refresh().await;
    record::record(&app.gate, &app.gate.rooms.get(sale.room).unwrap()).await.unwrap();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_live_numbers_are_those_of_the_room(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(600, 3).await;
    let path = format!("/room/{}/live", sale.room);
    let fans: Vec<_> = (0..6).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.join(sale.room).await.expect(StatusCode::CREATED);
    }
    record(&app, &sale).await;
    app.pass(20);
    app.tick(sale.room).await;
    let mut inside = fans[0].clone();
    inside.enter(sale.room).await;
    let live = sale.organizer.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!(
        live,
        json!({
            "at": "2027-06-01T12:00:20Z", "state": "open", "version": 1, "waiting": 3, "lanes": [{ "name": "main", "share": 1, "waiting": 3 }], "away": 0, "ready": 2, "active": 1,
            "admitted": { "lastMinute": 3, "target": 600 }, "noShows": { "lastMinute": 0, "total": 0 },
            "waited": { "p50": 20.0, "p90": 20.0, "of": 3 },
            "origin": { "answers": 0, "errors": 0, "latencyMs": 0 },
        })
    );
    // Two who did not come.
    app.pass(121);
    for fan in &fans[3..] {
        fan.state(sale.room).await;
    }
    app.tick(sale.room).await;
    record(&other, &sale).await;
    let live = sale.organizer.get(&path).await.body;
    assert_eq!(live["noShows"], json!({ "lastMinute": 2, "total": 2 }));
    assert_eq!((&live["ready"], &live["away"]), (&json!(2), &json!(2)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_minute_is_on_record_once_however_many_gates_there_are(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(600, 2).await;
    for _ in 0..5 {
        app.fan().join(sale.room).await.expect(StatusCode::CREATED);
    }
    record(&app, &sale).await;
    app.pass(10);
    app.tick(sale.room).await;
    app.pass(55);
    let (one, two) = (record(&app, &sale), record(&other, &sale));
    futures_util::future::join(one, two).await;
    app.pass(60);
    record(&other, &sale).await;
    let path = format!("/room/{}/history", sale.room);
    let history = sale.organizer.get(&path).await.expect(StatusCode::OK).body;
    let minutes = history["minutes"].as_array().unwrap();
    assert_eq!(minutes.len(), 3, "{minutes:?}");
    assert_eq!(
        minutes[1],
        json!({
            "minute": "2027-06-01T12:00:00Z", "state": "open", "waiting": 3, "away": 0, "called": 2, "active": 0,
            "admitted": 2, "noShows": 0, "target": 600, "waitP50": 10.0, "waitP90": 10.0,
        })
    );
    assert_eq!((&minutes[2]["admitted"], &minutes[2]["waitP50"]), (&json!(0), &Value::Null));
    let csv = sale.organizer.text(&format!("{path}.csv?after=2027-06-01T11:59:00Z")).await.1;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], "2027-06-01T12:00:00+00:00,open,3,0,2,0,2,0,600,10.0,10.0");
    sale.organizer.get(&format!("{path}?after=noon")).await.expect_problem(INVALID_PARAMETER);
    app.organizer().await.0.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_numbers_are_streamed_as_events(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(600, 2).await;
    app.fan().join(sale.room).await.expect(StatusCode::CREATED);
    let path = format!("/room/{}/live/stream", sale.room);
    app.organizer().await.0.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
    app.fan().get(&path).await.expect_problem(problems::SIGN_IN);
    let request = Request::builder().uri(&path).header(header::HOST, "127.0.0.1:8080");
    let request = request.header(header::AUTHORIZATION, sale.organizer.authorization());
    let answer = app.router().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut events = answer.into_body().into_data_stream();
    for _ in 0..2 {
        let event = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
        let data = event.strip_prefix("event: live\ndata: ").unwrap();
        assert_eq!(serde_json::from_str::<Value>(data.trim()).unwrap()["waiting"], 1);
    }
    // A gate that stops ends its streams.
    app.gate.lifecycle.stop();
    while events.next().await.is_some() {}
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_that_never_opened_is_taken_away_and_its_log_stays(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (organizer, event) = app.organizer().await;
    let body = json!({ "eventId": event, "name": "A mistake", "admitPerMinute": 60, "maxActive": 10 });
    let room = organizer.post("/room", body.clone()).await.expect(StatusCode::CREATED).body;
    let path = format!("/room/{}", room["roomId"].as_str().unwrap());
    app.organizer().await.0.delete(&path).await.expect_problem(problems::UNKNOWN_ROOM);
    organizer.matching("\"7\"").delete(&path).await.expect_problem(problems::VERSION_UNMATCHED);
    let told = organizer.delete(&format!("{path}?preview=true")).await.expect(StatusCode::OK).body;
    assert_eq!((&told["kind"], &told["dangerous"]), (&json!("removed"), &json!(true)));
    organizer.get(&path).await.expect(StatusCode::OK);
    organizer.delete(&path).await.expect(StatusCode::NO_CONTENT);
    organizer.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
    assert_eq!(organizer.get("/room").await.body["rooms"], json!([]));
    assert_eq!(app.count("select count(*) from guarded_event").await, 0);
    assert_eq!(app.count("select count(*) from room_log where kind = 'removed'").await, 1);
    // The event may have another one; once that is open, it can only be closed.
    let room = organizer.post("/room", body).await.expect(StatusCode::CREATED).body;
    let path = format!("/room/{}", room["roomId"].as_str().unwrap());
    organizer.post(&format!("{path}/open"), json!({})).await.expect(StatusCode::OK);
    let refused = organizer.delete(&path).await;
    refused.expect_problem(problems::WRONG_STATE);
    assert_eq!(refused.body["detail"], "a room that is open cannot be removed");
    organizer.post(&format!("{path}/close"), json!({})).await.expect(StatusCode::OK);
    organizer.delete(&path).await.expect_problem(problems::WRONG_STATE);
}
