//! Shields of rooms: each measure in each mode, proofs that are none, and places that are held already.

mod tabs;

use contracts::{id::RoomId, proof};
use http::{StatusCode, header};
use queue_gate::{
    draw::{advance::Portion, run::advance},
    problems,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Fan, Sale, TestGate},
    draw::lobby,
};

/// A sale whose room is shielded as `shield` says.
async fn shielded(app: &TestGate, shield: Value) -> Sale<'_> {
    let sale = app.sale(60, 10).await;
    put(&sale, shield).await.expect(StatusCode::OK);
    sale
}

/// Changes the shield of a room as it is now.
async fn put(sale: &Sale<'_>, shield: Value) -> Answer {
    let now = sale.organizer.get(&format!("/room/{}", sale.room)).await;
    let version = now.headers[header::ETAG].to_str().unwrap();
    sale.organizer.matching(version).put(&format!("/room/{}/shield", sale.room), shield).await
}

async fn report(sale: &Sale<'_>) -> Value {
    sale.organizer.get(&format!("/room/{}/shield", sale.room)).await.expect(StatusCode::OK).body
}

async fn join_with(fan: &Fan<'_>, room: RoomId, proof: &str) -> Answer {
    fan.post(&format!("/queue/{room}/place"), json!({ "proof": proof })).await
}

/// The answer to the challenge that a refusal holds.
fn solved(refused: &Value) -> String {
    let difficulty = u8::try_from(refused["difficulty"].as_u64().unwrap()).unwrap();
    proof::solve(refused["challenge"].as_str().unwrap(), difficulty)
}

