//! Budgets that are not of an address: of the programs that bring a key of an organizer, and of accounts that book.

use std::time::Duration;

use axum::{Json, routing::post};
use platform::lifecycle::Lifecycle;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::gateway_app::{Answer, TestGateway, echo, serve};

/// What an answer says is left.
fn budgets(answer: &Answer) -> String {
    let said = answer.headers.get_all("ratelimit").iter();
    said.map(|said| said.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
}

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

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_account_books_so_often_a_minute_whatever_device_it_comes_from(postgres: PgPool) {
    let lifecycle = Lifecycle::new(Duration::from_secs(1));
    let booking = serve(echo("booking"), &lifecycle).await;
    let app = TestGateway::before(postgres, booking, booking, lifecycle, &["--limit-per-account=2"]).await;
    app.gate.rooms.refresh(&app.gate).await.unwrap();
    let account = app.organizer();
    let book = async |account: Option<&str>| {
        let asked = app.stranger().post("/booking/leave", &json!({}));
        match account {
            Some(account) => asked.header("authorization", account).send().await,
            None => asked.send().await,
        }
    };
    let first = book(Some(&account)).await;
    assert!(first.status == 200 && budgets(&first).contains(r#""account";r=1"#), "{first:?}");
    assert_eq!(book(Some(&account)).await.status, 200);
    let spent = book(Some(&account)).await;
    spent.expect_problem(429, "too-many-requests");
    assert!(
        spent.header("retry-after").is_some() && budgets(&spent).contains(r#""account";r=0"#),
        "{spent:?}"
    );
    // Nobody else pays for it, and the account may look at things all the same.
    assert_eq!(book(None).await.status, 200);
    let looks = app.stranger().get("/order").header("authorization", &account).send().await;
    assert!(looks.status == 200 && !budgets(&looks).contains("account"), "{looks:?}");
}
