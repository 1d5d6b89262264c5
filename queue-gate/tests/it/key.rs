//! Programs that bring a key of an organizer.

use std::time::Duration;

use axum::{Json, routing::post};
use platform::lifecycle::Lifecycle;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::gateway_app::{TestGateway, echo, serve};

/// A key as it is written, of this beginning.
fn key(prefix: &str) -> String {
    format!("Bearer usk_{prefix}_{}", "0f".repeat(32))
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_key_has_a_budget_that_no_other_key_and_no_stranger_spends(postgres: PgPool) {
    let lifecycle = Lifecycle::new(Duration::from_secs(1));
    // Knows every key but those that begin with f.
    let exchange = post(async |Json(asked): Json<Value>| {
        let key = asked["key"].as_str().unwrap();
        if key.starts_with("usk_f") {
            return (axum::http::StatusCode::UNAUTHORIZED, Json(json!({})));
        }
        (axum::http::StatusCode::OK, Json(json!({ "token": "exchanged" })))
    });
    let booking = serve(echo("booking").route("/internal/key", exchange), &lifecycle).await;
    let search = serve(echo("search"), &lifecycle).await;
    let app = TestGateway::before(postgres, booking, search, lifecycle, &["--limit-per-key=2"]).await;
    let (one, other, bad) = (key("0123456789ab"), key("ba9876543210"), key("ffffffffffff"));
    let ask = async |key: &str| app.stranger().get("/search").header("authorization", key).send().await;

    let first = ask(&one).await;
    assert_eq!(first.header_heard("authorization"), "Bearer exchanged");
    let budgets = |answer: &crate::gateway_app::Answer| {
        let said = answer.headers.get_all("ratelimit").iter();
        said.map(|said| said.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
    };
    assert!(budgets(&first).contains(r#""key";r=1"#), "{first:?}");
    assert_eq!(ask(&one).await.status, 200);
    let spent = ask(&one).await;
    spent.expect_problem(429, "too-many-requests");
    assert!(budgets(&spent).contains(r#""key";r=0"#), "{spent:?}");
    assert!(spent.header("retry-after").is_some());
    assert_eq!(ask(&other).await.status, 200);
    // A key that is not good has no budget.
    for _ in 0..3 {
        ask(&bad).await.expect_problem(401, "bad-key");
    }
}
