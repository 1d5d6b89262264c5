//! Changes to the version that was read, and previews.

use http::{Method, StatusCode, header};
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER};
use queue_gate::problems;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{app::TestGate, draw::lobby};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_refused_or_previewed_lets_go_of_its_room_at_once(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let (organizer, stranger) = (&sale.organizer, &app.organizer().await.0);
    let nobody = "01890000-0000-7000-8000-000000000000";
    let opening = json!({ "startsAt": "2027-06-02T12:00:00Z", "endsAt": "2027-06-02T13:00:00Z" });
    let stale = json!({ "version": 7, "maxActive": 1 });
    let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
    let locked = "select room_id from room for no key update nowait";
    for (asker, method, path, body) in [
        (&organizer.matching("\"7\""), &post, "/open".to_owned(), json!({})),
        (organizer, &post, "/resume".to_owned(), json!({})),
        (organizer, &post, "/open?preview=true".to_owned(), json!({})),
        (organizer, &put, String::new(), stale),
        (stranger, &post, "/open".to_owned(), json!({})),
        (organizer, &put, format!("/opening/{nobody}"), opening),
        (organizer, &delete, format!("/opening/{nobody}"), json!({})),
        (organizer, &delete, format!("/code/{nobody}"), json!({})),
        (stranger, &post, "/code".to_owned(), json!({ "codes": [] })),
        (organizer, &post, "/beacon".to_owned(), json!({ "value": "1 2 3" })),
    ] {
        for _ in 0..5 {
            let path = format!("/room/{}{path}", sale.room);
            let answer = asker.call(method.clone(), &path, Some(body.to_string())).await;
            let is_free = sqlx::raw_sql(locked).execute(&app.postgres).await;
            assert!(is_free.is_ok(), "{method} {path}: {} {}", answer.status, answer.body);
        }
    }
    assert_eq!(organizer.get(&format!("/room/{}", sale.room)).await.body["version"], 1);
}

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
