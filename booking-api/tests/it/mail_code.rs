//! Signing in by a code that is mailed.

use base64::{Engine, engine::general_purpose::STANDARD};
use booking_api::problems::{TOO_MANY_TRIES, WRONG_CODE};
use chrono::TimeDelta;
use contracts::message::SEALED_CODE;
use futures_util::future::join_all;
use http::header;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, TestBooking};

/// Somebody with an account and an address of their own: the budgets of tests that share a Redis are apart.
struct Somebody {
    email: String,
    account: Value,
}

impl TestBooking {
    fn address(&self) -> String {
        format!("{}@example.org", self.app.ids.next::<uuid::Uuid>())
    }

    async fn somebody(&self) -> Somebody {
        let email = self.address();
        let body = json!({"email": email, "password": "correct horse", "name": "Ada"});
        let account = self.stranger().post("/account/register", body).await.expect(201)["accountId"].clone();
        Somebody { email, account }
    }

    pub(crate) async fn ask_for_code(&self, email: &str) -> Answer {
        self.stranger().post("/account/code", json!({"email": email})).await
    }

    pub(crate) async fn sign_in_by(&self, id: &Value, code: &str) -> Answer {
        self.stranger().post("/account/code/sign-in", json!({"codeId": id, "code": code})).await
    }

