//! The log of a room: chained, exported, and told to everybody without identities.

use futures_util::future::join_all;
use http::{Method, StatusCode, header};
use queue_gate::problems;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::app::{Sale, TestGate};

impl Sale<'_> {
    async fn chain(&self) -> Value {
        let path = format!("/room/{}/log/chain", self.room);
        self.organizer.get(&path).await.expect(StatusCode::OK).body
    }
}

/// The fields of a line of the export.
fn fields(line: &str) -> Vec<String> {
    let (before, rest) = line.split_once('"').unwrap();
    let (detail, hash) = rest.rsplit_once('"').unwrap();
    let mut fields: Vec<String> = before.trim_end_matches(',').split(',').map(str::to_owned).collect();
    fields.push(detail.replace("\"\"", "\""));
    fields.push(hash.trim_start_matches(',').to_owned());
    fields
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_log_is_a_chain_that_anybody_can_work_out_again_from_the_export(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(600, 10).await;
    for _ in 0..3 {
        app.fan().join(sale.room).await.expect(StatusCode::CREATED);
    }
    app.ticks(sale.room, 2).await;
    sale.step_because("pause", "Say \"please\", and wait").await.expect(StatusCode::OK);
    let export = sale.organizer.text(&format!("/room/{}/log.csv", sale.room)).await.1;
    let mut lines = export.lines();
    assert_eq!(lines.next(), Some("entry,at,micros,actor,kind,detail,hash"));
    let mut previous = Sha256::digest(sale.room.to_string()).to_vec();
    let mut kinds = Vec::new();
    for line in lines {
        let fields = fields(line);
        let [entry, _, micros, actor, kind, detail, hash] = fields.as_slice() else { panic!("{line}") };
        let content = format!("{entry}\n{}\n{micros}\n{actor}\n{kind}\n{detail}", sale.room);
        previous = Sha256::new().chain_update(&previous).chain_update(content).finalize().to_vec();
        assert_eq!(&hex::encode(&previous), hash, "{line}");
        kinds.push(kind.clone());
    }
    assert_eq!((kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()), ("created", "paused"));
    let chain = sale.chain().await;
    assert_eq!((&chain["isIntact"], &chain["entries"]), (&json!(true), &json!(kinds.len())));
    assert_eq!(chain["head"], hex::encode(&previous));
    let log = sale.organizer.get(&format!("/room/{}/log", sale.room)).await.body;
    assert_eq!(log["entries"].as_array().unwrap().last().unwrap()["hash"], chain["head"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_log_that_was_tampered_with_is_found_out(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let path = format!("/room/{}", sale.room);
    for rate in [70, 80, 90] {
        let asked = json!({ "admitPerMinute": rate });
        sale.organizer.matching("*").put(&path, asked).await.expect(StatusCode::OK);
    }
    assert_eq!(sale.chain().await["brokenAt"], Value::Null);
    let entries = sale.organizer.get(&format!("{path}/log")).await.body["entries"].clone();
    let entry = |at: usize| entries[at]["entry"].as_i64().unwrap();
    // Somebody with the keys of the database, who knows of the trigger.
    let behind = |sql: String| {
        let app = &app;
        async move {
            app.execute(&format!(
                "alter table room_log disable trigger user; {sql}; alter table room_log enable trigger user"
            ))
            .await;
        }
    };
    let lie = format!("jsonb_set(detail, '{{to,admitPerMinute}}', '9999') where entry = {}", entry(1));
    behind(format!("update room_log set detail = {lie}")).await;
    let chain = sale.chain().await;
    assert_eq!((&chain["isIntact"], &chain["brokenAt"]), (&json!(false), &json!(entry(1))));
    let truth = format!("jsonb_set(detail, '{{to,admitPerMinute}}', '70') where entry = {}", entry(1));
    behind(format!("update room_log set detail = {truth}")).await;
    assert_eq!(sale.chain().await["isIntact"], true);
    behind(format!("delete from room_log where entry = {}", entry(2))).await;
    assert_eq!(sale.chain().await["brokenAt"], entry(3));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn entries_that_are_written_together_are_one_chain(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = app.sale(6000, 1000).await;
    join_all((0..40).map(|_| async { app.fan().join(sale.room).await })).await;
    let path = format!("/room/{}", sale.room);
    for round in 0..5 {
        app.pass(1);
        let tunes = (0..6).map(|n| {
            let (organizer, path) = (&sale.organizer, &path);
            async move {
                // All of them name a version that may hold; some come too late, and nobody minds.
                let version = organizer.get(path).await.body["version"].clone();
                let body = json!({ "message": format!("{round} {n}") });
                organizer.matching(&format!("\"{version}\"")).put(path, body).await
            }
        });
        let ticks = join_all([app.tick(sale.room), other.tick(sale.room)]);
        futures_util::future::join(join_all(tunes), ticks).await;
    }
    let chain = sale.chain().await;
    assert_eq!(chain["isIntact"], true, "{chain}");
    assert!(chain["entries"].as_i64().unwrap() > 6, "{chain}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn everybody_may_read_what_happened_but_not_who_did_it(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(600, 10).await;
    let ada = app.fan();
    ada.join(sale.room).await.expect(StatusCode::CREATED);
    app.ticks(sale.room, 1).await;
    let owner =
        sale.organizer.get(&format!("/room/{}/log", sale.room)).await.body["entries"][0]["actor"].clone();
    sale.step_because("pause", "A fire alarm").await.expect(StatusCode::OK);
    let told = app.fan().get(&format!("/queue/{}/log", sale.room)).await.expect(StatusCode::OK).body;
    let kinds: Vec<_> =
        told["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"created"));
    assert_eq!(kinds.last(), Some(&"paused"));
    let paused = told["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(paused["detail"], json!({ "from": "open", "to": "paused", "reason": "A fire alarm" }));
    assert_eq!(told["minutes"], json!([{ "at": "2027-06-01T12:00:00Z", "called": 1 }]));
    assert_eq!(told["head"], paused["hash"]);
    let text = told.to_string();
    for identity in [owner.as_str().unwrap(), &ada.visitor.to_string()] {
        assert!(!text.contains(identity), "{text}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn logs_refuse_strangers_and_bad_input(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (stranger, _) = app.organizer().await;
    let room = format!("/room/{}", sale.room);
    for path in ["log", "log/chain", "log.csv"] {
        stranger.get(&format!("{room}/{path}")).await.expect_problem(problems::UNKNOWN_ROOM);
        app.fan().get(&format!("{room}/{path}")).await.expect_problem(problems::SIGN_IN);
    }
    let late = sale.organizer.get(&format!("{room}/log?after=yesterday")).await;
    late.expect_problem(platform::http::kinds::INVALID_PARAMETER);
    app.fan().get(&format!("/queue/{}/log", sale.event)).await.expect_problem(problems::UNKNOWN_ROOM);
    let put = app.fan().call(Method::PUT, &format!("/queue/{}/log", sale.room), None).await;
    assert_eq!((put.status, put.headers.contains_key(header::ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, true));
}
