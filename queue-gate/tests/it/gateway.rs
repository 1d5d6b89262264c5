//! The gateway in front of real HTTP servers: what reaches them, what does not, and what comes back.

use contracts::{assertion::Assertion, id::TicketId, pass::PassKind, token};
use queue_gate::room::RoomState;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::gateway_app::{TestGateway, id};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_request_reaches_the_service_of_its_path_with_all_that_it_carries(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    let search = fan.get("/search?token=a%20b").send().await;
    assert_eq!(search.service(), "search");
    assert_eq!(search.heard()["uri"], "/search?token=a%20b");
    let made = fan.post("/venue", &json!({"name": "Arena"})).header("authorization", "Bearer x").send().await;
    assert_eq!(made.status, 200);
    assert_eq!(made.service(), "booking");
    assert_eq!(made.heard()["body"], r#"{"name":"Arena"}"#);
    assert_eq!(made.header_heard("authorization"), "Bearer x");
    assert!(made.header_heard("cookie").contains("__Host-usher_visitor="));
    assert_eq!(made.header_heard("host"), app.host());
    assert_eq!(made.header_heard("x-forwarded-host"), app.host());
    assert_eq!(made.header_heard("x-forwarded-for"), "127.0.0.1");
    assert_eq!(made.header_heard("x-request-id").len(), 32);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_for_one_connection_or_only_ours_to_say_stays_at_the_gate(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    let forged = app.forged_assertion();
    let answer = fan
        .get("/search")
        .header("connection", "x-mine, usher-assertion, host, x-forwarded-for")
        .header("x-mine", "1")
        .header("keep-alive", "timeout=9")
        .header("te", "trailers")
        .header("usher-assertion", &forged)
        .header("x-forwarded-for", "6.6.6.6")
        .header("forwarded", "for=6.6.6.6")
        .send()
        .await;
    for gone in ["connection", "x-mine", "keep-alive", "te"] {
        assert_eq!(answer.heard()["headers"].get(gone), None, "{gone}");
    }
    assert_eq!(answer.header_heard("x-forwarded-for"), "127.0.0.1");
    assert!(!answer.header_heard("forwarded").contains("6.6.6.6"));
    let assertion: Assertion = app.read_assertion(answer.header_heard("usher-assertion"));
    assert_eq!(assertion.sub, fan.visitor);
    assert_eq!(assertion.pass, None);
    // The service answers with hop-by-hop fields too.
    assert_eq!(answer.header("x-hop"), None);
    assert_eq!(answer.header("x-kept"), Some("1"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_guarded_path_takes_a_pass_and_only_ones_own(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (event, room) = app.given_room(RoomState::Open);
    let (ada, bob) = (app.fan(), app.fan());
    for path in
        [format!("/e/{event}"), format!("/event/{event}/seats"), format!("/event/{event}/availability")]
    {
        let refused = ada.get(&path).send().await;
        refused.expect_problem(429, "queue-required");
        assert_eq!(refused.json()["queue"], format!("/queue/{room}"));
        assert_eq!(refused.json()["place"], format!("/queue/{room}/place"));
        assert!(refused.header("retry-after").is_some());

        let stolen = bob.get(&path).pass(&app.pass(&ada, event, room)).send().await;
        stolen.expect_problem(429, "queue-required");
        let of_another_room = app.pass(&ada, event, id(99));
        ada.get(&path).pass(&of_another_room).send().await.expect_problem(429, "queue-required");

        let passed = ada.get(&path).pass(&app.pass(&ada, event, room)).send().await;
        assert_eq!(passed.status, 200);
        let admitted = app.read_assertion(passed.header_heard("usher-assertion")).pass.unwrap();
        assert_eq!((admitted.event, admitted.room, admitted.kind), (event, room, PassKind::Admitted));
    }
    assert_eq!(ada.get(&format!("/event/{event}")).send().await.status, 200);
    ada.get("/e/%37").send().await.expect_problem(404, "not-found");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_booking_is_guarded_by_the_event_that_its_body_names(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (event, room) = app.given_room(RoomState::Open);
    let fan = app.fan();
    let ticket = contracts::id::TicketRef { event, ticket: TicketId::new(3).unwrap() }.to_string();
    let hold = contracts::id::HoldRef { event, hold: id(5) }.to_string();
    let payment = json!({"provider": "sandbox", "token": "tok_ok"});
    let calls = [
        ("POST", "/booking/reserve", json!({"ticketId": ticket})),
        ("POST", "/booking/reserve", json!({"ticketIds": [ticket]})),
        ("POST", "/booking/reserve", json!({"eventId": event, "tier": event, "quantity": 2})),
        ("PUT", "/booking/confirm", json!({"ticketId": ticket, "paymentDetails": payment})),
        ("PUT", "/booking/confirm", json!({"holdId": hold, "paymentDetails": payment})),
    ];
    for (method, path, body) in calls {
        fan.send(method, path, &body).send().await.expect_problem(429, "queue-required");
        let pass = app.pass(&fan, event, room);
        let passed = fan.send(method, path, &body).pass(&pass).send().await;
        assert_eq!(passed.status, 200, "{body}");
        assert_eq!(passed.heard()["body"], body.to_string());
        assert!(app.read_assertion(passed.header_heard("usher-assertion")).pass.is_some());
    }
    let other = contracts::id::TicketRef { event: id(77), ticket: TicketId::new(3).unwrap() }.to_string();
    let free = fan.post("/booking/reserve", &json!({"ticketId": other})).send().await;
    assert_eq!(app.read_assertion(free.header_heard("usher-assertion")).pass, None);
    let both = fan.post("/booking/reserve", &json!({"ticketIds": [other, ticket]})).send().await;
    both.expect_problem(422, "several-events");
    let large = json!({"ticketId": "x".repeat(70_000)});
    fan.post("/booking/reserve", &large).send().await.expect_problem(413, "body-too-large");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn after_shopping_a_pass_only_confirms(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (event, room) = app.given_room(RoomState::Open);
    let fan = app.fan();
    let pass = app.pass(&fan, event, room);
    app.clock.advance(chrono::TimeDelta::minutes(11));
    let body = json!({"holdId": contracts::id::HoldRef { event, hold: id(5) }.to_string()});
    assert_eq!(fan.send("PUT", "/booking/confirm", &body).pass(&pass).send().await.status, 200);
    let body = json!({"eventId": event});
    fan.post("/booking/reserve", &body).pass(&pass).send().await.expect_problem(429, "queue-required");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_state_of_the_room_decides_too(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    let (event, _) = app.given_room(RoomState::Bypass);
    let through = fan.get(&format!("/e/{event}")).send().await;
    let admitted = app.read_assertion(through.header_heard("usher-assertion")).pass.unwrap();
    assert_eq!(admitted.kind, PassKind::Bypass);
    let (event, _) = app.given_room(RoomState::Reject);
    fan.get(&format!("/e/{event}")).send().await.expect_problem(503, "rejected");
    let (event, _) = app.given_room(RoomState::Closed);
    assert_eq!(fan.get(&format!("/e/{event}")).send().await.status, 200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_gate_that_never_read_the_rooms_guards_everything(postgres: PgPool) {
    let app = TestGateway::start_blind(postgres).await;
    let fan = app.fan();
    let event: contracts::id::EventId = id(7);
    fan.get(&format!("/e/{event}")).send().await.expect_problem(503, "unavailable");
    assert_eq!(fan.get(&format!("/event/{event}")).send().await.status, 200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_site_cannot_act_for_a_fan(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    let from =
        async |origin: &str| fan.post("/booking/reserve", &json!({})).header("origin", origin).send().await;
    for foreign in ["https://evil.example", "null", "http://127.0.0.1.evil.example"] {
        from(foreign).await.expect_problem(403, "foreign-origin");
    }
    assert_eq!(from("https://usher.example").await.status, 200);
    assert_eq!(from(&format!("http://{}", app.host())).await.status, 200);
    let socket = fan.get("/event/x").header("upgrade", "websocket").header("connection", "upgrade");
    socket.header("origin", "https://evil.example").send().await.expect_problem(403, "foreign-origin");
    let callback =
        app.stranger().post("/payment/callback/sandbox", &json!({})).header("origin", "https://bank.example");
    let callback = callback.send().await;
    assert_eq!((callback.status, callback.header("set-cookie")), (200, None));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_address_may_ask_for_so_much(postgres: PgPool) {
    let app = TestGateway::start(postgres, &["--limit-per-address=4"]).await;
    let fan = app.fan();
    assert_eq!(fan.get("/search").send().await.header("ratelimit"), Some(r#""search";r=1;t=60"#));
    assert_eq!(fan.get("/search").send().await.status, 200);
    let refused = fan.get("/search").send().await;
    refused.expect_problem(429, "too-many-requests");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 31);
    assert_eq!(refused.header("ratelimit-policy"), Some(r#""search";q=2;w=60"#));
    assert_eq!(fan.get("/order").send().await.status, 200);
    for _ in 0..8 {
        assert_eq!(fan.get("/healthz").send().await.status, 200, "probes are not counted");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_nobody_answers_is_a_problem_or_a_page(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    fan.get("/nothing/here").send().await.expect_problem(404, "not-found");
    fan.get("/room/1/2/3").send().await.expect_problem(404, "not-found");
    fan.send("DELETE", "/console", &Value::Null).send().await.expect_problem(405, "method-not-allowed");
    let page = fan.get("/nothing/here").header("accept", "text/html,*/*;q=0.8").send().await;
    assert_eq!(page.status, 404);
    assert!(page.text.contains(r#"data-kind="not-found""#));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_assertion_never_outlives_its_minute(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let fan = app.fan();
    let first = fan.get("/search").send().await;
    let again = fan.get("/search").send().await;
    assert_eq!(first.header_heard("usher-assertion"), again.header_heard("usher-assertion"));
    app.clock.advance(chrono::TimeDelta::seconds(31));
    let later = fan.get("/search").send().await;
    assert_ne!(first.header_heard("usher-assertion"), later.header_heard("usher-assertion"));
    let now = queue_gate_now(&app);
    assert!(
        token::verify::<Assertion>(
            later.header_heard("usher-assertion").as_str(),
            &app.gate.keys.public(),
            now
        )
        .is_ok()
    );
}

fn queue_gate_now(app: &TestGateway) -> chrono::DateTime<chrono::Utc> {
    app.gate.clock.now()
}
