//! Registering, signing in, guests.

use axum::body::Body;
use booking_api::problems::{EMAIL_TAKEN, SESSION_EXPIRED, SIGNED_OUT, WRONG_CREDENTIALS};
use chrono::TimeDelta;
use http::{Method, header};
use platform::http::kinds::{INVALID_BODY, MALFORMED_BODY, METHOD_NOT_ALLOWED, NOT_FOUND, NOT_JSON};
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestBooking;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_registers_and_signs_in_again(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let ada = json!({"email": "Ada@Example.org", "password": "correct horse", "name": "Ada"});
    let answer = app.stranger().post("/account/register", ada.clone()).await;
    let registered = answer.expect(201);
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-usher_session="));
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900"), "{cookie}");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");

    let mine =
        app.stranger().with_session(registered["token"].as_str().unwrap()).get("/account").await.expect(200);
    let expected = json!({"accountId": registered["accountId"], "email": "ada@example.org", "name": "Ada", "role": "fan"});
    assert_eq!(mine, expected);

    let again = json!({"email": "ada@example.org", "password": "correct horse"});
    let signed_in = app.stranger().post("/account/sign-in", again).await.expect(200);
    assert_eq!(signed_in["accountId"], registered["accountId"]);
    app.stranger().post("/account/register", ada).await.expect_problem(EMAIL_TAKEN);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_cookie_is_as_good_as_a_bearer_token(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let guest = app.stranger().post("/account/guest", json!({"email": "bob@example.org"})).await.expect(201);
    let cookie = format!("a=b; __Host-usher_session={}; c=d", guest["token"].as_str().unwrap());
    let mine = app.stranger().with_header("cookie", &cookie).get("/account").await.expect(200);
    assert_eq!(mine["email"], "bob@example.org");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_wrong_with_credentials_is_not_told(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let ada = json!({"email": "ada@example.org", "password": "correct horse"});
    app.stranger().post("/account/register", ada).await.expect(201);
    let mut told = Vec::new();
    for (email, password) in
        [("ada@example.org", "wrong horse"), ("eve@example.org", "correct horse"), ("nonsense", "x")]
    {
        let body = json!({"email": email, "password": password});
        told.push(app.stranger().post("/account/sign-in", body).await.expect_problem(WRONG_CREDENTIALS));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn guests_of_one_address_are_apart(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let body = json!({"email": "bob@example.org", "name": "Bob"});
    let one = app.stranger().post("/account/guest", body.clone()).await.expect(201);
    let two = app.stranger().post("/account/guest", body).await.expect(201);
    assert_ne!(one["accountId"], two["accountId"]);
    let register = json!({"email": "bob@example.org", "password": "correct horse"});
    app.stranger().post("/account/register", register).await.expect(201);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_that_does_not_hold_is_told_apart_from_one_that_is_over(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    app.stranger().get("/account").await.expect_problem(SIGNED_OUT);
    app.stranger().with_session("nonsense").get("/account").await.expect_problem(SIGNED_OUT);
    let fan = app.fan().await;
    fan.get("/account").await.expect(200);
    let answer = fan.call(Method::POST, "/account/sign-out", Body::empty()).await;
    answer.expect(204);
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    app.clock.advance(TimeDelta::hours(12));
    fan.get("/account").await.expect_problem(SESSION_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn bad_input_is_told_how_to_mend_it(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let who = app.stranger();
    let bad = json!({"email": "nobody", "password": "correct horse", "name": ""});
    let problem = who.post("/account/register", bad).await.expect_problem(INVALID_BODY);
    assert_eq!(problem["errors"][0]["pointer"], "/email");
    assert_eq!(problem["errors"][1]["pointer"], "/name");
    let short = json!({"email": "ada@example.org", "password": "short"});
    who.post("/account/register", short).await.expect_problem(INVALID_BODY);
    who.post("/account/register", json!({"email": 7, "password": "x"})).await.expect_problem(INVALID_BODY);
    let unknown = json!({"email": "ada@example.org", "role": "organizer"});
    who.post("/account/guest", unknown).await.expect_problem(INVALID_BODY);
    who.call(Method::POST, "/account/guest", Body::from("{")).await.expect_problem(MALFORMED_BODY);
    let form = who.clone().with_header("content-type", "text/plain");
    form.post("/account/guest", json!({})).await.expect_problem(NOT_JSON);
    who.get("/account/guest").await.expect_problem(METHOD_NOT_ALLOWED);
    who.get("/account/nothing").await.expect_problem(NOT_FOUND);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_is_made_once_and_keeps_the_last_password(postgres: PgPool) {
    use booking_api::account::make_organizer::make_organizer;

    let app = TestBooking::start(postgres).await;
    let now = platform::clock::Clock::now(&*app.clock);
    for password in ["first password", "second password"] {
        make_organizer(&app.postgres, &app.app.ids, now, "org@example.org", password).await.unwrap();
    }
    let sign_in = |password: &str| json!({"email": "org@example.org", "password": password});
    app.stranger()
        .post("/account/sign-in", sign_in("first password"))
        .await
        .expect_problem(WRONG_CREDENTIALS);
    let session = app.stranger().post("/account/sign-in", sign_in("second password")).await.expect(200);
    assert_eq!(session["role"], "organizer");
}