    /// The codes that were mailed, the newest last.
    pub(crate) async fn mailed(&self) -> Vec<Value> {
        let bodies =
            sqlx::query_scalar!("select body from outbox where kind = 'sign_in_code' order by message_id");
        let mut bodies = bodies.fetch_all(&self.postgres).await.unwrap();
        for body in &mut bodies {
            let sealed = STANDARD.decode(body["code"].as_str().unwrap()).unwrap();
            let to = body["to"]["email"].as_str().unwrap().to_owned();
            let code = self.app.keys.seals.open(SEALED_CODE, to.as_bytes(), &sealed).unwrap();
            body["code"] = String::from_utf8(code).unwrap().into();
        }
        bodies
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_dump_of_the_database_holds_no_code_that_is_on_its_way(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let somebody = app.somebody().await;
    app.ask_for_code(&somebody.email).await.expect(202);
    let code = app.mailed().await[0]["code"].as_str().unwrap().to_owned();
    let dump = sqlx::query_scalar!(
        r#"select (select string_agg(outbox::text, ' ') from outbox)
             || (select string_agg(sign_in_code::text, ' ') from sign_in_code) as "dump!""#
    );
    let dump = dump.fetch_one(&app.postgres).await.unwrap();
    assert!(dump.contains(&somebody.email) && code.len() == 9, "{dump}");
    assert!(!dump.contains(&code) && !dump.contains(&code.replace(' ', "")), "{dump}");
}

/// Another code than this one.
fn wrong(code: &str) -> String {
    code.chars()
        .map(|c| {
            if c == '7' {
                '8'
            } else if c.is_ascii_digit() {
                '7'
            } else {
                c
            }
        })
        .collect()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_code_is_mailed_in_the_language_that_the_browser_asks_for(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let ada = app.somebody().await;
    let japanese = app.stranger().with_header("accept-language", "fr, ja;q=0.9, en;q=0.5");
    japanese.post("/account/code", json!({"email": ada.email})).await.expect(202);
    let [mail] = app.mailed().await.try_into().unwrap();
    assert_eq!(mail["to"]["language"], "ja");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_code_that_was_mailed_signs_in_once_and_for_ten_minutes(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let ada = app.somebody().await;
    let asked = app.ask_for_code(&format!(" {} ", ada.email.to_uppercase())).await.expect(202);
    assert_eq!(asked["until"], "2027-06-01T12:10:00Z");
    let [mail] = app.mailed().await.try_into().unwrap();
    assert_eq!(mail["to"], json!({"email": ada.email, "name": "Ada", "language": "en"}));
    assert_eq!(mail["minutes"], 10);
    let code = mail["code"].as_str().unwrap();
    app.sign_in_by(&asked["codeId"], &wrong(code)).await.expect_problem(WRONG_CODE);
    app.sign_in_by(&asked["codeId"], "nonsense").await.expect_problem(WRONG_CODE);
    let other = app.ask_for_code(&ada.email).await.expect(202);
    app.sign_in_by(&other["codeId"], code).await.expect_problem(WRONG_CODE);
    app.clock.advance(TimeDelta::seconds(599));
    let session = app.sign_in_by(&asked["codeId"], &code.replace(' ', "")).await.expect(200);
    assert_eq!(session["accountId"], ada.account);
    app.stranger().with_session(session["token"].as_str().unwrap()).get("/account").await.expect(200);
    app.sign_in_by(&asked["codeId"], code).await.expect_problem(WRONG_CODE);

    let late = app.ask_for_code(&ada.email).await.expect(202);
    let code = app.mailed().await.pop().unwrap();
    app.clock.advance(TimeDelta::minutes(10));
    app.sign_in_by(&late["codeId"], code["code"].as_str().unwrap()).await.expect_problem(WRONG_CODE);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_code_has_five_tries_however_many_are_made_at_once(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let other_copy = TestBooking::with(postgres.clone(), &[]);
    let ada = app.somebody().await;
    let asked = app.ask_for_code(&ada.email).await.expect(202);
    let code = app.mailed().await[0]["code"].as_str().unwrap().to_owned();
    let guess = wrong(&code);
    let tries =
        [&app, &other_copy].repeat(10).into_iter().map(|copy| copy.sign_in_by(&asked["codeId"], &guess));
    for answer in join_all(tries).await {
        answer.expect_problem(WRONG_CODE);
    }
    let tries = sqlx::query_scalar!("select tries from sign_in_code").fetch_one(&postgres).await.unwrap();
    assert_eq!(tries, 5);
    app.sign_in_by(&asked["codeId"], &code).await.expect_problem(WRONG_CODE);
    // The fifth may be the right one.
    app.clock.advance(TimeDelta::seconds(1));
    let asked = app.ask_for_code(&ada.email).await.expect(202);
    let code = app.mailed().await[1]["code"].as_str().unwrap().to_owned();
    for _ in 0..4 {
        app.sign_in_by(&asked["codeId"], &wrong(&code)).await.expect_problem(WRONG_CODE);
    }
    app.sign_in_by(&asked["codeId"], &code).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_that_nobody_has_is_answered_like_any_other_and_mailed_nothing(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let (ada, nobody) = (app.somebody().await.email, app.address());
    let guest = app.address();
    app.stranger().post("/account/guest", json!({"email": guest})).await.expect(201);
    let mut told = Vec::new();
    for email in [&ada, &nobody, &guest] {
        let answer = app.ask_for_code(email).await;
        let names: Vec<_> = answer.headers.keys().cloned().collect();
        let asked = answer.expect(202);
        let keys: Vec<String> = asked.as_object().unwrap().keys().cloned().collect();
        let mut tries = Vec::new();
        for _ in 0..6 {
            tries.push(app.sign_in_by(&asked["codeId"], "00000000").await.expect_problem(WRONG_CODE));
        }
        let more: Vec<_> =
            [app.ask_for_code(email).await.status, app.ask_for_code(email).await.status].into();
        told.push((names, keys, asked["until"].clone(), tries, more));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
    let mailed = app.mailed().await;
    assert_eq!(mailed.len(), 3);
    assert!(mailed.iter().all(|mail| mail["to"]["email"] == ada));
    let kept = sqlx::query_scalar!(r#"select count(*) as "count!" from sign_in_code where tries = 5"#);
    assert_eq!(kept.fetch_one(&postgres).await.unwrap(), 3);
    app.ask_for_code("nobody").await.expect_problem(INVALID_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_is_mailed_five_codes_an_hour_whatever_copy_is_asked(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let other_copy = TestBooking::with(postgres, &[]);
    for email in [app.somebody().await.email, app.address()] {
        let asked = join_all([&app, &other_copy].repeat(5).into_iter().map(|copy| copy.ask_for_code(&email)));
        let (sent, slowed): (Vec<_>, Vec<_>) =
            asked.await.into_iter().partition(|answer| answer.status == 202);
        assert_eq!((sent.len(), slowed.len()), (5, 5));
        for answer in slowed {
            answer.expect_problem(TOO_MANY_TRIES);
            let wait: u64 = answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
            assert!((700..=720).contains(&wait), "{wait}");
        }
    }
    assert_eq!(app.mailed().await.len(), 5);
    app.ask_for_code(&app.address()).await.expect(202);
}
