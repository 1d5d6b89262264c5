//! Bypass, reject and drained: what organizers do about them, what fans read, what is on the log.

use http::{Method, StatusCode};
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER, METHOD_NOT_ALLOWED};
use queue_gate::{
    problems,
    room::{registry::Guard, suspension::count},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, Sale, TestGate};

impl Sale<'_> {
    /// Takes a step; the answer.
    pub(crate) async fn step(&self, step: &str) -> Answer {
        self.organizer.post(&format!("/room/{}/{step}", self.room), json!({})).await
    }

    /// Takes a step with a reason; the answer.
    pub(crate) async fn step_because(&self, step: &str, reason: &str) -> Answer {
        self.organizer.post(&format!("/room/{}/{step}", self.room), json!({ "reason": reason })).await
    }

    async fn log(&self) -> Vec<Value> {
        let log = self.organizer.get(&format!("/room/{}/log", self.room)).await.body;
        log["entries"].as_array().unwrap().clone()
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_exception_leads_back_to_where_it_began(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    sale.step_because("pause", "A fire alarm").await.expect(StatusCode::OK);
    let room = sale.step_because("bypass", "The line is broken").await.expect(StatusCode::OK).body;
    assert_eq!(room["exception"], json!({ "from": "paused", "reason": "The line is broken" }));
    let again = sale.step_because("bypass", "again").await;
    again.expect_problem(problems::WRONG_STATE);
    assert_eq!(
        (&again.body["state"], &again.body["detail"]),
        (&json!("bypass"), &json!("a room that is bypass cannot be bypassed"))
    );
    for illegal in ["open", "resume", "drain", "reopen"] {
        sale.step(illegal).await.expect_problem(problems::WRONG_STATE);
    }
    // From one exception into the other, and from there to where the first one began.
    sale.step_because("reject", "Wait outside").await.expect(StatusCode::OK);
    let room = sale.step("restore").await.expect(StatusCode::OK).body;
    assert_eq!((&room["state"], &room["pauseReason"]), (&json!("paused"), &json!("A fire alarm")));
    assert_eq!(room["exception"], Value::Null);
    sale.step("restore").await.expect_problem(problems::WRONG_STATE);
    sale.step("drain").await.expect(StatusCode::OK);
    sale.step("reopen").await.expect(StatusCode::OK);
    sale.step("reopen").await.expect_problem(problems::WRONG_STATE);
    sale.step_because("reject", "").await.expect_problem(problems::WRONG_SETTING);
    sale.step_because("reject", "Over").await.expect(StatusCode::OK);
    sale.step("close").await.expect(StatusCode::OK);
    sale.step_because("bypass", "too late").await.expect_problem(problems::WRONG_STATE);
    let kinds: Vec<_> = sale.log().await.iter().map(|entry| entry["kind"].clone()).collect();
    let expected = [
        "created", "paused", "bypassed", "rejected", "restored", "drained", "reopened", "rejected", "closed",
    ];
    assert_eq!(kinds, expected);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn bypass_is_an_interval_on_the_log_and_its_visitors_are_counted_apart(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let path = format!("/event/{}/seats", sale.event);
    app.fan().get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    sale.step_because("bypass", "The line is broken").await.expect(StatusCode::OK);
    let (ada, bob) = (app.fan(), app.fan());
    for fan in [&ada, &bob, &ada] {
        // Nobody answers behind this gate; what matters is that the gate let them through.
        let answer = fan.get(&path).await;
        assert_eq!(answer.body["type"], "/problems/unavailable");
    }
    // As the loop does: what could not be written down is written down the next time.
    for _ in 0..20 {
        count::write_down(&app.gate).await;
        if app.count("select visitors from suspension").await == 2 {
            break;
        }
    }
    app.pass(90);
    sale.step("restore").await.expect(StatusCode::OK);
    ada.get(&path).await.expect_problem(problems::QUEUE_REQUIRED);
    let log = sale.log().await;
    let restored = log.iter().find(|entry| entry["kind"] == "restored").unwrap();
    assert_eq!(
        restored["detail"]["suspension"],
        json!({
            "cause": "bypass", "since": "2027-06-01T12:00:00Z", "until": "2027-06-01T12:01:30Z",
            "lapsedBy": "2027-06-01T12:02:30Z", "visitors": 2,
        })
    );
    assert_eq!(app.count("select count(*) from batch").await, 0, "nobody was called for it");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn fans_in_line_read_the_truth_in_every_exception(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (ada, late) = (app.fan(), app.fan());
    ada.join(sale.room).await.expect(StatusCode::CREATED);
    let path = format!("/queue/{}/place", sale.room);

    sale.step_because("bypass", "The line is broken").await.expect(StatusCode::OK);
    let frame = ada.get(&path).await.body;
    assert_eq!((&frame["state"], &frame["why"]), (&json!("free"), &json!("The line is broken")));
    assert_eq!(frame["event"], json!(sale.event));
    late.join(sale.room).await.expect_problem(problems::NOBODY_WAITS);
    let page = ada.get(&format!("/queue/{}", sale.room)).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(page.headers["location"], *format!("/e/{}", sale.event));

    sale.step_because("reject", "A bomb threat").await.expect(StatusCode::OK);
    let frame = ada.get(&path).await.body;
    assert_eq!((&frame["state"], &frame["why"]), (&json!("paused"), &json!("A bomb threat")));
    let refused = late.join(sale.room).await;
    refused.expect_problem(problems::REJECTED);
    assert_eq!(refused.body["detail"], "A bomb threat");
    let shop = ada.get(&format!("/event/{}/seats", sale.event)).await;
    shop.expect_problem(problems::REJECTED);
    assert_eq!(shop.body["detail"], "A bomb threat");
    assert_eq!(app.ticks(sale.room, 2).await, [0, 0]);

    sale.step("restore").await.expect(StatusCode::OK);
    sale.step("drain").await.expect(StatusCode::OK);
    assert_eq!(ada.get(&path).await.body["why"], queue_gate::live::SOLD);
    late.join(sale.room).await.expect_problem(problems::ROOM_CLOSED);
    assert_eq!(app.ticks(sale.room, 2).await, [0, 0]);
    sale.step("reopen").await.expect(StatusCode::OK);
    assert_eq!(ada.state(sale.room).await, "waiting", "the place was kept through all of it");
    app.ticks(sale.room, 1).await;
    assert_eq!(ada.state(sale.room).await, "called");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_gate_that_cannot_read_its_rooms_stops_letting_everybody_through(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    sale.step_because("bypass", "The line is broken").await.expect(StatusCode::OK);
    app.gate.refresh().await;
    let guard = || app.gate.rooms.guard(sale.event, app.gate.clock.now());
    assert!(matches!(guard(), Guard::Room(room) if room.lets_all_through()));
    app.pass(11);
    assert_eq!(guard(), Guard::Unknown);
    app.gate.refresh().await;
    assert!(matches!(guard(), Guard::Room(_)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn steps_refuse_bad_input_by_name(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let room = format!("/room/{}", sale.room);
    for step in ["bypass", "reject"] {
        let path = format!("{room}/{step}");
        sale.organizer.post(&path, json!({})).await.expect_problem(INVALID_BODY);
        sale.organizer.post(&path, json!({ "reason": "x", "for": 5 })).await.expect_problem(INVALID_BODY);
        sale.organizer.get(&path).await.expect_problem(METHOD_NOT_ALLOWED);
    }
    let (stranger, _) = app.organizer().await;
    for step in ["drain", "reopen", "restore"] {
        let path = format!("{room}/{step}");
        stranger.post(&path, json!({})).await.expect_problem(problems::UNKNOWN_ROOM);
        app.fan().call(Method::POST, &path, None).await.expect_problem(problems::SIGN_IN);
        sale.organizer
            .post(&format!("{path}?preview=maybe"), json!({}))
            .await
            .expect_problem(INVALID_PARAMETER);
        sale.organizer.post(&format!("{path}?dry=true"), json!({})).await.expect_problem(INVALID_PARAMETER);
    }
}