fn enforced() -> Value {
    json!({ "proof": "enforce", "easiest": 8, "hardest": 12, "wait": "PT30S" })
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_place_costs_a_proof_where_the_room_says_so(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = shielded(&app, enforced()).await;
    let (room, fan) = (sale.room, app.fan());
    let refused = fan.join(room).await;
    refused.expect_problem(problems::PROOF_REQUIRED);
    assert_eq!((&refused.body["difficulty"], &refused.body["algorithm"]), (&json!(8), &json!("sha-256")));
    fan.get(&format!("/queue/{room}/place")).await.expect_problem(problems::NO_PLACE);

    let asked = fan.get(&format!("/queue/{room}/challenge")).await.expect(StatusCode::OK);
    assert_eq!((&asked.body["required"], &asked.body["difficulty"]), (&json!(true), &json!(8)));
    assert_eq!(asked.headers[header::CACHE_CONTROL], "no-store");
    assert_ne!(asked.body["challenge"], refused.body["challenge"]);
    let taken = join_with(&fan, room, &solved(&asked.body)).await.expect(StatusCode::CREATED);
    let other = app.fan();
    let proof = solved(&other.join(room).await.body);
    let next = join_with(&other, room, &proof).await.expect(StatusCode::CREATED).body;
    assert!(next["number"].as_u64() > taken.body["number"].as_u64());
    let told = report(&sale).await;
    assert_eq!((&told["proofs"]["solved"], &told["proofs"]["missing"]), (&json!(2), &json!(2)), "{told}");
    assert_eq!(told["measures"]["proof"]["refused"], 2);
    assert_eq!(told["measures"]["proof"]["wouldRefuse"], 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_proof_is_good_for_its_visitor_room_and_time_only(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = shielded(&app, enforced()).await;
    let elsewhere = shielded(&app, enforced()).await;
    let (room, ada, bob) = (sale.room, app.fan(), app.fan());
    let refused = ada.join(room).await.body;
    let proof = solved(&refused);
    join_with(&bob, room, &proof).await.expect_problem(problems::BAD_PROOF);
    join_with(&ada, elsewhere.room, &proof).await.expect_problem(problems::BAD_PROOF);
    let challenge = refused["challenge"].as_str().unwrap();
    let easy =
        (0..1000).map(|n| format!("{challenge}.{n}")).find(|proof| proof::zero_bits(proof) < 8).unwrap();
    let too_easy = join_with(&ada, room, &easy).await;
    too_easy.expect_problem(problems::BAD_PROOF);
    assert!(too_easy.body["detail"].as_str().unwrap().contains("zero bits"));
    join_with(&ada, room, "nonsense").await.expect_problem(problems::BAD_PROOF);
    let text = format!("A{}", &challenge[1..]);
    join_with(&ada, room, &proof::solve(&text, 8)).await.expect_problem(problems::BAD_PROOF);
    app.pass(149);
    assert_eq!(ada.get(&format!("/queue/{room}/place")).await.status, 404);
    app.pass(1);
    let expired = join_with(&ada, room, &proof).await;
    expired.expect_problem(problems::BAD_PROOF);
    // The refusal holds the next challenge.
    join_with(&ada, room, &solved(&expired.body)).await.expect(StatusCode::CREATED);
    let proofs = report(&sale).await["proofs"].clone();
    let counted =
        ["foreign", "tooEasy", "expired", "solved", "missing"].map(|name| proofs[name].as_u64().unwrap());
    assert_eq!(counted, [3, 1, 1, 1, 1], "{proofs}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_place_that_is_held_never_needs_a_proof_again(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1).await;
    let (room, ada, bob) = (sale.room, app.fan(), app.fan());
    let before = ada.join(room).await.expect(StatusCode::CREATED).body;
    put(&sale, json!({ "proof": "enforce", "joins": "enforce", "easiest": 24, "hardest": 24 })).await;
    // Refresh, second tab, page, another gate.
    let other = app.another().await;
    other.gate.refresh().await;
    assert_eq!(ada.join(room).await.expect(StatusCode::OK).body["number"], before["number"]);
    let same = other.fan_called(ada.visitor);
    assert_eq!(same.join(room).await.expect(StatusCode::OK).body["number"], before["number"]);
    assert_eq!(ada.get(&format!("/queue/{room}")).await.status, 200);
    ada.get(&format!("/queue/{room}/live")).await.expect(StatusCode::OK);
    // Away, and back.
    app.pass(120);
    app.tick(room).await;
    assert_eq!(ada.join(room).await.expect(StatusCode::OK).body["number"], before["number"]);
    // Redis lost everything: what the fan carries is enough.
    app.wipe(room).await;
    let restored = ada.post(&format!("/queue/{room}/place"), json!({ "token": before["token"] })).await;
    assert_eq!(restored.expect(StatusCode::OK).body["number"], before["number"]);
    // Called and inside.
    app.pass(20);
    app.ticks(room, 12).await;
    assert_eq!(ada.state(room).await, "called");
    assert_eq!(ada.join(room).await.expect(StatusCode::OK).body["number"], before["number"]);
    // A token of somebody else's place is none.
    let stolen = bob.post(&format!("/queue/{room}/place"), json!({ "token": before["token"] })).await;
    stolen.expect_problem(problems::PROOF_REQUIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_entry_in_a_draw_never_needs_a_proof_again(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let (room, ada) = (sale.room, app.fan());
    let before = ada.join(room).await.expect(StatusCode::CREATED).body;
    put(&sale, json!({ "proof": "enforce", "joins": "enforce", "easiest": 24, "hardest": 24 })).await;
    let again = ada.join(room).await.expect(StatusCode::OK).body;
    assert_eq!((&again["placeId"], &again["entries"]), (&before["placeId"], &json!(1)));
    app.fan().join(room).await.expect_problem(problems::PROOF_REQUIRED);
    sale.step("open").await.expect(StatusCode::OK);
    advance(&app.gate, room, Portion::USUAL).await.unwrap();
    assert!(ada.join(room).await.expect(StatusCode::OK).body["number"].is_u64(), "it was drawn");
    app.fan().join(room).await.expect_problem(problems::PROOF_REQUIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_observed_is_counted_and_let_through(postgres: PgPool) {
    let app = TestGate::start_with(
        postgres,
        &["--shield-joins-per-address=2", "--shield-challenges-per-address=1"],
    )
    .await;
    let off = app.sale(60, 10).await;
    let sale =
        shielded(&app, json!({ "proof": "observe", "joins": "observe", "challenges": "observe" })).await;
    for room in [off.room, sale.room] {
        for _ in 0..5 {
            let fan = app.fan();
            fan.get(&format!("/queue/{room}/challenge")).await.expect(StatusCode::OK);
            fan.join(room).await.expect(StatusCode::CREATED);
            fan.join(room).await.expect(StatusCode::OK);
        }
    }
    join_with(&app.fan(), sale.room, "nonsense").await.expect(StatusCode::CREATED);
    let told = report(&sale).await;
    let counted = |measure: &str| {
        let of = &told["measures"][measure];
        ["seen", "wouldRefuse", "refused"].map(|name| of[name].as_u64().unwrap())
    };
    assert_eq!(counted("proof"), [6, 6, 0], "{told}");
    assert_eq!(counted("joins"), [6, 4, 0], "{told}");
    assert_eq!(counted("challenges"), [5, 4, 0], "{told}");
    assert_eq!((&told["proofs"]["missing"], &told["proofs"]["foreign"]), (&json!(5), &json!(1)));
    assert_eq!(told["measures"]["joins"]["networks"], json!([{ "network": "0.0.0.0/24", "count": 4 }]));
    assert_eq!(told["measures"]["proof"]["mode"], "observe");
    let nothing = report(&off).await;
    assert!(nothing["measures"].as_object().unwrap().values().all(|of| of["seen"] == 0), "{nothing}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_enforced_is_refused_with_the_time_to_come_back(postgres: PgPool) {
    let app = TestGate::start_with(
        postgres,
        &["--shield-joins-per-address=2", "--shield-challenges-per-address=1"],
    )
    .await;
    let sale = shielded(&app, json!({ "joins": "enforce", "challenges": "enforce" })).await;
    let (room, first) = (sale.room, app.fan());
    first.join(room).await.expect(StatusCode::CREATED);
    app.fan().join(room).await.expect(StatusCode::CREATED);
    let refused = app.fan().join(room).await;
    refused.expect_problem(problems::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    let fields = |name: &str| -> Vec<String> {
        refused.headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(fields("ratelimit-policy")[0], r#""joins-address";q=2;w=60"#);
    assert!(fields("ratelimit")[1].starts_with(r#""line";r="#), "{:?}", fields("ratelimit"));
    first.join(room).await.expect(StatusCode::OK);
    let path = format!("/queue/{room}/challenge");
    first.get(&path).await.expect(StatusCode::OK);
    first.get(&path).await.expect_problem(problems::TOO_MANY_REQUESTS);
    let told = report(&sale).await;
    assert_eq!(told["measures"]["joins"]["refused"], 1);
    assert_eq!(told["measures"]["challenges"]["refused"], 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn waiting_will_do_instead_of_a_sum_but_only_for_so_many(postgres: PgPool) {
    let app = TestGate::start_with(postgres, &["--shield-waits-per-address=2"]).await;
    let sale = shielded(&app, json!({ "proof": "enforce", "wait": "PT30S" })).await;
    let (room, fans) = (sale.room, [app.fan(), app.fan(), app.fan()]);
    let mut challenges = Vec::new();
    for fan in &fans {
        challenges.push(fan.join(room).await.body["challenge"].as_str().unwrap().to_owned());
    }
    app.pass(29);
    let early = join_with(&fans[0], room, &challenges[0]).await;
    early.expect_problem(problems::BAD_PROOF);
    assert!(early.body["detail"].as_str().unwrap().contains("waitUntil"));
    app.pass(1);
    join_with(&fans[1], room, &challenges[0]).await.expect_problem(problems::BAD_PROOF);
    join_with(&fans[0], room, &challenges[0]).await.expect(StatusCode::CREATED);
    join_with(&fans[1], room, &challenges[1]).await.expect(StatusCode::CREATED);
    join_with(&fans[2], room, &challenges[2]).await.expect_problem(problems::TOO_MANY_REQUESTS);
    let proofs = report(&sale).await["proofs"].clone();
    let counted =
        ["tooEarly", "foreign", "waited", "tooManyWaits"].map(|name| proofs[name].as_u64().unwrap());
    assert_eq!(counted, [1, 1, 2, 1], "{proofs}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_work_rises_with_the_demand_and_a_proof_that_was_begun_stays_good(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = shielded(&app, json!({ "proof": "enforce", "normal": 24, "easiest": 4, "hardest": 6 })).await;
    let (room, slow) = (sale.room, app.fan());
    let begun = slow.join(room).await.body;
    assert_eq!(begun["difficulty"], 4);
    let mut asked = Vec::new();
    for _ in 0..20 {
        let fan = app.fan();
        let challenge = fan.join(room).await.body;
        asked.push(challenge["difficulty"].as_u64().unwrap());
        join_with(&fan, room, &solved(&challenge)).await.expect(StatusCode::CREATED);
    }
    assert!(asked.is_sorted() && asked[0] == 4 && asked[19] == 6, "{asked:?}");
    assert_eq!(report(&sale).await["difficulty"], 6);
    join_with(&slow, room, &solved(&begun)).await.expect(StatusCode::CREATED);
    app.pass(49);
    assert_eq!(report(&sale).await["difficulty"], 5);
    app.pass(30);
    assert_eq!(report(&sale).await["difficulty"], 4);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_of_the_shield_is_versioned_logged_and_begins_a_new_count(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (room, path) = (sale.room, format!("/room/{}/shield", sale.room));
    let shown = sale.organizer.get(&path).await.expect(StatusCode::OK);
    assert_eq!((&shown.body["version"], &shown.body["since"]), (&json!(1), &Value::Null));
    assert_eq!(shown.headers[header::ETAG], "\"1\"");
    let body = json!({ "proof": "observe" });
    sale.organizer.put(&path, body.clone()).await.expect_problem(platform::http::kinds::INVALID_BODY);
    sale.organizer
        .matching("\"7\"")
        .put(&path, body.clone())
        .await
        .expect_problem(problems::VERSION_UNMATCHED);
    let preview = sale.organizer.matching("\"1\"").put(&format!("{path}?preview=true"), body.clone()).await;
    assert_eq!(preview.expect(StatusCode::OK).body["kind"], "shielded");
    assert_eq!(report(&sale).await["measures"]["proof"]["mode"], "off");
    sale.organizer.matching("\"1\"").put(&path, body.clone()).await.expect(StatusCode::OK);
    app.fan().join(room).await.expect(StatusCode::CREATED);
    assert_eq!(report(&sale).await["measures"]["proof"]["seen"], 1);
    app.pass(1);
    sale.organizer.matching("\"2\"").put(&path, json!({ "proof": "enforce" })).await.expect(StatusCode::OK);
    let told = report(&sale).await;
    assert_eq!(
        (&told["measures"]["proof"]["seen"], &told["since"]),
        (&json!(0), &json!("2027-06-01T12:00:01Z"))
    );
    let log = sale.organizer.get(&format!("/room/{room}/log")).await.body;
    let entries = log["entries"].as_array().unwrap();
    let last = &entries[entries.len() - 1];
    assert_eq!(
        (&last["kind"], &last["detail"]["from"]["proof"], &last["detail"]["to"]["proof"]),
        (&json!("shielded"), &json!("observe"), &json!("enforce"))
    );
    for (body, field) in [
        (json!({ "version": 3, "normal": 0 }), "normal"),
        (json!({ "version": 3, "easiest": 23 }), "easiest"),
        (json!({ "version": 3, "hardest": 25 }), "hardest"),
        (json!({ "version": 3, "wait": "PT1S" }), "wait"),
    ] {
        let wrong = sale.organizer.put(&path, body).await;
        wrong.expect_problem(problems::WRONG_SETTING);
        assert_eq!(wrong.body["field"], field);
    }
    for body in [
        json!({ "version": 3, "proof": "on" }),
        json!({ "version": 3, "wait": "soon" }),
        json!({ "version": 3, "easiest": -1 }),
        json!({ "tabz": "off" }),
    ] {
        sale.organizer.put(&path, body).await.expect_problem(platform::http::kinds::INVALID_BODY);
    }
    let (stranger, _) = app.organizer().await;
    stranger.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);
    stranger
        .matching("*")
        .put(&path, json!({ "version": 3, "proof": "off" }))
        .await
        .expect_problem(problems::UNKNOWN_ROOM);
    app.fan().get(&path).await.expect_problem(problems::SIGN_IN);
    app.fan()
        .get(&format!("/queue/{}/challenge", app.gate.ids.next::<RoomId>()))
        .await
        .expect_problem(problems::UNKNOWN_ROOM);
    app.fan()
        .post(&format!("/queue/{room}/place"), json!({ "proof": 7 }))
        .await
        .expect_problem(platform::http::kinds::INVALID_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_report_adds_up_what_all_gates_counted(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = shielded(&app, json!({ "proof": "observe" })).await;
    other.gate.refresh().await;
    app.fan().join(sale.room).await.expect(StatusCode::CREATED);
    other.fan().join(sale.room).await.expect(StatusCode::CREATED);
    other.gate.shields.write_down(&other.gate).await.unwrap();
    assert_eq!(report(&sale).await["measures"]["proof"]["seen"], 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_form_for_codes_is_no_way_around_a_proof_and_a_code_is_worth_one(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = shielded(&app, enforced()).await;
    let (room, fan) = (sale.room, app.fan());
    let form = async |fields: &str| {
        let (path, kind) = (format!("/queue/{room}/join"), "application/x-www-form-urlencoded");
        fan.call_as(http::Method::POST, &path, kind, Some(fields.to_owned())).await.status
    };
    assert_eq!(form("").await, StatusCode::FORBIDDEN);
    fan.get(&format!("/queue/{room}/place")).await.expect_problem(problems::NO_PLACE);

    let codes = json!({ "codes": [{ "code": "ONE-0001" }] });
    sale.organizer.post(&format!("/room/{room}/code"), codes).await.expect(StatusCode::OK);
    let version = sale.organizer.get(&format!("/room/{room}")).await.body["version"].clone();
    let entry = json!({ "version": version, "code": true });
    sale.organizer.put(&format!("/room/{room}/entry"), entry).await.expect(StatusCode::OK);
    assert_eq!(form("code=NONE-0000").await, StatusCode::NOT_FOUND);
    assert_eq!(form("code=ONE-0001").await, StatusCode::SEE_OTHER);
    fan.get(&format!("/queue/{room}/place")).await.expect(StatusCode::OK);
}
