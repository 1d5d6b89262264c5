//! Changes to the version that was read, and previews.

use http::{StatusCode, header};
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER};
use queue_gate::problems;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestGate;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_is_made_only_to_the_version_that_was_read(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let (organizer, path) = (&sale.organizer, format!("/room/{}", sale.room));
    let read = organizer.get(&path).await;
    assert_eq!(read.headers[header::ETAG], "\"1\"");
    let tuned =
        organizer.matching("\"1\"").put(&path, json!({ "maxActive": 9 })).await.expect(StatusCode::OK);
    assert_eq!(
        (&tuned.headers[header::ETAG], &tuned.body["version"]),
        (&"\"2\"".parse().unwrap(), &json!(2))
    );
    let late = organizer.matching("\"1\"").put(&path, json!({ "maxActive": 8 })).await;
    late.expect_problem(problems::VERSION_UNMATCHED);
    assert_eq!(late.body["version"], 2);
    // Steps too; without the header a step is taken whatever the version.
    let pause = json!({ "reason": "A break" });
    let pause_path = format!("{path}/pause");
    organizer
        .matching("\"1\"")
        .post(&pause_path, pause.clone())
        .await
        .expect_problem(problems::VERSION_UNMATCHED);
    organizer.matching("\"7\", \"2\"").post(&pause_path, pause).await.expect(StatusCode::OK);
    organizer.matching("*").post(&format!("{path}/resume"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(organizer.get(&path).await.body["version"], 4);
    // The body says it as before; said nowhere, or as nonsense, nothing is changed.
    organizer
        .put(&path, json!({ "version": 3, "maxActive": 1 }))
        .await
        .expect_problem(problems::STALE_VERSION);
    organizer.put(&path, json!({ "maxActive": 1 })).await.expect_problem(INVALID_BODY);
    for nonsense in ["4", "W/\"4\"", "\"four\"", "\"4"] {
        let asked = organizer.matching(nonsense).put(&path, json!({ "maxActive": 1 })).await;
        asked.expect_problem(INVALID_PARAMETER);
    }
    let room = organizer.get(&path).await.body;
    assert_eq!((&room["maxActive"], &room["version"]), (&json!(9), &json!(4)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_preview_tells_what_would_happen_and_changes_nothing(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(120, 2).await;
    let (organizer, path) = (&sale.organizer, format!("/room/{}", sale.room));
    for _ in 0..5 {
        app.fan().join(sale.room).await.expect(StatusCode::CREATED);
    }
    app.ticks(sale.room, 2).await;
    let close = organizer.post(&format!("{path}/close?preview=true"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(close.headers[header::ETAG], "\"1\"", "nothing was changed");
    let told = close.body;
    assert_eq!(
        (&told["preview"], &told["dangerous"], &told["kind"]),
        (&json!(true), &json!(true), &json!("closed"))
    );
    assert_eq!(told["room"]["state"], "closed");
    assert_eq!((&told["now"]["waiting"], &told["now"]["called"]), (&json!(3), &json!(2)));
    assert_eq!(told["fansSee"], json!({ "state": "ended", "why": "This waiting room is closed." }));
    assert_eq!(
        told["effects"],
        json!([
            "3 who wait lose their places for good; the event is guarded no longer.",
            "2 who are called may still go in; 0 who are inside stay.",
        ])
    );
    let lowered = json!({ "version": 1, "maxActive": 1 });
    let cap = organizer.put(&format!("{path}?preview=true"), lowered).await.expect(StatusCode::OK).body;
    assert_eq!(cap["dangerous"], true);
    assert_eq!(
        cap["effects"],
        json!(["Nobody is called until 1 of 2 who are called or inside are done; nobody is expelled."])
    );
    let raised = json!({ "version": 1, "maxActive": 5 });
    let cap = organizer.put(&format!("{path}?preview=true"), raised).await.expect(StatusCode::OK).body;
    assert_eq!(cap["dangerous"], false);
    let stopped = json!({ "version": 1, "admitPerMinute": 0 });
    let rate = organizer.put(&format!("{path}?preview=true"), stopped).await.expect(StatusCode::OK).body;
    assert_eq!((&rate["dangerous"], &rate["fansSee"]["state"]), (&json!(true), &json!("waiting")));
    let reject = json!({ "reason": "A bomb threat" });
    let reject =
        organizer.post(&format!("{path}/reject?preview=true"), reject).await.expect(StatusCode::OK).body;
    assert_eq!((&reject["fansSee"]["why"], &reject["dangerous"]), (&json!("A bomb threat"), &json!(true)));
    // What would be refused is refused; what was previewed left no trace.
    organizer
        .post(&format!("{path}/resume?preview=true"), json!({}))
        .await
        .expect_problem(problems::WRONG_STATE);
    let bypass = json!({ "reason": "x" });
    organizer.post(&format!("{path}/bypass?preview=true"), bypass).await.expect(StatusCode::OK);
    let room = organizer.get(&path).await.body;
    assert_eq!(
        (&room["version"], &room["state"], &room["maxActive"], &room["exception"]),
        (&json!(1), &json!("open"), &json!(2), &Value::Null)
    );
    assert_eq!(app.count("select count(*) from room_log where actor_id is not null").await, 1);
    assert_eq!(app.count("select count(*) from suspension").await, 0);
}
