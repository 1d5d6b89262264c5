//! What a site of the organizer's own shows of a room.

use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::session::Role;
use http::StatusCode;
use queue_gate::problems::UNKNOWN_ROOM;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Sale, TestGate},
    gateway_app::TestGateway,
};

/// What everybody may know of the room, without what is the same in each.
async fn told(gate: &TestGate, sale: &Sale<'_>) -> Value {
    let mut body =
        gate.newcomer().get(&format!("/room/{}/public", sale.room)).await.expect(StatusCode::OK).body;
    for name in ["v", "roomId", "name", "queue", "again"] {
        assert!(body.as_object_mut().unwrap().remove(name).is_some(), "{name} is missing in {body}");
    }
    body
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn everybody_is_told_how_a_room_is_and_nothing_of_anybody(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 2).await;
    let step = async |step: &str, body: Value| {
        sale.organizer.post(&format!("/room/{}/{step}", sale.room), body).await.expect(StatusCode::OK);
        gate.pass(1);
    };
    assert_eq!(told(&gate, &sale).await, json!({ "state": "open", "waiting": 0 }));
    let fans: Vec<_> = (0..8).map(|_| gate.fan()).collect();
    for fan in &fans {
        fan.join(sale.room).await.expect(StatusCode::CREATED);
    }
    assert_eq!(told(&gate, &sale).await["waiting"], 0, "as of a second ago");
    gate.pass(1);
    assert_eq!(told(&gate, &sale).await, json!({ "state": "open", "waiting": 8 }));
    // Two are called; now there is a pace, and who joins now is told a wait by it.
    for fan in &fans {
        fan.get(&format!("/queue/{}/place", sale.room)).await;
    }
    gate.ticks(sale.room, 3).await;
    gate.pass(1);
    let moving = told(&gate, &sale).await;
    assert_eq!(moving["waiting"], 6);
    let wait = &moving["wait"];
    assert!(wait["from"].as_u64().unwrap() >= 60 && wait["to"].as_u64() > wait["from"].as_u64(), "{moving}");

    step("pause", json!({ "reason": "The lights went out." })).await;
    assert_eq!(
        told(&gate, &sale).await,
        json!({ "state": "paused", "waiting": 6, "why": "The lights went out." })
    );
    step("resume", json!({})).await;
    step("reject", json!({ "reason": "Nobody is safe here." })).await;
    assert_eq!(
        told(&gate, &sale).await,
        json!({ "state": "paused", "waiting": 6, "why": "Nobody is safe here." })
    );
    step("restore", json!({})).await;
    step("bypass", json!({ "reason": "Come in." })).await;
    assert_eq!(told(&gate, &sale).await, json!({ "state": "free", "why": "Come in." }));
    step("restore", json!({})).await;
    step("drain", json!({})).await;
    let link = "https://harbour.example/waitlist";
    sale.organizer
        .matching("*")
        .put(&format!("/room/{}", sale.room), json!({ "waitlist": link }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(told(&gate, &sale).await, json!({ "state": "soldOut", "waiting": 6, "waitlist": link }));
    step("close", json!({})).await;
    assert_eq!(told(&gate, &sale).await, json!({ "state": "closed" }));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_has_to_wait_for_the_opening_is_told_when_it_is(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 2).await;
    sale.organizer
        .post(&format!("/room/{}/pause", sale.room), json!({ "reason": "Not yet." }))
        .await
        .expect(StatusCode::OK);
    let now = gate.gate.clock.now();
    let [soon, later] = [2, 4].map(|hours| now + chrono::TimeDelta::hours(hours));
    for at in [later, soon] {
        let plan = json!({ "startsAt": at, "endsAt": at + chrono::TimeDelta::hours(1) });
        sale.organizer.post(&format!("/room/{}/opening", sale.room), plan).await.expect(StatusCode::CREATED);
    }
    gate.pass(1);
    let at: chrono::DateTime<chrono::Utc> =
        told(&gate, &sale).await["opensAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(at, soon);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn any_site_may_ask_and_caches_may_keep_it_for_a_moment(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 2).await;
    let path = format!("/room/{}/public", sale.room);
    let asked = gate
        .newcomer()
        .get_with(&path, &[("origin", "https://harbour.example")])
        .await
        .expect(StatusCode::OK);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("cache-control", "public, max-age=2"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(asked.headers[name], value, "{name}");
    }
    assert!(!asked.headers.contains_key("set-cookie"), "a cache would give it to everybody");
    assert!(!asked.headers.contains_key("access-control-allow-credentials"));
    // Who is in line, and who the organizer is, are told the same.
    let in_line = gate.fan();
    in_line.join(sale.room).await.expect(StatusCode::CREATED);
    gate.pass(1);
    let all = [
        in_line.get(&path).await.body,
        sale.organizer.get(&path).await.body,
        gate.newcomer().get(&path).await.body,
    ];
    assert!(all.iter().all(|body| *body == all[0]), "{all:?}");
    assert!(all[0]["queue"].as_str().unwrap().ends_with(&format!("/queue/{}", sale.room)));
    let unknown = gate.newcomer().get(&format!("/room/{}/public", sale.event)).await;
    unknown.expect_problem(UNKNOWN_ROOM);
    assert_eq!(unknown.headers["access-control-allow-origin"], "*");
    assert_eq!(
        gate.account(gate.gate.ids.next(), Role::Fan).get("/room/x/public").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_script_is_had_as_the_newest_and_as_one_version(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 2).await;
    let brand = sale.organizer.get(&format!("/room/{}/brand", sale.room)).await.expect(StatusCode::OK).body;
    let path = |name: &str| {
        let address = brand["embed"][name].as_str().unwrap();
        address[address.find("/embed/").unwrap()..].to_owned()
    };
    let newest = gate.newcomer().get(&path("script")).await.expect(StatusCode::OK);
    assert_eq!(newest.headers["cache-control"], "public, max-age=300, stale-while-revalidate=86400");
    let tag = newest.headers["etag"].to_str().unwrap();
    gate.fan().get_if_none_match("/embed/usher.js", tag).await.expect(StatusCode::NOT_MODIFIED);
    let pinned = gate.newcomer().get(&path("pinned")).await.expect(StatusCode::OK);
    assert_eq!(pinned.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(pinned.text, newest.text);
    let hash = ring::digest::digest(&ring::digest::SHA384, pinned.text.as_bytes());
    assert_eq!(brand["embed"]["integrity"], format!("sha384-{}", STANDARD.encode(hash)));
    for answer in [&newest, &pinned] {
        assert_eq!(answer.headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    for none in ["/embed/usher-0123456789abcdef.js", "/embed/x.js", "/embed/gate.css"] {
        assert_eq!(gate.fan().get(none).await.status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_script_is_small(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let packed = app.stranger().get("/embed/usher.js").header("accept-encoding", "gzip").send().await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
    assert!(packed.bytes <= 4096, "{} bytes", packed.bytes);
}
