//! The OpenAPI document tells of every call of the gate's own, and of no other. What they answer every test holds against it.

use http::StatusCode;
use sqlx::PgPool;

use crate::app::TestGate;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_document_tells_of_every_call_and_of_no_other(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    openapi::routes::hold("queue-gate", &format!("{:?}", gate.router()));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_document_is_served_and_shown_and_kept_while_it_is_the_same(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let fan = gate.fan();
    for (path, media) in [("/openapi.json", "application/json"), ("/docs", "text/html; charset=utf-8")] {
        let answer = fan.get(path).await.expect(StatusCode::OK);
        assert_eq!(answer.headers["content-type"], media);
        assert_eq!(answer.headers["cache-control"], "public, max-age=300");
        let tag = answer.headers["etag"].to_str().unwrap();
        let again = fan.get_if_none_match(path, tag).await.expect(StatusCode::NOT_MODIFIED);
        assert!(again.text.is_empty() && again.headers["etag"] == tag);
        fan.get_if_none_match(path, "\"another\"").await.expect(StatusCode::OK);
    }
    let document = fan.get("/openapi.json").await.body;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/search"]["get"].is_object(), "those of the services behind are there");
    let policy = &fan.get("/docs").await.headers["content-security-policy"];
    assert!(policy.to_str().unwrap().starts_with("default-src 'none';"), "{policy:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_type_of_a_problem_leads_to_what_to_do_about_it(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let fan = gate.fan();
    let refused = fan.get("/room").await.expect(StatusCode::UNAUTHORIZED);
    let led = fan.get(refused.body["type"].as_str().unwrap()).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(led.headers["location"], "/docs#problem-sign-in");
    assert!(fan.get("/docs").await.text.contains("id=\"problem-sign-in\""));
    fan.get("/problems/unheard-of").await.expect(StatusCode::NOT_FOUND);
}
